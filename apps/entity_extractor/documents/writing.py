"""What a reader found -> a Document's text with the edges of its paragraphs, every offset as it is shown."""

from collections.abc import Iterable, Sequence

from entity_extractor.documents.limits import Limits
from entity_extractor.mentions import Document, Stretch
from headwater.errors import DataError
from headwater.text import clean

__all__ = ["BETWEEN", "of_paragraphs", "of_text", "shown"]

BETWEEN = "\n\n"  # two paragraphs, as a reader of plain text tells them apart
# Signs that no format can carry, one for one; a form feed is the new page of old text files, a carriage return in a
# cell the first half of a line's end.
CONTROLS = {code: "\ufffd" for code in (*range(32), 127) if chr(code) not in "\t\n"} | {11: "\n", 12: "\n", 13: " "}


def shown(text: str) -> str:
    """Text that every page and file can hold; its length stays."""
    return clean(text).translate(CONTROLS)


def of_paragraphs(name: str, kind: str, parts: Iterable[str], limits: Limits, notes: Sequence[str] = ()) -> Document:
    """A document of paragraphs with a blank line between them. Raises DataError for none and for too many characters."""
    kept: list[str] = []
    stretches: list[Stretch] = []
    at = 0
    for part in parts:
        words = shown(part).strip()
        if not words:
            continue
        stretches.append(Stretch(at, at + len(words), len(stretches) + 1))
        kept.append(words)
        at += len(words) + len(BETWEEN)
        limits.check("characters", at - len(BETWEEN), limits.characters)
    if not kept:
        raise DataError("expected text, got none: is the file empty?")
    return Document(name, BETWEEN.join(kept), kind, (), tuple(stretches), tuple(notes))


def of_text(name: str, kind: str, text: str, limits: Limits, notes: Sequence[str] = ()) -> Document:
    """A text as it is, its paragraphs told by blank lines. Raises DataError for none and for too many characters."""
    limits.check("characters", len(text), limits.characters)
    text = shown(text)
    if not text.strip():
        raise DataError("expected text, got none: is the file empty?")
    return Document(name, text, kind, (), tuple(_stretches(text)), tuple(notes))


def _stretches(text: str) -> Iterable[Stretch]:
    start, end, number, at = -1, 0, 0, 0
    for line in text.split("\n"):
        if line.strip():
            start, end = (at if start < 0 else start), at + len(line)
        elif start >= 0:
            number += 1
            yield Stretch(start, end, number)
            start = -1
        at += len(line) + 1
    if start >= 0:
        yield Stretch(start, end, number + 1)
