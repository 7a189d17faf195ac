"""How long a whole turn of the support bot takes: understanding, the step, and retrieval where it searches.

    python tests/benchmarks/chat_turn.py [--json]      (half a minute)

One customer after another, in this process, with the shipped models and Northmere Bank's folder, indexed afresh. The messages are those of the
shipped dialogue tests, each in its conversation, and the articles' own questions, plain and with a typing error.
A turn is `bot.reply`, by the clock; the first WARM of them warm up and do not count. `searching` are turns in which the help centre was searched.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import onnxruntime

from support_chatbot.bot import Bot, open_bot
from support_chatbot.content.folder import NORTHMERE
from support_chatbot.testing.cases import NOON, read_cases
from support_chatbot.turn import State

__all__ = ["conversations", "measure", "percentiles", "with_typo"]

GOAL = 60  # milliseconds at the 95th percentile, on 2 cores
WARM = 30


@dataclass(frozen=True)
class Searches:
    """The bot's index, with a count of how often it was searched."""

    index: Any
    seen: list[str]

    def search(self, question: str, *more: Any) -> Any:
        self.seen.append(question)
        return self.index.search(question, *more)


def conversations(bot: Bot) -> Iterator[list[tuple[str, str | None]]]:
    """What customers say, conversation by conversation: (words, the intent of a button)."""
    for case in read_cases(NORTHMERE / "dialogues"):
        yield [(turn.said, turn.picked) for turn in case.turns]
    for article in bot.folder.articles:
        for question in article.questions:
            yield [(question, None), (with_typo(question), None)]


def with_typo(text: str) -> str:
    """The text with two neighbours of its longest word changed about.

    >>> with_typo("Can I block gambling payments?")
    'Can I block gambling pamyents?'
    """
    longest = max(text.split(), key=len)
    return text.replace(longest, longest[:2] + longest[3:4] + longest[2:3] + longest[4:], 1)


def measure(bot: Bot) -> dict[str, Any]:
    """Milliseconds of a turn: all of them, those that searched, and those that did not."""
    seen: list[str] = []
    bot = replace(bot, index=Searches(bot.index, seen))
    times: list[tuple[float, bool]] = []
    for talk in conversations(bot):
        state = State()
        for text, picked in talk:
            before, start = len(seen), time.perf_counter()
            state = bot.reply(state, text, picked=picked, now=NOON).state
            times.append((1000 * (time.perf_counter() - start), len(seen) > before))
    counted = times[WARM:]
    return {
        "goal": GOAL,
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, onnxruntime {onnxruntime.__version__}",
        "load": round(os.getloadavg()[0], 1),
        "articles": len(bot.folder.articles),
        "all": percentiles([spent for spent, _ in counted]),
        "searching": percentiles([spent for spent, searched in counted if searched]),
        "not searching": percentiles([spent for spent, searched in counted if not searched]),
    }


def percentiles(milliseconds: list[float]) -> dict[str, float]:
    """How many turns, and their p50, p95, p99 and longest in milliseconds.

    >>> percentiles([1.0, 2.0, 3.0])["p50"]
    2.0
    """
    p50, p95, p99 = (round(float(value), 1) for value in np.percentile(milliseconds, [50, 95, 99]))
    return {"turns": len(milliseconds), "p50": p50, "p95": p95, "p99": p99, "longest": round(max(milliseconds), 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["HEADWATER_HOME"] = home
        content = measure(open_bot(NORTHMERE))
    told = (
        json.dumps(content, indent=1)
        if given.json
        else "\n".join(f"{name}: {value}" for name, value in content.items())
    )
    sys.stdout.write(told + "\n")


if __name__ == "__main__":
    main()
