"""The poller: looks at every feed when it is due, lets the models read what came, and does the chores beside.

It runs apart from the dashboard and may be killed at any moment: what a look gave and where the next begins are
written in one transaction, and so is what the models said of a batch. Several may run on one store; a feed is looked
at by one of them, and one has the worker's lease.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from headwater.errors import HeadwaterError
from sentiment_monitor.intake.fetching import look_at_url
from sentiment_monitor.intake.folders import look_into_folder
from sentiment_monitor.intake.fulltext import with_articles
from sentiment_monitor.intake.look import Look, Looking
from sentiment_monitor.intake.register import claim
from sentiment_monitor.intake.schedule import next_look
from sentiment_monitor.records.news import News
from sentiment_monitor.records.rows import Feed

__all__ = ["LOOKS", "Chore", "Watcher"]

LOG = logging.getLogger("sentiment_monitor.watch")
LOOKS: Mapping[str, Looking] = {"url": look_at_url, "folder": look_into_folder}
LONGEST = 60.0  # seconds until a chore that failed is tried again


@dataclass(frozen=True)
class Chore:
    """Something that is done again and again: at once while it says that there is more, else after `every` seconds."""

    name: str
    work: Callable[[], int]
    every: float = 1.0


class Watcher:
    """`chores` run in a thread each: the pipeline, the delivery of alerts.

    `threads` looks go on side by side, one at a host, and `least` seconds lie between two at the same. A look that is
    cut off by a kill is made again after `lease` seconds.
    """

    def __init__(
        self,
        news: News,
        chores: Sequence[Chore] = (),
        *,
        threads: int = 4,
        least: float = 1.0,
        lease: float = 120.0,
        tick: float = 0.5,
        looks: Mapping[str, Looking] = LOOKS,
    ) -> None:
        self.news, self.chores, self.looks = news, chores, looks
        self.threads, self.tick, self.lease = threads, tick, timedelta(seconds=lease)
        self.hosts, self._under_way, self._lock = Hosts(least), set[int](), threading.Lock()

    def run(self, stop: threading.Event) -> None:
        """Watch until `stop` is set; looks that are under way then are finished."""
        beside = [threading.Thread(target=_repeat, args=(chore, stop), name=chore.name) for chore in self.chores]
        for thread in beside:
            thread.start()
        with ThreadPoolExecutor(self.threads, "look") as pool:
            while not stop.is_set():
                try:
                    self.send_out(pool)
                except HeadwaterError as fault:  # a store that is away for a while
                    LOG.error("%s", fault)
                stop.wait(self.tick)
        for thread in beside:
            thread.join()

    def send_out(self, pool: ThreadPoolExecutor) -> int:
        """Begin a look at each feed that is due, as far as threads and hosts are free; return how many were begun."""
        begun, now = 0, self.news.now()
        for feed in self.news.feeds(due=now):
            if len(self._under_way) >= self.threads:
                break
            host = host_of(feed)
            if feed.kind not in self.looks or feed.id in self._under_way or not self.hosts.free(host):
                continue
            if claim(self.news.store, feed, now, now + self.lease):
                self.hosts.take(host)
                with self._lock:
                    self._under_way.add(feed.id)
                pool.submit(self._look, feed, host)
                begun += 1
        return begun

    def _look(self, feed: Feed, host: str) -> None:
        try:
            self.look(feed)
        except Exception as fault:
            LOG.error("%s: %s", feed.name, fault, exc_info=not isinstance(fault, HeadwaterError))
            self._fell_over(feed, fault)
        finally:
            self.hosts.release(host)
            with self._lock:
                self._under_way.discard(feed.id)

    def look(self, feed: Feed) -> int:
        """Look at a feed and write what it gave; return how many items were new."""
        new = 0
        for seen in self.looks[feed.kind](feed, self.news.now):
            new += self._write(feed, seen)
        if new:
            LOG.info("%s: %d new", feed.name, new)
        return new

    def _write(self, feed: Feed, look: Look) -> int:
        batch, due = look.batch, look.due or self.news.now() + self.lease
        if feed.options.get("full_text") and batch.items:
            batch = with_articles(self.news.store, feed.id, batch)
        intake = self.news.arrive(feed.id, batch.items, batch.rejects, look.state, due, look.failed)
        if look.failed:
            LOG.warning("%s: %s", feed.name, look.failed)
        if look.gone:
            self.news.pause(feed.id)
        return intake.new

    def _fell_over(self, feed: Feed, fault: Exception) -> None:
        now = self.news.now()
        due = next_look(feed.name, now, feed.options.get("every", LONGEST), feed.failures + 1)
        try:
            self.news.arrive(feed.id, [], due=due, failed=f"{type(fault).__name__}: {fault}"[:1000])
        except HeadwaterError as again:  # the store itself is away: the claim runs out by itself
            LOG.error("%s: %s", feed.name, again)


class Hosts:
    """Who may be asked now: a host by one look at a time, `least` seconds after the last."""

    def __init__(self, least: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.least, self.clock = least, clock
        self._busy, self._again, self._lock = set[str](), dict[str, float](), threading.Lock()

    def free(self, host: str) -> bool:
        with self._lock:
            return not host or (host not in self._busy and self._again.get(host, 0.0) <= self.clock())

    def take(self, host: str) -> None:
        with self._lock:
            self._busy.add(host)

    def release(self, host: str) -> None:
        with self._lock:
            now = self.clock()
            self._busy.discard(host)
            self._again = {name: when for name, when in self._again.items() if when > now} | {host: now + self.least}


def host_of(feed: Feed) -> str:
    """The host of a feed by URL, where it has moved to; empty for a folder, which nobody has to spare."""
    return urlsplit(feed.state.get("address") or feed.address).hostname or "" if feed.kind == "url" else ""


def _repeat(chore: Chore, stop: threading.Event) -> None:
    failures = 0
    while not stop.is_set():
        try:
            more, failures = chore.work(), 0
        except Exception as fault:
            more, failures = 0, failures + 1
            LOG.error("%s: %s", chore.name, fault, exc_info=not isinstance(fault, HeadwaterError))
        if not more:
            stop.wait(min(chore.every * 2.0 ** min(failures, 10), LONGEST) if failures else chore.every)
