"""A document of any length in parts that are read, and looked at, one at a time: its pages, or runs of whole paragraphs."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from entity_extractor.finding.paragraphs import cut
from entity_extractor.mentions import Document, Mention, Stretch
from headwater.spans import Span

__all__ = ["SIZE", "Context", "contexts", "inside", "next_with", "part_at", "parts", "sheaves"]

SIZE = 6_000  # characters of a part that is no page: two screens or three
AROUND = 90  # characters of context on either side of a mention
BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Context:
    """A mention with the text around it; `part` is the number of its page or part, from 1."""

    before: str
    mention: Mention
    after: str
    part: int


def parts(document: Document, size: int = SIZE) -> tuple[Stretch, ...]:
    """The pages of a document, those without text too; without pages, its paragraphs together up to `size` characters.

    There is one at least. What lies between two parts is white space.
    """
    if document.pages:
        return document.pages
    made: list[Stretch] = []
    for start, end in cut(document.text, document.paragraphs):
        if made and end - made[-1].start <= size:
            made[-1] = replace(made[-1], end=end)
        else:
            made.append(Stretch(start, end, len(made) + 1))
    return tuple(made) or (Stretch(0, len(document.text), 1),)


def sheaves(every: Sequence[Stretch], size: int) -> Iterator[tuple[Stretch, ...]]:
    """Parts that are read in one step: as many as hold `size` characters, one at least."""
    sheaf: list[Stretch] = []
    for part in every:
        if sheaf and part.end - sheaf[0].start > size:
            yield tuple(sheaf)
            sheaf = []
        sheaf.append(part)
    if sheaf:
        yield tuple(sheaf)


def inside(part: Stretch, mentions: Iterable[Mention | Span]) -> list[Span]:
    """The mentions that begin in a part, their places counted from where it begins, none beyond its end."""
    length = part.end - part.start
    return [
        Span(one.start - part.start, min(one.end - part.start, length), one.label, one.probability, one.text)
        for one in mentions
        if part.start <= one.start < part.end
    ]


def part_at(every: Sequence[Stretch], offset: int) -> int:
    """The place in `every` of the part that holds a character; between two of them, of the one before."""
    return max(0, bisect_right(every, offset, key=attrgetter("start")) - 1)


def next_with(every: Sequence[Stretch], mentions: Sequence[Mention], at: int) -> int | None:
    """The place of the next part after `at` in which a mention begins, from the end round to the first; None for nowhere else."""
    held = sorted({part_at(every, one.start) for one in mentions} - {at})
    return next((place for place in held if place > at), held[0] if held else None)


def contexts(document: Document, mentions: Iterable[Mention]) -> list[Context]:
    """Each mention between what stands around it, cut at words; on one line."""
    every, found = parts(document), []
    for one in mentions:
        left, right = max(0, one.start - AROUND), min(len(document.text), one.end + AROUND)
        before, after = document.text[left : one.start], document.text[one.end : right]
        before = f"… {before.partition(' ')[2]}" if left else before
        after = f"{after.rpartition(' ')[0]} …" if right < len(document.text) else after
        found.append(
            Context(BLANKS.sub(" ", before), one, BLANKS.sub(" ", after), every[part_at(every, one.start)].number)
        )
    return found
