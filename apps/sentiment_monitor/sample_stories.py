"""Scored items, and copies of the same words counted once.

Two items are copies where nothing but case, punctuation, space or a leading "UPDATE 2-" tells them apart. A copy
that was reworded still counts by itself.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sentiment_monitor.feed import Item

__all__ = ["Story", "fingerprint", "gather"]

UPDATE = re.compile(r"^\s*(?:update|corrected|refile|rpt|wrapup)\s*\d*\s*[-–—:]\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Story:
    """What was said first, how it sounds, and everyone who said it again. `probabilities` by label."""

    first: Item
    label: str
    probabilities: dict[str, float]
    copies: tuple[Item, ...] = ()

    @property
    def day(self) -> date:
        return self.first.day

    @property
    def probability(self) -> float:
        return self.probabilities[self.label]

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item.source for item in (self.first, *self.copies)))


def fingerprint(text: str) -> str:
    """The words of a text alone.

    >>> fingerprint("UPDATE 2-Shares fall,  bank says") == fingerprint("Shares fall: bank says")
    True
    """
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", UPDATE.sub("", text)).casefold())) or text


def gather(items: Sequence[Item], labels: Sequence[str], probabilities: Sequence[Sequence[float]]) -> list[Story]:
    """Items in time order with their probabilities -> stories in the order of their first item.

    The first item's score stands for the story, so that a count of a past day never changes by what came later.
    """
    groups: dict[str, list[int]] = {}
    for row, item in enumerate(items):
        groups.setdefault(fingerprint(item.text), []).append(row)
    stories = []
    for first, *others in groups.values():
        by_label = dict(zip(labels, map(float, probabilities[first]), strict=True))
        best = max(by_label, key=by_label.__getitem__)
        stories.append(Story(items[first], best, by_label, tuple(items[row] for row in others)))
    return stories
