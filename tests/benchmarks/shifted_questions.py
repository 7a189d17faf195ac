"""What the support bot makes of 300 messages unlike those that its thresholds were drawn on.

    python tests/benchmarks/shifted_questions.py [--json]      (half a minute)

`shifted/` holds messages that were written, one by one, by a language model that saw the names of intents and articles and nothing
else, after the thresholds were frozen; labelled by it and again, blind, by another (guide.md there is what both read). They are a
shifted set: in scope, near, far, several questions at once, typing errors, anger, two languages, attacks. No promise of
the dial is about them, and what goes wrong here is what to expect of customers who write otherwise than Banking77's.

Each message opens a conversation of its own with the shipped bot, and its first reply is judged.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from headwater.intervals import wilson
from support_chatbot.bot import Bot, open_bot
from support_chatbot.testing.cases import NOON
from support_chatbot.turn import Reply, State

__all__ = ["VERDICTS", "agreement", "judged", "measure"]

HERE = Path(__file__).resolve().parent / "shifted"
# The first that holds. "held back": neither answered, quoted nor asked, which is right where nothing would help.
VERDICTS = (
    "answered wrongly", "answered rightly", "quoted the right article", "asked, the right one among", "quoted another article",
    "asked in vain", "held back",
)  # fmt: skip


def judged(reply: Reply, label: Mapping[str, Any], links: Mapping[str, Sequence[str]]) -> str:
    """One of VERDICTS. `links`: the articles that an intent's answer points to, which are right for it, too."""
    right = {*label["intents"], *label["or"]}
    articles = {*label["articles"], *(article for intent in right for article in links.get(intent, ()))}
    answered = {part.intent for part in reply.parts if part.kind in ("answered", "clarified") and part.intent}
    quoted = {slug(quote.link) for part in reply.parts for quote in part.quotes}
    offered = {choice.intent for part in reply.parts for choice in part.choices if choice.intent}
    holds = (
        bool(answered - right), bool(answered), bool(quoted & articles), bool(offered & right), bool(quoted), bool(offered), True,
    )  # fmt: skip
    return VERDICTS[holds.index(True)]


def slug(link: str) -> str:
    """The article of a link.

    >>> slug("help/card-pin.md#changing-it")
    'card-pin'
    """
    return Path(link.partition("#")[0]).stem


def agreement(first: Sequence[Mapping[str, Any]], second: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """How far two labellings agree: the first intent (Cohen's kappa), any right intent or article shared, and the wish for a person.

    >>> both = [
    ...     {"intents": ["a"], "or": [], "articles": [], "person": False},
    ...     {"intents": [], "or": [], "articles": ["x"], "person": True},
    ... ]
    >>> agreement(both, both)["kappa of the first intent"]
    1.0
    """
    pairs = list(zip(first, second, strict=True))
    ours, theirs = ([(one["intents"] or ["none"])[0] for one in side] for side in (first, second))
    same = sum(a == b for a, b in zip(ours, theirs, strict=True)) / len(pairs)
    counts, others = Counter(ours), Counter(theirs)
    chance = sum(counts[name] * others[name] for name in counts) / len(pairs) ** 2

    def needed(one: Mapping[str, Any]) -> set[str]:
        return {*one["intents"], *one["or"], *one["articles"]} or {"nothing"}

    return {
        "kappa of the first intent": round((same - chance) / (1 - chance), 4),
        "share something that helps": round(sum(bool(needed(a) & needed(b)) for a, b in pairs) / len(pairs), 4),
        "person": round(sum(a["person"] == b["person"] for a, b in pairs) / len(pairs), 4),
    }


def measure(bot: Bot, questions: Sequence[Mapping[str, Any]], labels: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Verdicts by kind of message, and the share of wrong ones among the answers."""
    links = {intent: [slug(link) for link in answer.links] for intent, answer in bot.folder.answers.items()}
    kinds: dict[str, Counter[str]] = {}
    faults = []
    for question, label in zip(questions, labels, strict=True):
        reply = bot.reply(State(), question["text"], now=NOON)
        verdict = judged(reply, label, links)
        kinds.setdefault(question["kind"], Counter())[verdict] += 1
        if verdict == VERDICTS[0]:
            faults.append({"id": question["id"], "said": [part.intent for part in reply.parts if part.intent]})
    total: Counter[str] = sum(kinds.values(), Counter())
    wrong = total[VERDICTS[0]]
    answers = wrong + total[VERDICTS[1]]
    low, high = wilson(wrong, answers).low, wilson(wrong, answers).high
    return {
        "kinds": {kind: {verdict: counts[verdict] for verdict in VERDICTS} for kind, counts in kinds.items()},
        "answers": answers,
        "wrong": {"value": wrong / answers, "low": low, "high": high},
        "faults": faults,
    }


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    questions, first, second = rows("questions.jsonl"), rows("first.jsonl"), rows("second.jsonl")
    bot = open_bot()
    content = {
        "messages": len(questions),
        "zones": {"answer": bot.zones.answer, "ask": bot.zones.ask, "find": bot.zones.find},
        "agreement": agreement(first, second),
        "first": measure(bot, questions, first),
        "second": {"wrong": measure(bot, questions, second)["wrong"]},
    }
    if given.json:
        sys.stdout.write(json.dumps(content, indent=2) + "\n")
        return
    for kind, counts in content["first"]["kinds"].items():
        sys.stdout.write(f"{kind}: " + ", ".join(f"{n} {verdict}" for verdict, n in counts.items() if n) + "\n")
    sys.stdout.write(
        f"{content['first']['answers']} answers, wrong {content['first']['wrong']}\n{content['agreement']}\n"
    )


if __name__ == "__main__":
    main()
