"""The words that the extractor's rooms share: a Document is read, Mentions are found in it, Annotated is both.

file -> Document (documents) -> Mentions (finding) -> entities (identity) -> files, redaction, reports
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from headwater.errors import DataError
from headwater.spans import Span

__all__ = ["Annotated", "Document", "Mention", "Stretch", "check"]


@dataclass(frozen=True)
class Stretch:
    """Characters `start` to `end` of a document's text: a page or a paragraph, by its number from 1."""

    start: int
    end: int
    number: int


@dataclass(frozen=True)
class Document:
    """What was read. Every offset anywhere points into `text`, which is what people are shown.

    `id` tells documents of one run apart; `kind` is txt, pdf, docx, html, eml, csv, jsonl or parquet. Kinds without pages have none.
    `notes` say what the reader has to know: pages that hold pictures alone, attachments that were left out.
    """

    id: str
    text: str
    kind: str = "txt"
    pages: tuple[Stretch, ...] = ()
    paragraphs: tuple[Stretch, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, order=True)
class Mention:
    """A name or value at `text[start:end]` of a document.

    `probability` is of the whole span; `source` is what found it: a bundle's name, or dictionary:, pattern: or value: and
    a name. `value` is what it says in one form ("EUR 3000000", "2024-05-01"), empty for names; `link` is an id of a
    knowledge base, empty where none is meant.
    """

    start: int
    end: int
    label: str
    text: str = field(default="", compare=False)
    probability: float = field(default=1.0, compare=False)
    source: str = field(default="", compare=False)
    value: str = field(default="", compare=False)
    link: str = field(default="", compare=False)

    @property
    def span(self) -> Span:
        """Its place, label and probability alone."""
        return Span(self.start, self.end, self.label, self.probability, self.text)


@dataclass(frozen=True)
class Annotated:
    """A text with its mentions, in order and apart from each other; `meta` is what a file says of it besides."""

    id: str
    text: str
    mentions: tuple[Mention, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)


def check(text: str, mentions: Sequence[Mention], name: str = "document") -> tuple[Mention, ...]:
    """The mentions in order. Raises DataError for one that is empty, outside, or overlaps another."""
    ordered = sorted(mentions)
    for mention in ordered:
        if not 0 <= mention.start < mention.end <= len(text):
            raise DataError(
                f"{name}: expected spans inside its {len(text):,} characters, got {mention.start}-{mention.end}: "
                "offsets count characters from 0, the end is the first one after"
            )
    for before, after in itertools.pairwise(ordered):
        if after.start < before.end:
            raise DataError(
                f"{name}: {before.label} at {before.start}-{before.end} and {after.label} at {after.start}-{after.end} "
                "overlap: keep one of them"
            )
    return tuple(ordered)
