"""The dashboard killed at any moment while three people write in it: what was confirmed is there once, the rest whole or not.

HEADWATER_KILLS is how many kills (24 if left out: some seconds; 200 before a release), shared by the two databases.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, astuple
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from headwater.store import Store, open_store
from headwater.store.news import NEWS_ALERT, NEWS_FEED, NEWS_ITEM, NEWS_MUTE, NEWS_REJECT
from headwater.store.tables import CORRECTION
from sentiment_monitor.alerts.book import Stored
from sentiment_monitor.alerts.rule import Alert, Change, Rule
from sentiment_monitor.alerts.rules import read_rules
from tests.apps.sentiment_monitor.newsroom import fill
from tests.apps.sentiment_monitor.people import KINDS, PEOPLE, ROWS, Plan, Task, edited, verdict

NOON = datetime(2026, 11, 11, 12, tzinfo=UTC)
KILLS = int(os.environ.get("HEADWATER_KILLS") or 24)


def told(store: Store, value: str) -> int:
    alert = Alert("company", "company", value, NOON, NOON, 1, {"code": "surge", "p": 1e-6}, (1,))
    return Stored(store).write([Rule("company", "company")], [Change("opened", alert, NOON)])[0].alert.id


class Log:
    """What was begun and confirmed, in order."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.file.touch()

    def read(self) -> tuple[list[Plan], dict[int, Plan]]:
        """The plans that were confirmed, and by person the one that was not."""
        confirmed, open_now = [], {}
        for line in self.file.read_text().splitlines():
            state, *plan = json.loads(line)
            if state == "begun":
                open_now[plan[1]] = Plan(*plan)
            else:
                confirmed.append(open_now.pop(plan[1]))
        return confirmed, open_now


@contextmanager
def parent() -> Iterator[subprocess.Popen]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "tests.apps.sentiment_monitor.people"]
    started = subprocess.Popen(command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_people_lose_and_double_nothing_whenever_it_is_killed(url: str, tmp_path: Path, tiny) -> None:
    tiny(tmp_path / "bundle", "sentiment", "topics", "companies")
    draw, log, seen = random.Random(17), Log(tmp_path / "log"), Counter[str]()
    with open_store(url) as store, parent() as mill:
        fill(store)
        alerts = [told(store, f"company-{who}") for who in range(PEOPLE)]
        for run in range(max(2, KILLS // 2) + 1):
            before, left = log.read()
            again = [list(astuple(left[who])) if who in left else None for who in range(PEOPLE)]
            mill.stdin.write(json.dumps(asdict(Task(url, str(tmp_path), alerts, run, again))) + "\n")
            mill.stdin.flush()
            child = int(mill.stdout.readline())
            wait = time.monotonic() + 60
            while len(log.read()[0]) == len(before) and time.monotonic() < wait:  # it has opened the store
                time.sleep(0.005)
            time.sleep(draw.uniform(0.0, 0.25))
            os.kill(child, signal.SIGKILL)
            _gone(child)
            confirmed, left = log.read()
            assert len(confirmed) > len(before), "it wrote nothing, or fell over"
            seen.update(plan.kind for plan in left.values())
            Found(store, tmp_path).hold(confirmed, list(left.values()), alerts)
    assert {plan.kind for plan in confirmed} == set(KINDS)
    assert sum(seen.values()) >= KILLS // 2, "most kills came in the middle of a write"


def _gone(child: int) -> None:
    """Wait until the killed one is away, and its locks with it."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        time.sleep(0.002)
    raise AssertionError("the killed one is still there")


class Found:
    """What stands in the store and the files after a kill."""

    def __init__(self, store: Store, folder: Path) -> None:
        def count(connection: sa.Connection, column: sa.Column) -> Counter:
            return Counter(connection.scalars(sa.select(column)))

        self.folder = folder
        with store.write() as connection:  # on PostgreSQL, what was under way is rolled back by then
            self.corrections = count(connection, CORRECTION.c.who)
            self.muted, self.feeds = count(connection, NEWS_MUTE.c.value), count(connection, NEWS_FEED.c.name)
            self.items = Counter(key.rpartition("-")[0] for key in connection.scalars(sa.select(NEWS_ITEM.c.key)))
            self.keys = count(connection, NEWS_ITEM.c.key)
            rejects = sa.select(NEWS_FEED.c.name).join(NEWS_REJECT, NEWS_REJECT.c.feed == NEWS_FEED.c.id)
            self.rejects = Counter(connection.scalars(rejects))
            self.paused = dict(connection.execute(sa.select(NEWS_FEED.c.name, NEWS_FEED.c.paused)).all())
            alerts = sa.select(NEWS_ALERT.c["id"], NEWS_ALERT.c.verdict, NEWS_ALERT.c.by, NEWS_ALERT.c.decided)
            self.verdicts = {row.id: row for row in connection.execute(alerts)}

    def hold(self, confirmed: list[Plan], left: list[Plan], alerts: list[int]) -> None:
        """Each write that was confirmed once and whole; each that was not once and whole, or not at all."""
        assert all(number == 1 for number in self.keys.values())
        assert not [who for who in self.corrections if who not in {plan.name for plan in [*confirmed, *left]}]
        for plan in confirmed:
            self.whole(plan, (True,))
        for plan in left:
            self.whole(plan, (True, False))
        for who in range(PEOPLE):
            last = [plan for plan in confirmed if plan.person == who], [plan for plan in left if plan.person == who]
            self.last_of("decide", last, lambda plan: self.decided(alerts[plan.person], plan))
            self.last_of(
                "pause", last, lambda plan: self.paused.get(f"switched-{plan.person}") == (plan.number % 2 == 0)
            )
        texts = [plan for plan in [*confirmed, *left] if plan.kind == "text"]
        if any(plan in confirmed for plan in texts):
            assert read_rules(self.folder / "rules" / "all.toml") in [edited(plan) for plan in texts]

    def last_of(self, kind: str, plans: tuple[list[Plan], list[Plan]], stands) -> None:
        """What stands is the last that was confirmed, or the one after it."""
        confirmed, left = ([plan for plan in some if plan.kind == kind] for some in plans)
        if wanted := [*confirmed[-1:], *left]:
            assert any(map(stands, wanted)) or not confirmed, f"{kind}: none of {wanted}"

    def decided(self, number: int, plan: Plan) -> bool:
        row, said = self.verdicts[number], verdict(plan)
        assert (row.verdict is None) == (row.by is None) == (row.decided is None), "half a verdict"
        return (row.verdict, row.by) == ((said, plan.name) if said else (None, None))

    def whole(self, plan: Plan, there: tuple[bool, ...]) -> None:
        """What a plan has written, against all that it writes, or nothing where `there` allows it."""
        name, file = plan.name, self.folder / "rules" / f"{plan.name}.toml"
        upload = f"{name}.jsonl"
        wanted, found = {
            "correct": lambda: (3, self.corrections[name]),
            "label": lambda: (1, self.corrections[name]),
            "mute": lambda: (1, self.muted[name]),
            "unmute": lambda: (0, self.muted[name]) if there == (True,) else (1, self.muted[name]),
            "form": lambda: (edited(plan), read_rules(file) if file.exists() else 0),
            "feed": lambda: (1, self.feeds[name]),
            "upload": lambda: ((ROWS, 1), (self.items[name], self.rejects[upload])),
        }.get(plan.kind, lambda: (0, 0))()
        nothing = (0, 0) if plan.kind == "upload" else 0
        assert found == wanted or (found == nothing and False in there), f"{name}: {found} instead of {wanted}"
