"""One step of the live path: what waits is read, placed in its story, settled; then the alerts of the tick.

    waiting -> reader.read, reader.vectors -> stories.place -> news.settle -> stories.settled -> alerts.tick

Killed at any moment it loses nothing and doubles nothing: what is not settled waits still, and the index of stories is
built anew from the store.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import numpy as np

from headwater.errors import InputError
from headwater.store.news import EPOCH
from sentiment_monitor.news import OpenStory, Placed, Reading, Relation, Waiting
from sentiment_monitor.records import News, Past

__all__ = ["TICK", "Pipeline"]

TICK = timedelta(minutes=5)
BEHIND = timedelta(days=1)  # ticks that were missed are made up for, so far back


class Reader(Protocol):
    """The models."""

    def read(self, items: Sequence[Waiting]) -> list[Reading]: ...

    def vectors(self, texts: Sequence[str]) -> np.ndarray: ...


class Stories(Protocol):
    """Which story an item belongs to."""

    window: timedelta

    def load(self, open_stories: Iterable[OpenStory]) -> None: ...

    def place(self, items: Sequence[Waiting], vectors: np.ndarray) -> Sequence[tuple[Relation, int | None]]: ...

    def settled(self, ids: Sequence[int]) -> None: ...


class Alerts(Protocol):
    """The rules."""

    def tick(self, now: datetime, past: Past) -> list[Any]: ...


class Pipeline:
    """What a worker does again and again; one worker at a time, by the lease of `news`.

    `stories` makes an empty index of stories: a new one is filled from the store at the first step, after another
    worker's, and after a batch that could not be settled. `bundle` is the digest of what reads.
    """

    def __init__(
        self,
        news: News,
        reader: Reader,
        stories: Callable[[], Stories],
        alerts: Alerts | None = None,
        *,
        bundle: str = "",
        batch: int = 256,
    ) -> None:
        self.news, self.reader, self.alerts, self.bundle, self.batch = news, reader, alerts, bundle, batch
        self._make = stories
        self._stories: Stories | None = None

    def step(self) -> int:
        """Settle one batch of what waits, then evaluate the alerts of a tick that is due; return the items settled.

        Raises WorkerBusy where another worker has the lease.
        """
        waiting = self.news.waiting(self.batch)
        if waiting and self._lead():
            waiting = self.news.waiting(self.batch)  # another worker may have settled some meanwhile
        if waiting:
            self._settle(waiting)
        if self.alerts is not None:
            self._tick()
        return len(waiting)

    def run_waiting(self, report: Callable[[int], None] = lambda done: None) -> int:
        """Step until nothing waits; return the items settled, and report their number after each batch."""
        done = 0
        while count := self.step():
            done += count
            report(done)
        return done

    def _lead(self) -> bool:
        """Take or renew the lease; whether it is new: then others have written, and the index is none any more."""
        if new := self.news.take():
            self._stories = None
        return new

    def _index(self) -> Stories:
        if self._stories is None:
            made = self._make()
            made.load(self._open_stories(made.window))
            self._stories = made
        return self._stories

    def _open_stories(self, window: timedelta) -> Iterable[OpenStory]:
        newest = self.news.newest()
        return () if newest is None else self.news.open_stories(newest - window)

    def _settle(self, items: Sequence[Waiting]) -> None:
        stories, readings = self._index(), self._read(items)
        read = [place for place, reading in enumerate(readings) if reading.skipped is None]
        batch = [Placed(item, reading, "first", None) for item, reading in zip(items, readings, strict=True)]
        try:
            if read:
                self._place(stories, batch, read)
            ids = self.news.settle(batch, self.bundle)
            if read:
                stories.settled([story for place in read if (story := ids[place]) is not None])
        except BaseException:
            self._stories = None  # what it placed is not in the store, or in part
            raise

    def _place(self, stories: Stories, batch: list[Placed], read: Sequence[int]) -> None:
        """Give what was read its story; places within what was read become places within the batch."""
        items = [batch[place].item for place in read]
        vectors = self.reader.vectors([item.text for item in items])
        for place, (relation, story), vector in zip(read, stories.place(items, vectors), vectors, strict=True):
            if story is not None and story < 0:
                story = -read[-story - 1] - 1
            batch[place] = replace(batch[place], relation=relation, story=story, vector=vector)

    def _read(self, items: Sequence[Waiting]) -> list[Reading]:
        """All at once; where a text is refused, one by one, so that only that one goes unread."""
        try:
            return self.reader.read(items)
        except InputError as fault:
            if len(items) == 1:
                return [Reading(skipped=f"refused: {fault}")]
            return [reading for item in items for reading in self._read([item])]

    def _tick(self) -> None:
        """Evaluate the first tick that was not, once all that was seen up to it is settled."""
        now, last = self.news.now(), self.news.ticked()
        latest = now - (now - EPOCH) % TICK
        if last is not None and last > now + TICK:  # of a clock that was ahead: else no alert before that moment comes
            last = None
        tick = latest if last is None else max(last + TICK, latest - BEHIND)
        first = self.news.waiting(1)
        if tick > now or (first and first[0].seen <= tick):
            return
        if self.alerts is not None:
            self._lead()
            self.alerts.tick(tick, Past(self.news.store, tick))
            self.news.tick(tick)
