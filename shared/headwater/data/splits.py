"""Seeded, stratified splits in which equal texts stay together."""

import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from headwater.data.example import Example

__all__ = ["sample_per_label", "split_off", "text_key"]


def text_key(text: str) -> str:
    """What makes two texts equal: their words, whatever their case, spaces and punctuation."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def split_off(rows: Sequence[Example], shares: Sequence[float], head: str | None, seed: int) -> list[list[Example]]:
    """Cut rows into len(shares) parts and the rest, which comes last.

    Each label of `head` (None, or rows without one: all together) is cut in the same shares. Equal texts go to the
    same part, so that no part leaks into another. The order of rows does not matter to where a row goes, only the
    seed and the set of texts.
    """
    groups: dict[str, list[Example]] = defaultdict(list)
    for row in rows:
        groups[text_key(row.text) + "\0" + text_key(row.second or "")].append(row)
    strata: dict[str, list[str]] = defaultdict(list)
    for key in sorted(groups):
        labels = [row.targets.get(head, "") for row in groups[key]] if head else [""]
        # Equal texts of different labels stand under the first in the alphabet, in whatever order they came.
        strata[min(label for label in labels if isinstance(label, str))].append(key)
    rng = np.random.default_rng(seed)
    part_of: dict[str, int] = {}
    for label in sorted(strata):
        keys = strata[label]
        edges = np.round(np.cumsum(shares) * len(keys))
        for place, at in enumerate(rng.permutation(len(keys))):
            part_of[keys[at]] = int(np.searchsorted(edges, place, side="right"))
    parts: list[list[Example]] = [[] for _ in range(len(shares) + 1)]
    for key, members in groups.items():
        parts[part_of[key]] += members
    return parts


def sample_per_label(rows: Sequence[Example], column: str, most: int, seed: int) -> list[Example]:
    """At most `most` rows of each label of a column, drawn by the seed, in their order."""
    by_label: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        by_label[str(row.targets.get(column, ""))].append(number)
    rng = np.random.default_rng(seed)
    kept: list[int] = []
    for label in sorted(by_label):
        numbers = by_label[label]
        kept += [numbers[i] for i in rng.permutation(len(numbers))[:most]]
    return [rows[number] for number in sorted(kept)]
