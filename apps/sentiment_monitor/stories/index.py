"""Which story an item belongs to, as it arrives: the open stories of a week, in memory.

    item -> candidates: the same words or headline (a table), nearly the same words (MinHash), near vectors (a block)
         -> likeness.relation with each story's first item -> the best one, or a story of its own

A story is known by its first item, its vector and the headlines of all its items, which is what the store gives back:
an index built anew goes on as the old one would have. What is placed waits until the store has it (`settled`) or is
taken back (`forget`).
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Literal

import numpy as np
from rensa import RMinHash

from headwater.errors import InputError
from sentiment_monitor.news import OpenStory, Waiting
from sentiment_monitor.stories.facts import Facts, facts_of
from sentiment_monitor.stories.hashing import Hashes, hashed
from sentiment_monitor.stories.held import Block
from sentiment_monitor.stories.likeness import BARS, SHORT, Bars, relation
from sentiment_monitor.stories.words import READ, fingerprint

__all__ = ["MOST_OPEN", "WINDOW", "Stories"]

WINDOW = timedelta(days=7)
MOST_OPEN = 100_000  # about 250 MB; then those go first that nothing joined for longest
CANDIDATES = 8  # of each kind
Placing = tuple[Literal["first", "copy", "update", "same"], int | None]


@dataclass
class Held:
    """An open story: the beginning of its first text, its row in the block, and the keys that lead to it."""

    story: int
    text: str
    row: int
    latest: datetime
    keys: set[bytes] = field(default_factory=set)


class Stories:
    """The stories that an item may still join: those whose newest item is within `window` of the newest of all.

    Deterministic: where an item goes depends on what came before it, not on how it was cut into batches.
    """

    def __init__(self, window: timedelta = WINDOW, bars: Bars = BARS, limit: int = MOST_OPEN) -> None:
        self.window, self.bars, self.limit = window, bars, limit
        self._held: dict[int, Held] = {}
        self._by_row: dict[int, Held] = {}
        self._by_key: dict[bytes, set[int]] = defaultdict(set)
        self._hashes, self._block = Hashes(), Block()
        self._clock = datetime.min.replace(tzinfo=UTC)  # `at` of the newest item
        self._ages: list[tuple[datetime, int]] = []  # a heap; what has been joined since stands in it again
        self._undo: list[Callable[[], None]] = []
        self._placed: list[Placing] = []

    def __len__(self) -> int:
        return len(self._held)

    def load(self, open_stories: Iterable[OpenStory]) -> None:
        """Take up the stories of a store."""
        for story in open_stories:
            facts = facts_of(story.text[:READ])
            held = self._open(story.id, story.text, facts, story.latest, story.vector, hashed([facts.shingles])[0])
            for title in story.titles:
                self._lead_to(held, _title_key(title))
            heapq.heappush(self._ages, (held.latest, held.story))
        self._undo.clear()
        self._close_old()

    def place(self, items: Sequence[Waiting], vectors: np.ndarray) -> list[Placing]:
        """What each item is, and of which story, in their order.

        `vectors` is float32 (items, 384), of unit length. The story is an id; None where the item begins one; and
        -(i + 1) where item i of this very batch began it. Raises InputError where the last batch was neither settled
        nor forgotten.
        """
        if self._placed:
            raise InputError(
                "expected settled() or forget() after the last batch, got another: its stories have no ids yet"
            )
        if len(vectors) != len(items):
            raise InputError(f"expected a vector for each of {len(items)} items, got {len(vectors)}")
        vectors = np.asarray(vectors, np.float32)
        facts = [facts_of(item.text[:READ]) for item in items]
        minhashes = hashed([each.shingles for each in facts])
        times, reach = [item.at.timestamp() for item in items], self.bars.reach.total_seconds()
        near = self._block.near(vectors, times, self.bars.least, reach, CANDIDATES)
        among = np.round(vectors @ vectors.astype(np.float16).astype(np.float32).T, 4)
        for number, item in enumerate(items):
            close = {self._by_row[row].story for row, _ in near[number]}
            close |= {
                -at - 1 for at in np.flatnonzero(among[number, :number] >= self.bars.least).tolist()
            } & self._held.keys()
            self._placed.append(self._place(number, item, facts[number], vectors[number], minhashes[number], close))
        return list(self._placed)

    def settled(self, ids: Sequence[int]) -> None:
        """The store has the batch: `ids` are the stories of its items, in their order."""
        if len(ids) != len(self._placed):
            raise InputError(f"expected the stories of {len(self._placed)} items, got {len(ids)}")
        for number, (story, (_, placed)) in enumerate(zip(ids, self._placed, strict=True)):
            if placed is None:
                self._rename(self._held[-number - 1], story)
            heapq.heappush(self._ages, (self._held[story].latest, story))
        self._placed, self._undo = [], []
        self._close_old()

    def forget(self) -> None:
        """The store does not have the batch: all is as it was before it."""
        for undo in reversed(self._undo):
            undo()
        self._placed, self._undo = [], []

    def _place(
        self, number: int, item: Waiting, facts: Facts, vector: np.ndarray, minhash: RMinHash, close: set[int]
    ) -> Placing:
        self._move_clock(max(self._clock, item.at))
        keys = (_text_key(facts), _title_key(item.title, facts if item.title == item.text else None))
        titled = self._by_key.get(keys[1], set())
        close = close | _newest(self._by_key.get(keys[0], set())) | _newest(titled)
        close |= {self._by_row[row].story for row in self._hashes.near(minhash, CANDIDATES)}
        best: tuple | None = None
        for held in (self._held[story] for story in close):
            gap = abs(item.at - held.latest)
            if held.latest < self._clock - self.window or gap > self.window:
                continue
            cosine = round(float(self._block.vectors[held.row].astype(np.float32) @ vector), 4)
            found = relation(facts_of(held.text), facts, cosine, gap, titled=held.story in titled, bars=self.bars)
            rank = (found == "same", -cosine, _age(held.story))
            if found and (best is None or rank < best[0]):
                best = rank, found, held
        if best is None:
            held = self._open(-number - 1, item.text, facts, item.at, vector, minhash)
            self._lead_to(held, keys[1])
            return "first", None
        self._join(best[2], item.at, keys[1])
        return best[1], best[2].story

    def _open(
        self, story: int, text: str, facts: Facts, latest: datetime, vector: np.ndarray, minhash: RMinHash
    ) -> Held:
        held = Held(story, text[:READ], self._block.add(vector, latest.timestamp()), latest)
        self._held[story] = self._by_row[held.row] = held
        self._hashes.add(held.row, minhash)
        self._lead_to(held, _text_key(facts))
        self._move_clock(max(self._clock, latest))
        self._undo.append(lambda: self._close(held))
        return held

    def _join(self, held: Held, at: datetime, key: bytes | None) -> None:
        before = held.latest
        self._date(held, max(before, at))
        self._undo.append(lambda: self._date(held, before))
        self._lead_to(held, key)

    def _lead_to(self, held: Held, key: bytes | None) -> None:
        if key is None or key in held.keys:
            return
        held.keys.add(key)
        self._by_key[key].add(held.story)
        self._undo.append(lambda: self._lead_away(held, key))

    def _lead_away(self, held: Held, key: bytes) -> None:
        held.keys.discard(key)
        self._by_key[key].discard(held.story)
        if not self._by_key[key]:
            del self._by_key[key]

    def _date(self, held: Held, latest: datetime) -> None:
        held.latest = latest
        self._block.latest[held.row] = latest.timestamp()

    def _move_clock(self, clock: datetime) -> None:
        before, self._clock = self._clock, clock
        if clock != before:
            self._undo.append(lambda: setattr(self, "_clock", before))

    def _rename(self, held: Held, story: int) -> None:
        for key in held.keys:
            self._by_key[key].discard(held.story)
            self._by_key[key].add(story)
        self._held[story] = self._held.pop(held.story)
        held.story = story

    def _close(self, held: Held) -> None:
        for key in list(held.keys):
            self._lead_away(held, key)
        self._hashes.remove(held.row)
        self._block.remove(held.row)
        del self._held[held.story], self._by_row[held.row]

    def _close_old(self) -> None:
        """Stories out of the window go, and the oldest where there are too many."""
        while self._ages and (self._ages[0][0] < self._clock - self.window or len(self._held) > self.limit):
            latest, story = heapq.heappop(self._ages)
            held = self._held.get(story)
            if held is not None and held.latest == latest:
                self._close(held)


def _key(kind: bytes, words: str) -> bytes:
    return blake2b(words.encode("utf-8", "surrogatepass"), digest_size=8, person=kind).digest()


def _text_key(facts: Facts) -> bytes:
    return _key(b"text", facts.fingerprint)


def _title_key(title: str, facts: Facts | None = None) -> bytes | None:
    """None for a short title: "Market report" is a rubric, and stands over many stories."""
    words = facts.fingerprint if facts else fingerprint(title[:READ])
    return _key(b"title", words) if words.count(" ") >= SHORT - 1 else None


def _age(story: int) -> tuple[bool, int]:
    """Stories in the order they began; those of this batch (negative) last."""
    return story < 0, abs(story)


def _newest(stories: set[int]) -> set[int]:
    return stories if len(stories) <= CANDIDATES else set(sorted(stories, key=_age)[-CANDIDATES:])
