"""Sentences to correct, those first from which the model would learn most; kept in a file, so that work goes on where it stood.

A sentence's gain is doubt x novelty: how unsure the model is (doubts.py), times how far its vector is from the nearest of
those that were corrected or chosen before it (1 - cosine). Chosen one by one, a batch is diverse: of twenty sentences of one
pattern the second already gains little. (Uncertainty with diversity: Settles 2012, Active Learning, 3.3; greedy as in Gonzalez 1985.)

The file is JSONL as the extractor writes it (formats/), with what the model said as spans. Personal data is masked before
anything else, as the store does it, so that texts and offsets here and there are the same.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from entity_extractor import formats
from entity_extractor.learning.doubts import Opinion
from entity_extractor.mentions import Annotated, Document, Mention
from headwater.bundle import Bundle
from headwater.errors import InputError
from headwater.home import home
from headwater.sentences import sentences_of
from headwater.spans import Span
from headwater.store.cleaning import mask_text

__all__ = ["MOST", "Embeds", "Row", "build", "folder", "open_queue", "ordered", "save", "sentences", "standing"]

MOST = 200  # sentences of a queue
LONGEST = 1_000  # characters of a sentence; longer ones are lists and tables that nobody wants to read
WHO = ("bundle", "version", "digest", "head", "variant")


class Embeds(Protocol):
    """What gives unit vectors of texts, float (texts, dimension): an Embedder."""

    def predict(self, texts: Sequence[str]) -> np.ndarray: ...


@dataclass(frozen=True)
class Row:
    """A sentence to correct: what which model said of it, and why it stands where it stands (both 0 to 1)."""

    id: str
    text: str
    said: tuple[Span, ...] = ()
    doubt: float = 0.0
    novelty: float = 0.0
    bundle: str = ""
    version: str = ""
    digest: str = ""
    head: str = ""
    variant: str = ""


def sentences(documents: Iterable[Document]) -> dict[str, str]:
    """Masked sentence -> id, the document's and its number from 1; of equal sentences the first, in order."""
    found: dict[str, str] = {}
    for document in documents:
        for number, (start, end) in enumerate(sentences_of(document.text), 1):
            if end - start <= LONGEST:
                found.setdefault(_settled(document.text[start:end]), f"{document.id}#{number}")
    return found


def _settled(text: str) -> str:
    """The text as the store would hold it, however often it is stored."""
    for _ in range(3):
        masked = mask_text(text)[0]
        if masked == text:
            break
        text = masked
    return text


def build(
    documents: Iterable[Document],
    read: Callable[[Sequence[str]], Sequence[Opinion]],
    embedder: Embeds,
    *,
    done: Iterable[str] = (),
    most: int = MOST,
) -> list[Row]:
    """The queue of some documents: at most `most` sentences, without those in `done` (texts that were corrected).

    The same documents, models and corrections give the same queue. Raises InputError where no sentence is left.
    """
    before = list(dict.fromkeys(done))
    ids = sentences(documents)
    left = [text for text in ids if text not in set(before)]
    if not left:
        raise InputError(f"expected sentences to correct, got {len(ids)}, all corrected already: give other texts")
    said = list(read(left))
    order = ordered([one.doubt for one in said], embedder.predict(left), embedder.predict(before), most)
    return [Row(ids[left[row]], left[row], said[row].spans, said[row].doubt, novelty) for row, novelty in order]


def ordered(
    doubts: Sequence[float], vectors: np.ndarray, before: np.ndarray | None = None, most: int = MOST
) -> list[tuple[int, float]]:
    """(row, its novelty when it was chosen), best first. `vectors` float (rows, dimension), of length 1; `before` likewise.

    Of equal gain the earlier row is taken. The time grows with rows x `most` x dimension.

    >>> ordered([0.5, 0.5, 0.2], np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    [(0, 1.0), (2, 1.0), (1, 0.0)]
    """
    doubt, novelty = np.asarray(doubts, dtype=np.float64), np.ones(len(doubts))
    given = vectors.astype(np.float64)
    for known in () if before is None else before.astype(np.float64):
        novelty = np.minimum(novelty, 1 - given @ known)
    novelty, open_rows, found = novelty.clip(0, 1), np.ones(len(doubt), dtype=bool), []
    for _ in range(min(most, len(doubt))):
        # Rounded, so that the last bit of a sum, which is another machine's, does not change the order.
        row = int(np.argmax(np.where(open_rows, (doubt * novelty).round(9), -1.0)))
        found.append((row, round(float(novelty[row]), 9)))
        open_rows[row] = False
        novelty = np.minimum(novelty, 1 - given @ given[row]).clip(0, 1)
    return found


def folder() -> Path:
    """Where the queues of this machine stand."""
    return home() / "extractor" / "queues"


def standing() -> list[Path]:
    """The queues that are there, by name."""
    return sorted(folder().glob("*.jsonl"))


def save(rows: Sequence[Row], file: Path, bundle: Bundle, head: str, variant: str) -> list[Row]:
    """Write a queue whole or not at all, and give it as it stands: with the bundle that said what stands in it."""
    kept = bundle.manifest
    named = [
        replace(row, bundle=kept.name, version=kept.version, digest=bundle.digest, head=head, variant=variant)
        for row in rows
    ]
    formats.write("jsonl", map(_annotated, named), file)
    return named


def open_queue(file: Path) -> list[Row]:
    """A queue, in its order. Raises DataError where the file is no JSONL of annotated texts."""
    return [_row(one) for one in formats.read(file, "jsonl")]


def _annotated(row: Row) -> Annotated:
    said = tuple(Mention(s.start, s.end, s.label, s.text, s.probability, row.bundle) for s in row.said)
    meta = {"doubt": row.doubt, "novelty": row.novelty} | {name: getattr(row, name) for name in WHO}
    return Annotated(row.id, row.text, said, meta)


def _row(one: Annotated) -> Row:
    meta = one.meta
    numbers = {name: float(meta.get(name) or 0) for name in ("doubt", "novelty")}
    return Row(one.id, one.text, tuple(m.span for m in one.mentions), **numbers, **{n: str(meta.get(n) or "") for n in WHO})  # fmt: skip
