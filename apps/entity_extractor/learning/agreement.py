"""How far people who marked the same sentences agree: F1 of spans and Cohen's kappa over words, and where they do not.

F1 of two people's spans is the same whichever is held against the other. Kappa (Cohen 1960) takes off what two people who
mark by chance, each as often as they do, would agree on; as most words are no name, agreement over words alone says little
(Artstein & Poesio 2008). Intervals are over sentences.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from headwater.errors import InputError
from headwater.intervals import Interval, bootstrap
from headwater.metrics import FN, FP, TP, micro_f1
from headwater.span_metrics import span_counts
from headwater.spans import Span, to_bio
from headwater.text import clean, words

__all__ = ["Disagreement", "Pair", "agreement", "disagreements", "kappa"]

Marked = Mapping[str, Mapping[str, Sequence[Span]]]  # text -> who -> their spans


@dataclass(frozen=True)
class Pair:
    """Two people, the sentences that both marked, and how far they agree there."""

    one: str
    other: str
    sentences: int
    f1: Interval
    kappa: Interval


@dataclass(frozen=True)
class Disagreement:
    """A sentence that two people marked unlike: what only one of them marked, and F1 of the two, 0 to 1."""

    text: str
    one: str
    other: str
    only_one: tuple[Span, ...]
    only_other: tuple[Span, ...]
    f1: float


def agreement(marked: Marked) -> list[Pair]:
    """Every pair of people with a sentence in common, by name."""
    return [
        _pair(one, other, [(text, marked[text][one], marked[text][other]) for text in texts])
        for (one, other), texts in _together(marked).items()
    ]


def disagreements(marked: Marked) -> list[Disagreement]:
    """Sentences that a pair marked unlike, worst first: least F1, then most spans in dispute."""
    found = []
    for (one, other), texts in _together(marked).items():
        for text in texts:
            first, second = set(marked[text][one]), set(marked[text][other])
            if first != second:
                f1 = 2 * len(first & second) / (len(first) + len(second))
                only = (tuple(sorted(first - second)), tuple(sorted(second - first)))
                found.append(Disagreement(text, one, other, *only, f1))
    return sorted(found, key=lambda d: (d.f1, -len(d.only_one) - len(d.only_other), d.text, d.one, d.other))


def kappa(tables: np.ndarray) -> np.ndarray:
    """Cohen's kappa of counts of (one's label, the other's label), (..., labels, labels) -> (...).

    Where both give all words one and the same label, chance explains everything: that is 1, for nobody disagreed.

    >>> round(float(kappa(np.array([[20.0, 5.0], [10.0, 15.0]]))), 3)
    0.4
    """
    total = np.maximum(tables.sum(axis=(-2, -1)), 1)
    seen = np.trace(tables, axis1=-2, axis2=-1) / total
    chance = (tables.sum(axis=-1) * tables.sum(axis=-2)).sum(axis=-1) / total**2
    return np.where(chance < 1, (seen - chance) / np.where(chance < 1, 1 - chance, 1), 1.0)


def _together(marked: Marked) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for text, by in marked.items():
        for pair in itertools.combinations(sorted(by), 2):
            found.setdefault(pair, []).append(text)
    return dict(sorted(found.items()))


def _pair(one: str, other: str, rows: Sequence[tuple[str, Sequence[Span], Sequence[Span]]]) -> Pair:
    if not rows:
        raise InputError(f"expected sentences that both {one} and {other} marked, got none")
    spans = span_counts([first for _, first, _ in rows], [second for _, _, second in rows]).values.sum(axis=1)
    sums = {"spans": spans.reshape(len(rows), 1, 3), "words": _tables(rows)}
    found = bootstrap(sums, {"f1": _f1, "kappa": lambda drawn: kappa(drawn["words"])})
    return Pair(one, other, len(rows), found["f1"], found["kappa"])


def _f1(drawn: Mapping[str, np.ndarray]) -> np.ndarray:
    """F1; of a draw in which neither marked anything, 1: they agree that nothing is there."""
    marked = drawn["spans"][:, 0, [TP, FP, FN]].sum(axis=1)
    return np.where(marked > 0, micro_f1(drawn["spans"]), 1.0)


def _tables(rows: Sequence[tuple[str, Sequence[Span], Sequence[Span]]]) -> np.ndarray:
    """How often one's label of a word met the other's, (sentences, labels, labels); labels are BIO."""
    both = []
    for text, first, second in rows:
        edges = words(clean(text))
        both.append(list(zip(to_bio(edges, first), to_bio(edges, second), strict=True)))
    labels = sorted({label for row in both for pair in row for label in pair} | {"O"})
    number = {label: code for code, label in enumerate(labels)}
    tables = np.zeros((len(rows), len(labels), len(labels)))
    for row, pairs in enumerate(both):
        for first_label, second_label in pairs:
            tables[row, number[first_label], number[second_label]] += 1
    return tables
