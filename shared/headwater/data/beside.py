"""What a recipe's strategies read beside its labelled rows: texts without labels, and paraphrases.

A text that the model is measured on, or calibrated on, must not be learnt from on such a side road: what stands in
validation, calibration or test (whatever its case, spaces and punctuation) is left out and counted.
"""

import gzip
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from headwater.data.example import Example
from headwater.data.readers import read_file
from headwater.data.sources import read_source, source_record
from headwater.data.splits import text_key
from headwater.errors import DataError
from headwater.recipe import Recipe, Source

__all__ = ["Beside", "load_beside", "read_texts"]


@dataclass(frozen=True)
class Beside:
    """Texts to pre-train on, each once; rows without labels for a teacher; paraphrases by text; the sources of all.

    `left_out` counts by use ("pretraining", "distillation", "paraphrases") what stands in a held-out split.
    """

    pretraining: tuple[str, ...] = ()
    distillation: tuple[Example, ...] = ()
    paraphrases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    sources: tuple[dict[str, Any], ...] = ()


def load_beside(recipe: Recipe, held: Sequence[Example]) -> Beside:
    """Read what a recipe's strategies name; `held` are the rows of which no text may be met. Raises DataError."""
    reader = _Reader(recipe, {text_key(text) for row in held for text in _texts(row)} - {""})
    pretraining, distil, augment = recipe.pretraining, recipe.training.distil, recipe.training.augment
    rows = reader.rows(pretraining.texts, "pretraining") if pretraining else []
    unlabelled = reader.rows(distil.texts, "distillation") if distil else []
    if not any(head.kind == "pair" for head in recipe.heads):
        unlabelled = [replace(row, text=text, second=None) for row in unlabelled for text in _texts(row)]
    elif any(row.second is None for row in unlabelled):
        raise DataError("training.distil.texts: expected pairs of texts (text_a, text_b), since a head compares two")
    paraphrases = reader.paraphrases(augment.paraphrases) if augment.paraphrases else {}
    texts = dict.fromkeys(text for row in rows for text in _texts(row))
    return Beside(tuple(texts), tuple(unlabelled), paraphrases, reader.left_out, tuple(reader.sources))


def _texts(row: Example) -> list[str]:
    return [text for text in (row.text, row.second) if text is not None]


class _Reader:
    """Reads sources and keeps account of them."""

    def __init__(self, recipe: Recipe, held: Collection[str]) -> None:
        self.recipe, self.held = recipe, held
        self.sources: list[dict[str, Any]] = []
        self.left_out: dict[str, int] = {}

    def rows(self, sources: Sequence[str], use: str) -> list[Example]:
        found = [row for source in sources for row in self._read(source, use) if row.text.strip()]
        kept = [row for row in found if not any(text_key(text) in self.held for text in _texts(row))]
        self.left_out[use] = len(found) - len(kept)
        if sources and not kept:
            raise DataError(
                f"{self.recipe.name}: expected texts for {use} that are not held out, found none in {', '.join(sources)}"
            )
        return kept

    def _read(self, source: str, use: str) -> list[Example]:
        rows, name, file = read_texts(source, self.recipe.folder)
        self.sources.append(source_record(source, use, rows, name, file))
        return rows

    def paraphrases(self, name: str) -> dict[str, tuple[str, ...]]:
        file = self.recipe.folder / name
        rows = read_file(file)
        self.sources.append(source_record(name, "paraphrases", rows, file.name.partition(".")[0], file))
        found: dict[str, list[str]] = defaultdict(list)
        out = 0
        for row in rows:
            other = row.targets.get("paraphrase")
            if not isinstance(other, str) or not other.strip():
                raise DataError(f"{row.where}: expected columns text and paraphrase, and a text in each")
            if text_key(other) in self.held:
                out += 1
            else:
                found[row.text.strip()].append(other)
        self.left_out["paraphrases"] = out
        return {text: tuple(dict.fromkeys(others)) for text, others in found.items()}


def read_texts(source: str, folder: Path) -> tuple[list[Example], str, Path | None]:
    """Rows of one source less their labels, the name of its set, and its file where it has one.

    A .txt file (or .txt.gz) is one text a line; all else is read as labelled rows are. Raises DataError.
    """
    file = folder / source
    if Path(source.removesuffix(".gz")).suffix.lower() == ".txt":
        rows, name, place = _lines(file), file.name.partition(".")[0], file
        return rows, name, place
    found, name, read = read_source(Source(source), folder)
    return [replace(row, targets={}) for row in found], name, read


def _lines(file: Path) -> list[Example]:
    try:
        with (
            gzip.open(file, "rt", encoding="utf-8-sig")
            if file.suffix == ".gz"
            else file.open(encoding="utf-8-sig") as s
        ):
            lines = [line.strip() for line in s]
    except (EOFError, OSError, UnicodeDecodeError) as fault:
        raise DataError(f"{file}: expected a file of UTF-8 text, one text a line: {fault}") from fault
    return [Example(line, where=f"{file}:{number}") for number, line in enumerate(lines, 1) if line]
