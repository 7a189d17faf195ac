"""Two models of the shelf side by side: on one text, and on a test set in any format that can be read."""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from entity_extractor.finding import Finder
from entity_extractor.finding.setup import ModelRule, Setup
from entity_extractor.formats import FORMATS, read
from entity_extractor.mentions import Annotated, Mention, Stretch
from entity_extractor.parts import inside
from entity_extractor.reading import MODEL, find_texts
from entity_extractor.reports import Agreement, Comparison, Report, compare, report
from entity_extractor.reports.compare import Difference
from entity_extractor.reports.scores import MEASURES
from headwater.errors import DataError
from headwater.intervals import Interval
from headwater.serving import Tagger
from headwater.spans import Span
from headwater.ui.formats import within

__all__ = [
    "ENDINGS",
    "Measured",
    "Pair",
    "Reader",
    "change_rows",
    "difference_rows",
    "gold_of",
    "measure",
    "model_alone",
    "own",
    "said",
    "score_rows",
    "sentence",
]

ENDINGS = tuple(sorted({ending for one in FORMATS.values() if one.read for ending in one.endings}))
MOST_TEXTS, MOST_CHARACTERS = 5_000, 2_000_000
Row = dict[str, Any]


@dataclass(frozen=True)
class Reader:
    """A model by its name on the shelf, what finds with it, and what tells that apart from all others."""

    name: str
    finder: Finder
    digest: str


Pair = tuple[Reader, Reader]


@dataclass(frozen=True)
class Measured:
    """Two models on a test set: each against what is right, and the second against the first."""

    first: Report
    second: Report
    change: Comparison
    strange: tuple[str, ...]  # types of the test set that neither model has found once


def model_alone(model: Tagger) -> Finder:
    """What a model finds by itself, without values and lists of names."""
    return Finder(Setup(models=(ModelRule(MODEL),)), {MODEL: model})


def gold_of(path: Path) -> list[Annotated]:
    """The texts of a test set, with their names. Raises DataError and InputError, and DataError for more than a page measures."""
    gold = list(itertools.islice(read(path), MOST_TEXTS + 1))
    characters = sum(len(one.text) for one in gold)
    if len(gold) > MOST_TEXTS or characters > MOST_CHARACTERS:
        raise DataError(
            f"expected at most {MOST_TEXTS:,} texts of {MOST_CHARACTERS:,} characters together, got more: "
            "bigger sets go by the command line, `entity-extractor run` and `entity-extractor report`"
        )
    if not any(one.mentions for one in gold):
        raise DataError("expected texts with the names that are right in them, got none: is this a test set?")
    # Some formats name no texts, or all alike.
    return [replace(one, id=f"{number} {one.id}".strip()) for number, one in enumerate(gold, 1)]


def measure(gold: Sequence[Annotated], pair: Pair, progress: Callable[[float], object]) -> Measured:
    """Let two models read the texts, and measure them. Raises as `reports.report` does."""
    text = "\n".join(one.text for one in gold)
    ends = list(itertools.accumulate(len(one.text) + 1 for one in gold))
    every = [Stretch(end - 1 - len(one.text), end - 1, at) for at, (one, end) in enumerate(zip(gold, ends, strict=True), 1)]  # fmt: skip
    sides: list[list[Annotated]] = []
    for number, reader in enumerate(pair):
        found = find_texts(
            reader.finder, reader.digest, text, every, lambda done, number=number: progress((number + done) / 2)
        )  # type: ignore[misc]
        sides.append([replace(one, mentions=mentions) for one, mentions in zip(gold, found, strict=True)])
    first, second = sides
    known = {mention.label for side in sides for one in side for mention in one.mentions}
    strange = sorted({mention.label for one in gold for mention in one.mentions} - known)
    return Measured(report(gold, first), report(gold, second), compare(gold, first, second), tuple(strange))


def score_rows(found: Measured, which: str, names: Callable[[str], str]) -> list[Row]:
    """F1 of both models and the change between them, with intervals; `which` is "schemes" or "types" (strict)."""
    if which == "schemes":
        sides = [{name: score.f1 for name, score in one.overall.items()} for one in (found.first, found.second)]
        changes: Mapping[str, Mapping[str, Interval]] = found.change.overall
    else:
        sides = [
            {name: scores["strict"].f1 for name, scores in one.types.items()} for one in (found.first, found.second)
        ]
        changes = found.change.types
    return [
        {
            "what": names(name),
            "first": _share(sides[0][name]) if name in sides[0] else "–",
            "second": _share(sides[1][name]) if name in sides[1] else "–",
            "change": said(change["f1"]),
        }
        for name, change in changes.items()
    ]


def change_rows(found: Measured, names: Callable[[str], str]) -> list[Row]:
    """Strict precision, recall and F1 of both models, and the change."""
    sides = (found.first.overall["strict"], found.second.overall["strict"])
    return [
        {
            "what": names(name),
            "first": _share(getattr(sides[0], name)),
            "second": _share(getattr(sides[1], name)),
            "change": said(found.change.overall["strict"][name]),
        }
        for name in MEASURES
    ]


def sentence(found: Measured) -> tuple[str, dict[str, str]]:
    """The key of what is said of the two, and its figures: the second is better or worse by strict F1, or nothing tells them apart."""
    change = found.change.overall["strict"]["f1"]
    verdict = "better" if change.low > 0 else "worse" if change.high < 0 else "alike"
    scores = {"one": found.first.overall["strict"].f1.value, "other": found.second.overall["strict"].f1.value}
    return f"versus.{verdict}", {name: f"{100 * score:.1f} %" for name, score in scores.items()}


def own(part: Stretch, mentions: Sequence[Mention], agreed: Agreement) -> frozenset[Span]:
    """The mentions in a part that the other model has not, counted from where the part begins."""
    both = set(agreed.both)
    return frozenset(inside(part, [one for one in mentions if one not in both]))


def difference_rows(differences: Iterable[Difference], names: Mapping[str, str]) -> list[Row]:
    """A row for each stretch that the models read differently."""
    return [
        {
            "text": " ".join(f"{one.before}⟦{one.text}⟧{one.after}".split()),
            "gold": _named(one.gold, one, names),
            "first": _named(one.first, one, names),
            "second": _named(one.second, one, names),
            "worse": one.worse,
            "document": one.document,
        }
        for one in differences
    ]


def said(value: Interval) -> str:
    """A change in points of 100 with its interval.

    >>> said(Interval(0.012, -0.003, 0.027))
    '+1.2 (-0.3 … +2.7)'
    """
    middle, low, high = (f"{round(100 * one, 1) or 0:+.1f}" for one in (value.value, value.low, value.high))
    return f"{middle} ({low} … {high})"


def _share(value: Interval) -> str:
    return within(value.value, value.low, value.high)


def _named(mentions: Sequence[Mention], one: Difference, names: Mapping[str, str]) -> str:
    parts = (
        f"{one.text[found.start - one.start : found.end - one.start]} ({names.get(found.label, found.label)})"
        for found in mentions
    )
    return "; ".join(parts) or "–"
