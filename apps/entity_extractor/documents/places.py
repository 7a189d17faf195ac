"""Where in a document an offset is, for people: its page and its paragraph."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from entity_extractor.mentions import Document, Stretch
from headwater.errors import InputError

__all__ = ["Place", "where"]


@dataclass(frozen=True)
class Place:
    """A page and a paragraph, counted from 1; None where the document has no such thing there."""

    page: int | None = None
    paragraph: int | None = None


def where(document: Document, offset: int) -> Place:
    """The page and paragraph that hold the character at `offset`; between two of them, the one before it.

    Raises InputError for an offset outside the text.
    """
    if not 0 <= offset <= len(document.text):
        raise InputError(
            f"{document.id}: expected an offset of its {len(document.text):,} characters, got {offset}: "
            "offsets count characters of `text` from 0"
        )
    return Place(_number(document.pages, offset), _number(document.paragraphs, offset))


def _number(stretches: Sequence[Stretch], offset: int) -> int | None:
    after = bisect_right(stretches, offset, key=attrgetter("start"))
    return stretches[after - 1].number if after else None
