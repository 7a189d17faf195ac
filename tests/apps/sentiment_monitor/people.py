"""People at the dashboard: three threads that write by the functions that the pages call, until they are killed.

They are forked from a process which has everything imported. Each line on stdin is a `Task` as JSON; the answer is the
child's process id. Of every write a line of the log says that it begins, and another that it is confirmed; what is to be
written follows from its number alone, so that it can be done again, and looked up. See test_people.py.
"""

import json
import os
import random
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from headwater.bundle import Bundle, open_bundle
from headwater.store import Store, open_store
from headwater.store.tables import utc_now
from headwater.ui.uploads import on_disk
from sentiment_monitor import rightings, rulework, sourcework
from sentiment_monitor.alerts import inbox
from sentiment_monitor.alerts.rule import Rule
from sentiment_monitor.alerts.rules import DEFAULT, read_rules
from sentiment_monitor.intake.items import batches
from sentiment_monitor.records import News, Past
from tests.apps.sentiment_monitor.newsroom import NOON

__all__ = ["KINDS", "PEOPLE", "Plan", "Task", "Upload", "edited", "upload", "verdict"]

PEOPLE = 3
ROWS = 7  # of an upload, and one that is broken


@dataclass(frozen=True)
class Task:
    """Where to write, the alerts (one a person), the run's number, and by person the plan that nobody confirmed."""

    url: str
    folder: str
    alerts: list[int]
    run: int
    again: list[list[Any] | None]


@dataclass(frozen=True)
class Plan:
    """A write: what kind, by whom, and its number, from which all that it writes follows."""

    kind: str
    person: int
    number: int

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.person}-{self.number}"

    @property
    def draw(self) -> random.Random:
        return random.Random(self.name)


@dataclass(frozen=True)
class Upload:
    """What Streamlit hands over."""

    name: str
    content: bytes

    def getvalue(self) -> bytes:
        return self.content


class Desk:
    """What the pages hold."""

    def __init__(self, task: Task) -> None:
        self.folder, self.alerts = Path(task.folder), task.alerts
        self.store: Store = open_store(task.url)
        self.bundle: Bundle = open_bundle(self.folder / "bundle")
        self.items = Past(self.store, NOON).items()  # not those of uploads


def verdict(plan: Plan) -> str | None:
    return plan.draw.choice(("acknowledged", "false", None))


def edited(plan: Plan) -> list[Rule]:
    return rulework.edited(read_rules(DEFAULT), "topic", {"least": 1 + plan.number % 10_000, "channels": (plan.name,)})


def upload(plan: Plan) -> Upload:
    rows = [json.dumps({"id": f"{plan.name}-{row}", "text": f"{plan.name}, item {row}"}) for row in range(ROWS)]
    return Upload(f"{plan.name}.jsonl", "\n".join([*rows, "{broken"]).encode())


def _correct(desk: Desk, plan: Plan) -> None:
    item = next(item for item in desk.items if item.mentions)
    topics, polarity = plan.draw.choice((["energy"], ["metals", "energy"], [])), plan.draw.choice(("", "neutral"))
    rightings.right(desk.store, desk.bundle, item, plan.name, "neutral", topics, [polarity] * len(item.mentions))


def _label(desk: Desk, plan: Plan) -> None:
    item = plan.draw.choice(desk.items)
    rightings.right_sentiment(desk.store, desk.bundle, item, plan.draw.choice(("negative", "positive")), plan.name)


def _decide(desk: Desk, plan: Plan) -> None:
    inbox.decide(desk.store, desk.alerts[plan.person], verdict(plan), plan.name)


def _mute(desk: Desk, plan: Plan) -> None:
    inbox.mute(desk.store, "company", plan.name, utc_now() + timedelta(days=7), "ann", "company")


def _unmute(desk: Desk, plan: Plan) -> None:
    """Taken back by the page, which shows what is muted."""
    made = inbox.mute(desk.store, "topic", plan.name, utc_now() + timedelta(days=7), "ann")
    inbox.unmute(desk.store, made.id)


def _save_form(desk: Desk, plan: Plan) -> None:
    rulework.saved(DEFAULT, desk.folder / "rules" / f"{plan.name}.toml", edited(plan))


def _save_text(desk: Desk, plan: Plan) -> None:
    rulework.saved_text(desk.folder / "rules" / "all.toml", rulework.text_of(edited(plan)))


def _add_feed(desk: Desk, plan: Plan) -> None:
    sourcework.add_feed(desk.store, plan.name, f"https://{plan.name}.example/rss", "10m")


def _pause(desk: Desk, plan: Plan) -> None:
    pen = News(desk.store)
    pen.pause(pen.feed(f"switched-{plan.person}", "url", "https://switched.example/rss"), plan.number % 2 == 0)


def _take(desk: Desk, plan: Plan) -> None:
    given = upload(plan)
    with on_disk(given) as path:
        sourcework.take_file(desk.store, path, given.name)


KINDS: dict[str, Callable[[Desk, Plan], None]] = {
    "correct": _correct, "label": _label, "decide": _decide, "mute": _mute, "unmute": _unmute, "form": _save_form,
    "text": _save_text, "feed": _add_feed, "pause": _pause, "upload": _take,
}  # fmt: skip


def work(task: Task) -> None:
    """Write until killed, first what was not confirmed before."""
    sourcework.batches = partial(batches, size=2)  # an upload is read in several parts
    desk, log = Desk(task), os.open(Path(task.folder) / "log", os.O_WRONLY | os.O_APPEND)

    def note(state: str, plan: Plan) -> None:
        os.write(log, (json.dumps([state, *asdict(plan).values()]) + "\n").encode())  # at once: a kill tears no line

    def person(who: int) -> None:
        draw = random.Random(f"{task.run} {who}")
        plans = (Plan(draw.choice(list(KINDS)), who, task.run * 10_000 + number) for number in count())
        again = task.again[who]
        while True:
            plan = next(plans) if again is None else Plan(*again)
            again = None
            note("begun", plan)
            KINDS[plan.kind](desk, plan)
            note("done", plan)

    threads = [threading.Thread(target=person, args=(who,)) for who in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os._exit(1)  # nobody came to an end unless something failed


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who is killed leaves nothing behind
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            work(Task(**json.loads(line)))
        print(child, flush=True)


if __name__ == "__main__":
    main()
