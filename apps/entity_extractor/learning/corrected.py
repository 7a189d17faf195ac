"""Corrections of a queue's sentences: into the store, and out of it as progress, as marks by person, and as annotated texts.

They are stored as every correction is (headwater.store.corrections), so that `headwater store` makes training rows of them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from entity_extractor.learning.queue import Row
from entity_extractor.mentions import Annotated, Mention
from headwater.bundle import Bundle
from headwater.errors import InputError
from headwater.spans import Span
from headwater.store import Store
from headwater.store.corrections import Correction, record, recorded

__all__ = [
    "SOURCE",
    "Marks",
    "Progress",
    "corrected",
    "done_texts",
    "labels_of",
    "marks_of",
    "progress",
    "put_right",
    "type_name",
    "types_of",
]

SOURCE = "extractor"
TYPE = re.compile(r"[^\W\d_][\w-]{0,39}")
Marks = Mapping[str, Mapping[str, Correction]]  # text -> who -> the last that they said of it


@dataclass(frozen=True)
class Progress:
    """How many sentences of a queue somebody has looked at, and how many of those the model had wrong."""

    done: int
    changed: int
    every: int


def put_right(store: Store, row: Row, right: tuple[Span, ...], who: str, types: Sequence[str]) -> Correction:
    """Write down what is right in a sentence; the very same by the same person once only.

    Raises InputError for nobody, and for types that are not among `types`, those that may be said.
    """
    least = min((span.probability for span in row.said), default=None)
    given = Correction(
        row.text, right, row.said, who, row.bundle, row.version, row.digest, row.head, "token",
        variant=row.variant or None, confidence=least, source=SOURCE,
    )  # fmt: skip
    last = marks_of(store, [row]).get(row.text, {}).get(who)
    if last is not None and last.right == right and last.digest == row.digest:
        return last
    return record(store, given, labels=types)


def marks_of(store: Store, rows: Sequence[Row]) -> dict[str, dict[str, Correction]]:
    """The last correction of each sentence by each person; sentences without one are left out."""
    found: dict[str, dict[str, Correction]] = {}
    texts = {row.text for row in rows}
    for bundle, head in sorted({(row.bundle, row.head) for row in rows}):
        for one in recorded(store, bundle=bundle, head=head):
            if one.text in texts:
                found.setdefault(one.text, {})[one.who] = one
    return found


def done_texts(store: Store, bundle: str, head: str) -> list[str]:
    """Every text that was corrected under a head, in the order in which they first were: a new queue leaves them out."""
    return list(dict.fromkeys(one.text for one in recorded(store, bundle=bundle, head=head)))


def progress(rows: Sequence[Row], marks: Marks) -> Progress:
    """How far a queue is. Changed is what the last who looked holds to be otherwise than the model."""
    last = [_last(marks[row.text]) for row in rows if row.text in marks]
    return Progress(len(last), sum(one.right != one.said for one in last), len(rows))


def corrected(rows: Sequence[Row], marks: Marks) -> list[Annotated]:
    """The sentences that were corrected, in the queue's order, as the last person left them, as training takes them."""
    found = []
    for row in rows:
        if row.text not in marks:
            continue
        one = _last(marks[row.text])
        spans = [span for span in one.right if isinstance(span, Span)]
        mentions = tuple(Mention(s.start, s.end, s.label, s.text, source=f"person:{one.who}") for s in spans)
        when = one.created.isoformat() if one.created else ""
        found.append(Annotated(row.id, row.text, mentions, {"who": one.who, "when": when}))
    return found


def types_of(bundle: Bundle, head: str) -> tuple[str, ...]:
    """The types of a token head, in its order."""
    return tuple(dict.fromkeys(label[2:] for label in bundle.head(head).labels if label != "O"))


def labels_of(marks: Marks) -> set[str]:
    """Every type that somebody marked, those that no model knows yet among them."""
    return {span.label for by in marks.values() for one in by.values() for span in one.right if isinstance(span, Span)}


def type_name(given: str, known: Sequence[str]) -> str:
    """A type as it is written down: a known one whatever its case, or a new one. Raises InputError for no name.

    >>> type_name("per", ["PER"]), type_name(" Product ", ["PER"])
    ('PER', 'Product')
    """
    name = given.strip()
    if not TYPE.fullmatch(name):
        raise InputError(
            f"expected a type of 1 to 40 letters, digits, - and _, without blanks, that begins with a letter; got {name[:60]!r}"
        )
    return next((one for one in known if one.casefold() == name.casefold()), name)


def _last(by: Mapping[str, Correction]) -> Correction:
    """Ids count up, moments may be equal."""
    return max(by.values(), key=lambda one: one.id or 0)
