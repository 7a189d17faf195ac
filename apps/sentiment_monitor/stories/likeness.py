"""Whether two texts tell one story: the same words, nearly the same words, or the same said otherwise.

    fingerprint equal                          -> copy (update, where it calls itself one)
    no clash, and most shingles shared         -> copy or update
    no clash, and vectors near, within hours   -> same

A clash is what makes two texts that read alike two stories: another company, another period, the other direction.
The bars are in `Bars`; tests/benchmarks/story_pairs.py tunes them on one half of the labelled pairs.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sentiment_monitor.stories.facts import Facts

__all__ = ["BARS", "Bars", "Relation", "clash", "jaccard", "relation"]

Relation = Literal["copy", "update", "same"]
SHORT = 4  # words: "Halted." says the same of another share a day later
Clash = Literal["company", "period", "direction"]


@dataclass(frozen=True)
class Bars:
    """What two texts must reach to be one story.

    `near`: share of shingles (Jaccard). Cosines: `alike` where no numbers speak for or against, `shared` where they have
    an amount in common, `apart` where each has amounts and none in common, `titled` where the headlines are the same.
    `reach`: the longest time between two tellings in other words.
    """

    near: float = 0.4
    alike: float = 0.82
    shared: float = 0.72
    apart: float = 0.88
    titled: float = 0.6
    reach: timedelta = timedelta(hours=48)

    @property
    def least(self) -> float:
        """The lowest cosine that can join."""
        return min(self.alike, self.shared, self.apart)  # what bears the same headline is found by it


BARS = Bars()


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of what both have in what either has, 0 to 1.

    >>> jaccard(frozenset("abc"), frozenset("bcd"))
    0.5
    """
    both = len(one & other)
    return both / (len(one) + len(other) - both) if both else 0.0


def clash(one: Facts, other: Facts) -> Clash | None:
    """What keeps two texts apart however alike they read, or None.

    A company clashes where none of the names that one begins with is a word of the other. A period clashes where both
    name one of a kind (a quarter, a month, a day of the week) and no two are the same.
    """
    if (one.lead and not one.lead & _said(other)) or (other.lead and not other.lead & _said(one)):
        return "company"
    theirs = dict(other.periods)
    if any(kind in theirs and not values & theirs[kind] for kind, values in one.periods):
        return "period"
    return "direction" if one.way * other.way < 0 else None


def relation(
    first: Facts, later: Facts, cosine: float, gap: timedelta, *, titled: bool = False, bars: Bars = BARS
) -> Relation | None:
    """What `later` is to a story that began with `first`, told `gap` apart; None where it is another story.

    `titled`: its headline is one that an item of the story bore.
    """
    if gap > bars.reach and len(later.words) < SHORT:
        return None
    if first.fingerprint == later.fingerprint:
        return "update" if later.update else "copy"
    if clash(first, later):
        return None
    apart = bool(first.numbers) and bool(later.numbers) and not first.numbers & later.numbers and not later.update
    if jaccard(first.shingles, later.shingles) >= bars.near and not apart:
        return "update" if later.update else "copy"
    if gap > bars.reach or cosine < _bar(bars, apart, bool(first.numbers & later.numbers), titled):
        return None
    return "update" if later.update else "same"


def _bar(bars: Bars, apart: bool, shared: bool, titled: bool) -> float:
    if apart:
        return bars.apart
    bar = bars.shared if shared else bars.alike
    return min(bar, bars.titled) if titled else bar


def _said(facts: Facts) -> frozenset[str]:
    return facts.words | facts.names
