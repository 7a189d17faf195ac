"""Whether two texts tell one story: the same words, nearly the same words, or the same said otherwise.

    fingerprint equal                          -> copy (update, where it calls itself one)
    no clash, and most shingles shared         -> copy or update
    no clash, and vectors near, within hours   -> same

A clash is what makes two texts that read alike two stories: another company, another period, the other direction.
The bars are in `Bars`, chosen on one half of the labelled pairs of tests/benchmarks/story_pairs.py: of those that were
within 0.002 of the best F1 the strictest, for in a stream every item meets many that it is not like.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sentiment_monitor.stories.facts import Facts

__all__ = ["BARS", "Bars", "Relation", "clash", "jaccard", "relation"]

Relation = Literal["copy", "update", "same"]
FORM = 0.65  # of the words of the shorter text: from here on two texts are one form, filled in twice
SEVERAL = 2  # amounts: one alone moves as a story goes on ("down 24%", "down 29%")
SHORT = 4  # words: "Halted." says the same of another share a day later
Clash = Literal["company", "period", "direction", "amounts"]


@dataclass(frozen=True)
class Bars:
    """What two texts must reach to be one story.

    `near`: share of shingles (Jaccard). Cosines: `alike` where no numbers speak for or against, `shared` where they have
    an amount in common, `titled` where the headlines are the same; no cosine joins amounts that are all different.
    `reach`: the longest time between two tellings in other words.
    """

    near: float = 0.3
    alike: float = 0.82
    shared: float = 0.75
    titled: float = 0.6
    reach: timedelta = timedelta(hours=48)

    @property
    def least(self) -> float:
        """The lowest cosine that can join."""
        return min(self.alike, self.shared)  # what bears the same headline is found by it


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

    A company clashes where none of the names that one begins with is a word of the other; and where most words are
    shared, but each begins with a name that the other has not: a form filled in for another ("EPS of A beats", "EPS of
    B beats"). A period clashes where both name one of a kind (a quarter, a month, a day of the week) and no two are the
    same; amounts where both have several and none in common, but for an update.
    """
    if _other_company(one, other):
        return "company"
    theirs = dict(other.periods)
    if any(kind in theirs and not values & theirs[kind] for kind, values in one.periods):
        return "period"
    if one.way * other.way < 0:
        return "direction"
    several = min(len(one.numbers), len(other.numbers)) >= SEVERAL and not (one.update or other.update)
    return "amounts" if several and not one.numbers & other.numbers else None


def _other_company(one: Facts, other: Facts) -> bool:
    if not one.lead or not other.lead:
        return False
    only_one, only_other = one.lead - other.words - other.names, other.lead - one.words - one.names
    if only_one == one.lead or only_other == other.lead:
        return True
    form = len(one.words & other.words) >= FORM * min(len(one.words), len(other.words))
    return form and bool(only_one) and bool(only_other)


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
    if jaccard(first.shingles, later.shingles) >= bars.near and (gap <= bars.reach or not apart):
        return "update" if later.update else "copy"
    bar = bars.shared if first.numbers & later.numbers else bars.alike
    if apart or gap > bars.reach or cosine < (min(bar, bars.titled) if titled else bar):
        return None
    return "update" if later.update else "same"
