"""The poller: what is due, one at a host, and killed at any moment without losing or doubling an item."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import sqlalchemy as sa

from headwater.errors import InputError
from headwater.store import Store, open_store
from headwater.store.news import NEWS_COUNT, NEWS_ITEM, NEWS_LABEL, NEWS_STORY
from sentiment_monitor.intake.look import Look
from sentiment_monitor.intake.register import Wanted, declare
from sentiment_monitor.records.news import News
from sentiment_monitor.watching import Chore, Hosts, Watcher
from tests.apps.sentiment_monitor.intake import conftest as intake
from tests.apps.sentiment_monitor.intake.broken import item, rss
from tests.apps.sentiment_monitor.intake.feedserver import Answer, FeedServer

clock, news, server = intake.clock, intake.news, intake.server


def wanted(server: FeedServer, count: int, **options: object) -> list[Wanted]:
    return [Wanted(f"f{n}", "url", f"{server.url}/f{n}", {"private": True, **options}) for n in range(count)]


def until(true, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.01)


def test_a_host_is_asked_by_one_at_a_time_and_not_too_often() -> None:
    now = [100.0]
    hosts = Hosts(1.5, lambda: now[0])
    hosts.take("a")
    assert (hosts.free("a"), hosts.free("b"), hosts.free("")) == (False, True, True)
    hosts.release("a")
    assert not hosts.free("a")
    now[0] += 1.6
    assert hosts.free("a")


def test_it_watches_what_is_due_and_works_beside(news: News, server: FeedServer) -> None:
    server.pages |= {f"/f{n}": Answer(rss(item(f"Oil {n}")), slow=0.05) for n in range(5)}
    declare(news, wanted(server, 5))
    news.pause(news.feeds()[4].id)
    stop, done = threading.Event(), []
    watcher = Watcher(news, [Chore("count", lambda: done.append(1) or 0, 0.01)], least=0.0, tick=0.01)
    thread = threading.Thread(target=watcher.run, args=(stop,))
    thread.start()
    until(lambda: news.backlog() == 4)
    stop.set()
    thread.join(20)
    assert not thread.is_alive() and len(done) > 1
    assert server.most == 1, "all are at one host"
    assert sorted(path for path, _ in server.asked) == ["/f0", "/f1", "/f2", "/f3"]
    assert all(feed.due > news.now() + timedelta(seconds=200) for feed in news.feeds() if not feed.paused)


def test_a_fault_of_one_feed_or_chore_stops_no_other(news: News, server: FeedServer, caplog) -> None:
    server.pages["/f1"] = Answer(rss(item("Oil")))
    declare(news, wanted(server, 2))

    def looks(feed, now):
        if feed.name == "f0":
            raise ZeroDivisionError("a fault of ours")
        yield Look(due=now() + timedelta(hours=1), state={"looked": 1})

    failed = []

    def chore() -> int:
        failed.append(1)
        raise InputError("the models are away")

    watcher, stop = (
        Watcher(news, [Chore("reading", chore, 0.01)], least=0.0, looks={"url": looks}, tick=0.01),
        threading.Event(),
    )
    thread = threading.Thread(target=watcher.run, args=(stop,))
    thread.start()
    until(lambda: news.feeds()[1].state == {"looked": 1} and news.feeds()[0].failures == 1 and len(failed) > 2)
    stop.set()
    thread.join(20)
    assert "ZeroDivisionError: a fault of ours" in news.feeds()[0].last_error
    assert news.feeds()[0].due > news.now()
    assert "the models are away" in caplog.text


def test_a_look_that_was_cut_off_is_made_again_after_the_lease(news: News, server: FeedServer, clock) -> None:
    declare(news, wanted(server, 1))
    watcher, seen = Watcher(news, lease=60), []
    watcher.look = seen.append
    watcher._under_way = {0}  # nothing of its own
    with ThreadPoolExecutor(1) as pool:
        assert watcher.send_out(pool) == 1
    again = Watcher(news, lease=60)
    again.look = seen.append
    with ThreadPoolExecutor(1) as pool:
        assert again.send_out(pool) == 0
        clock.forward(seconds=61)
        assert again.send_out(pool) == 1
    assert len(seen) == 2


class Rolling(BaseHTTPRequestHandler):
    """A feed that gives each entry once only: those after the ETag that is asked with, and sometimes some of before.

    A feed's state that went on without its items would lose them for good.
    """

    made, draw = Counter(), random.Random(5)

    def do_GET(self) -> None:
        name, known = self.path.strip("/"), int((self.headers.get("If-None-Match") or '"0"').strip('"'))
        top = self.made[name]
        if known >= top:
            self.answer(304, b"", top)
            return
        first = max(known - self.draw.choice((0, 0, 3)), 0)
        entries = [item(f"Story {name}-{n // 3}, item {n}", name=f"<guid>{name}-{n}</guid>") for n in range(first, top)]
        self.answer(200, rss("".join(entries)), top)

    def answer(self, status: int, body: bytes, top: int) -> None:
        self.send_response(status)
        self.send_header("ETag", f'"{top}"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # who asked was killed
            super().handle()


class Mill:
    """Watchers that are started and killed, and a folder and two feeds that go on meanwhile."""

    def __init__(self, address: str, where: str, folder: Path) -> None:
        self.address, self.where, self.folder = address, where, folder
        self.draw, self.lines = random.Random(11), 0
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        self.parent = subprocess.Popen(
            [sys.executable, "-m", "tests.apps.sentiment_monitor.intake.killed"], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def start(self) -> int:
        self.parent.stdin.write(self.address + "\n")
        self.parent.stdin.flush()
        return int(self.parent.stdout.readline())

    def more(self) -> None:
        """New entries, and new lines of a file, the last perhaps torn until the next time."""
        for name in ("a", "b"):
            Rolling.made[name] += self.draw.randint(0, 4)
        with (self.folder / "wire.jsonl").open("a") as stream:
            for _ in range(self.draw.randint(0, 3)):
                text = (
                    json.dumps({"id": f"w{self.lines}", "text": f"Story w-{self.lines // 2}, item {self.lines}"}) + "\n"
                )
                cut = self.draw.randrange(len(text))
                stream.write(text[:cut])
                stream.flush()
                stream.write(text[cut:])
                self.lines += 1

    def wanted(self) -> set[str]:
        entries = {f"{name}-{n}" for name in ("a", "b") for n in range(Rolling.made[name])}
        return entries | {f"w{n}" for n in range(self.lines)}

    def close(self) -> None:
        self.parent.kill()
        self.parent.communicate()


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_killed_at_any_moment_it_loses_and_doubles_nothing(url: str, tmp_path: Path) -> None:
    kills = 200 if "postgres" not in url else 40
    Rolling.made.clear()
    folder = tmp_path / "drop"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), Rolling) as running, open_store(url) as store:
        running.daemon_threads = True
        threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
        where = f"http://127.0.0.1:{running.server_address[1]}"
        mill, news = Mill(url, where, folder), News(store)
        declare(news, [Wanted(name, "url", f"{where}/{name}", {"private": True, "every": 0.05}) for name in ("a", "b")])
        declare(news, [Wanted("wire", "folder", str(folder), {"every": 0.05})])
        try:
            for kill in range(10 * kills):
                if kill >= kills and len(_keys(store)) > 50 and news.backlog() < len(_keys(store)):
                    break  # a busy machine needs more of these short lives to get some work done
                mill.more()
                child = mill.start()
                time.sleep(mill.draw.uniform(0.0, 0.5))
                os.kill(child, signal.SIGKILL)
            else:
                pytest.fail("the killed ones did next to no work")
            child = mill.start()
            until(lambda: news.backlog() == 0 and _keys(store).keys() >= mill.wanted(), 120)
            os.kill(child, signal.SIGKILL)
        finally:
            mill.close()
            running.shutdown()
        _nothing_lost_nothing_doubled(store, mill.wanted())


def _keys(store: Store) -> Counter:
    with store.read() as connection:
        return Counter(connection.scalars(sa.select(NEWS_ITEM.c.key)))


def _nothing_lost_nothing_doubled(store: Store, wanted: set[str]) -> None:
    """Items, the stories that they make, and the counts of these: as an unbroken run would have them."""
    assert len(wanted) > 100
    assert _keys(store) == Counter(wanted)
    with store.read() as connection:
        titles = connection.execute(sa.select(NEWS_ITEM.c.title, NEWS_ITEM.c.story, NEWS_ITEM.c.scored)).all()
        stories = dict(connection.execute(sa.select(NEWS_STORY.c["id"], NEWS_STORY.c["items"])).all())
        counted = connection.scalar(
            sa.select(sa.func.sum(NEWS_COUNT.c.negative)).where(NEWS_COUNT.c.dimension == "all")
        )
        labels = connection.scalar(
            sa.select(sa.func.count()).select_from(NEWS_LABEL).where(NEWS_LABEL.c.dimension == "all")
        )
    assert all(row.scored is not None for row in titles)
    by_name = {(row.title.split(",")[0], row.story) for row in titles}
    assert len(by_name) == len({name for name, _ in by_name}) == len(stories) == counted == labels
    assert stories == Counter(row.story for row in titles)
