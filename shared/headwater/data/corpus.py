"""A recipe's data -> its four splits, each a list of examples whose targets are keyed by head."""

import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from headwater.bundle import Head
from headwater.data.beside import Beside, load_beside
from headwater.data.catalogue import split_name
from headwater.data.example import Example, Target
from headwater.data.maps import Renames, map_target, read_maps
from headwater.data.sources import read_source, source_record
from headwater.data.splits import sample_per_label, split_off
from headwater.errors import DataError
from headwater.recipe import HeadRecipe, Recipe, Share, Source
from headwater.recipe.values import SourceLike
from headwater.spans import Span, bio_labels

__all__ = ["Corpus", "build_heads", "describe", "load_corpus", "source_rows"]

NOTHING = "an empty list"
FORMS = {  # of a label, by the kind of head that takes it
    "single": ("one label",),
    "pair": ("one label",),
    "multi": ("a list of labels", "one label", NOTHING),
    "token": ("spans", NOTHING),
}


@dataclass(frozen=True)
class Corpus:
    """The four splits (and what is measured beside test, by source), their heads, and where every row came from.

    `beside` is what a recipe's strategies read beside them.
    """

    train: list[Example]
    validation: list[Example]
    calibration: list[Example]
    test: list[Example]
    also: dict[str, list[Example]]
    heads: tuple[Head, ...]
    sources: tuple[dict[str, Any], ...]
    beside: Beside = field(default_factory=Beside)


def load_corpus(recipe: Recipe) -> Corpus:
    """Read, map and split all the data of a recipe. Raises DataError."""
    loader = _Loader(recipe)
    splits = {name: loader.split(name) for name in ("train", "test", "validation", "calibration")}
    stratum = next((head.name for head in recipe.heads if head.kind in ("single", "pair")), None)
    for parent in ("train", "validation"):
        shares = {
            name: value
            for name in ("validation", "calibration")
            if isinstance(value := _share(getattr(recipe.data, name)), Share) and value.of == parent
        }
        if not shares:
            continue
        rows = splits[parent]
        *parts, rest = split_off(rows, [value.share for value in shares.values()], stratum, recipe.data.seed)
        splits.update(zip(shares, parts, strict=True))
        splits[parent] = rest
    empty = [name for name, rows in splits.items() if not rows]
    if empty:
        raise DataError(
            f"{recipe.name}: expected rows in every split, found none in {', '.join(empty)}: take larger shares, or sources of their own"
        )
    loader.check_maps()
    heads = build_heads(recipe.heads, splits["train"])
    also = {_source_name(source): loader.rows(source, "also") for source in recipe.data.also}
    for name, rows in (splits | also).items():
        _check_labels(heads, name, rows)
    for name, rows in splits.items():  # found here, and not after the first epoch
        for head in heads:
            if head.kind != "embedding" and not any(head.name in row.targets for row in rows):
                raise DataError(
                    f"{recipe.name}: expected rows of {name} that are labelled for head {head.name}, found none"
                )
    train, validation, calibration, test = (splits[name] for name in ("train", "validation", "calibration", "test"))
    held = [row for rows in (validation, calibration, test, *also.values()) for row in rows]
    beside = load_beside(recipe, held)
    sources = (*loader.sources, *beside.sources)
    return Corpus(train, validation, calibration, test, also, heads, sources, beside)


def source_rows(recipe: Recipe, source: SourceLike) -> list[Example]:
    """Rows of one source of a recipe, mapped and keyed by head as `load_corpus` does. Raises DataError."""
    return _Loader(recipe).rows(source, "test")


def _source_name(source: SourceLike) -> str:
    return source if isinstance(source, str) else source.source


def _share(value: Any) -> Any:
    return Share(value) if isinstance(value, float) else value


class _Loader:
    """Reads a recipe's sources once each and keeps account of them."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.sources: list[dict[str, Any]] = []
        self.maps: dict[str, Renames] = {}
        self.names: set[str] = set()
        if recipe.data.map:
            self.maps = read_maps(recipe.folder / recipe.data.map)

    def split(self, name: str) -> list[Example]:
        listed = getattr(self.recipe.data, name)
        if not isinstance(listed, list):
            return []
        return [row for source in listed for row in self.rows(source, name)]

    def rows(self, source: SourceLike, split: str) -> list[Example]:
        entry = Source(source) if isinstance(source, str) else source
        rows, name, file = read_source(entry, self.recipe.folder)
        self.sources.append(source_record(entry.source, split, rows, name, file, entry.licence))
        heads = self.recipe.heads
        column = heads[0].target
        self.names.add(name)
        if entry.keep is not None:
            kept = [row for row in rows if row.targets.get(column) in entry.keep]
            if not kept:
                there = sorted({str(row.targets.get(column)) for row in rows})
                raise DataError(
                    f"{entry.source}: expected rows of {entry.keep} to keep, found only {', '.join(there[:8])}"
                )
            rows = kept
        if entry.per_label is not None:
            rows = sample_per_label(rows, column, entry.per_label, self.recipe.data.seed)
        renames = self.maps.get(name, {})
        taken = [_take(row, heads, entry, renames) for row in rows]
        return [row for row in taken if row is not None]

    def check_maps(self) -> None:
        """Raise DataError for a table of the map that no source has: a slip of the pen would leave labels as they are."""
        strange = sorted(
            self.maps.keys() - self.names - {split_name(_source_name(s))[0] for s in self.recipe.data.also}
        )
        if strange:
            raise DataError(
                f"{self.recipe.data.map}: expected tables of {', '.join(sorted(self.names))}, got [{strange[0]}]"
            )


def _take(row: Example, heads: Sequence[HeadRecipe], entry: Source, renames: Renames) -> Example | None:
    """The row with its targets mapped and keyed by head; None where the map drops it, or its spans share no label."""
    kinds = {head.kind for head in heads}
    if row.second is not None and not kinds & {"pair", "embedding"}:
        raise DataError(f"{row.where}: expected one text, since no head compares two; got text_a and text_b")
    targets: dict[str, Target] = {}
    columns = {head.name: head.target for head in heads} if entry.columns is None else entry.columns
    for head in heads:
        value = row.targets.get(columns.get(head.name, ""))
        if value is None:
            continue
        mapped = map_target(value, renames)
        if mapped is None:
            return None
        _check_form(head, row, mapped)
        targets[head.name] = (mapped,) if head.kind == "multi" and isinstance(mapped, str) else mapped
    if not targets and any(head.kind != "embedding" for head in heads):
        if entry.spans_as is not None:
            return None
        wanted = ", ".join(sorted(set(columns.values())))
        raise DataError(f"{row.where}: expected a column of {wanted}, got {', '.join(row.targets) or 'none'}")
    return replace(row, targets=targets, lacks=tuple(entry.lacks), repeat=entry.repeat)


def _check_form(head: HeadRecipe, row: Example, target: Target) -> None:
    """Raise DataError for what a head of its kind would learn nothing from, such as spans where labels are listed."""
    if isinstance(target, str):
        form = "one label"
    else:
        form = "spans" if any(isinstance(item, Span) for item in target) else "a list of labels" if target else NOTHING
    if form not in FORMS[head.kind]:
        raise DataError(
            f"{row.where}: expected {FORMS[head.kind][0]} for head {head.name}, whose kind is {head.kind}, got {form}: "
            "name another column, or another kind"
        )
    if head.kind == "pair" and row.second is None:
        raise DataError(f"{row.where}: expected text_a and text_b, which head {head.name} compares; got one text")


def build_heads(recipes: Sequence[HeadRecipe], rows: Sequence[Example]) -> tuple[Head, ...]:
    """Heads with their labels: as the recipe lists them, or sorted from the training rows."""
    heads = []
    for entry in recipes:
        found = entry.labels or sorted({label for row in rows for label in _labels(row.targets.get(entry.name))})
        if not found and entry.kind != "embedding":
            raise DataError(f"head {entry.name}: expected labels in the training rows, found none")
        if entry.out_of_scope not in (None, *found):
            raise DataError(
                f"head {entry.name}: expected out_of_scope {entry.out_of_scope!r} among the labels, got {found[:8]}"
            )
        if entry.labels is None:
            _check_names(entry, found)
        labels = bio_labels(found) if entry.kind == "token" else tuple(found)
        heads.append(Head(entry.name, entry.kind, labels, entry.name, entry.out_of_scope))
    return tuple(heads)


def _check_names(entry: HeadRecipe, found: Sequence[str]) -> None:
    """Raise DataError for labels that nobody could tell apart: by a blank at their end, or how an accent is written."""
    seen: dict[str, str] = {}
    for label in found:
        plain = " ".join(unicodedata.normalize("NFC", label).split())
        if not plain:
            raise DataError(f"head {entry.name}: expected labels with a name, got {label!r}: leave it out of the data")
        if plain in seen:
            raise DataError(
                f"head {entry.name}: labels {seen[plain]!r} and {label!r} look the same: write them alike, or map one "
                "to the other (data.map)"
            )
        seen[plain] = label
    if entry.kind in ("single", "pair") and len(found) == 1:
        raise DataError(f"head {entry.name}: expected two labels or more in the training rows, got {found[0]!r} alone")


def _labels(target: Target | None) -> list[str]:
    if target is None:
        return []
    if isinstance(target, str):
        return [target]
    return [item.label if isinstance(item, Span) else item for item in target]


def _check_labels(heads: Sequence[Head], split: str, rows: Sequence[Example]) -> None:
    """A label that the head does not have is an error of the data or its map, never a silent miss."""
    for head in heads:
        known = {label[2:] for label in head.labels[1:]} if head.kind == "token" else set(head.labels)
        for row in rows:
            for label in _labels(row.targets.get(head.name)):
                if label not in known:
                    raise DataError(
                        f"{row.where}: label {label!r} of {split} is not one of head {head.name}'s {len(known)} labels "
                        f"({', '.join(sorted(known)[:8])} ...): map it, or add it to train"
                    )


def describe(corpus: Corpus) -> dict[str, Any]:
    """Counts for the run's report."""
    return {
        "rows": {name: len(getattr(corpus, name)) for name in ("train", "validation", "calibration", "test")},
        "heads": [asdict(head) for head in corpus.heads],
        "sources": list(corpus.sources),
        **({"left_out": corpus.beside.left_out} if corpus.beside.sources else {}),
    }
