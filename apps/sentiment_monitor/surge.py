"""What happened: the run of days in which negative stories rose most, and the name that led them."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sentiment_monitor.sample_stories import Story
from sentiment_monitor.trend import Day

__all__ = ["Surge", "find", "leader"]

LONGEST = 3  # days
CHANCE = 0.001  # about one quiet month in thirty would still show a surge: 30 days x 3 lengths x 0.001 x overlap
CLEARLY = 20  # times commoner inside than outside
NAME = re.compile(r"[A-Z][\w&'’]*(?:\s[A-Z][\w&'’]*)*")


@dataclass(frozen=True)
class Surge:
    """Days first to last, negative stories a day in them and outside them, and the name in most of the stories."""

    first: date
    last: date
    rate: float
    usual: float
    name: str
    named: int
    count: int


def find(days: Sequence[Day], stories: Sequence[Story]) -> Surge | None:
    """The likeliest surge, or None where no run of up to three days stands out.

    For each run the count k is held against what the other days lead one to expect, e: its score is the Poisson
    likelihood ratio k log(k / e) - (k - e), as in Kulldorff's scan statistic (1997). The best run counts as a surge
    if so large a Poisson count has a chance below 0.001.
    """
    negative = [day.counts["negative"] for day in days]
    best: tuple[float, int, int, float] | None = None
    for length in range(1, min(LONGEST, len(days) - 7) + 1):  # a week at least must be left to compare with
        for start in range(len(days) - length + 1):
            count = sum(negative[start : start + length])
            usual = (sum(negative) - count + 0.5) / (len(days) - length)
            expected = usual * length
            if (
                count > expected
                and (score := count * math.log(count / expected) - count + expected) > (best or (0,))[0]
            ):
                best = score, start, length, usual
    if best is None:
        return None
    _, start, length, usual = best
    count = sum(negative[start : start + length])
    if _tail(count, usual * length) > CHANCE:
        return None
    first, last = days[start].day, days[start + length - 1].day
    inside = [story for story in stories if story.label == "negative" and first <= story.day <= last]
    outside = [story for story in stories if not first <= story.day <= last]
    name, named = leader([s.first.text for s in inside], [s.first.text for s in outside])
    return Surge(first, last, count / length, usual, name, named, count)


def _tail(count: int, expected: float) -> float:
    """P(X >= count) for a Poisson variable of this mean."""
    below = sum(math.exp(k * math.log(expected) - expected - math.lgamma(k + 1)) for k in range(count))
    return max(0.0, 1 - below)


def leader(inside: Sequence[str], outside: Sequence[str]) -> tuple[str, int]:
    """The name that marks the texts inside, in its longest form, and in how many of them it or a part of it stands.

    The mark of a name: texts with it, times the logarithm of how much commoner it is inside than outside, up to where
    that is clear: beyond, the name in more of the texts leads, not the one that was never seen before.
    """
    common = {word for text in (*inside, *outside) for word in re.findall(r"\b[a-z]\w+", text)}
    here = Counter(name for text in inside for name in _names(text, common))
    there = Counter(name for text in outside for name in _names(text, common))
    if not here:
        return "", 0

    def mark(name: str) -> float:
        rarer = ((here[name] + 0.5) / (len(inside) + 1)) / ((there[name] + 0.5) / (len(outside) + 1))
        return here[name] * math.log(min(rarer, CLEARLY))

    best = max(sorted(here), key=mark)
    longer = [name for name in sorted(here) if best in name and here[name] >= 0.4 * here[best]]
    return max(longer, key=lambda name: (len(name.split()), here[name])), here[best]


def _names(text: str, common: set[str]) -> set[str]:
    """Every capitalised run of words and every part of it that starts as a name does, possessive endings off.

    A word that the feed also writes small ("shares") is no name, though it may end one ("Larkmoor Bank").
    """
    names = set()
    for run in NAME.findall(text):
        words = [re.sub(r"['’]s?$", "", word) for word in run.split()]
        starts = [i for i, word in enumerate(words) if len(word) > 2 and word.lower() not in common]
        names |= {" ".join(words[i:j]) for i in starts for j in range(i + 1, min(i + 4, len(words)) + 1)}
    return names
