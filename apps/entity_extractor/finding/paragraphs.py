"""Cut a text into the paragraphs that are read each by itself, so that a text of any length takes little memory.

A paragraph ends at an empty line, at a page's end, and where a Document says that one ends. One of more than LONGEST
characters is cut after the last sentence, line or word before that: no name crosses the cut.
"""

import re
from collections.abc import Iterator, Sequence

from entity_extractor.mentions import Stretch

__all__ = ["LONGEST", "cut"]

LONGEST = 20_000
BREAK = re.compile(r"\n(?:[^\S\n]*\n)+|[\f\v\x1c-\x1e\u2029]")
ENDS = re.compile(r"(?s).*(?:[.!?。！？][\"'”’)]?\s)"), re.compile(r"(?s).*\n"), re.compile(r"(?s).*\s")


def cut(text: str, paragraphs: Sequence[Stretch] = ()) -> Iterator[tuple[int, int]]:
    """Where the paragraphs stand, (start, end) in the order of the text; those of white space alone are left out.

    >>> list(cut("One.\\n\\nTwo."))
    [(0, 4), (6, 10)]
    """
    at = 0
    for edge in sorted({place for stretch in paragraphs for place in (stretch.start, stretch.end)} | {len(text)}):
        yield from _blocks(text, at, edge)
        at = edge


def _blocks(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The parts of a stretch between its empty lines."""
    at = start
    for match in BREAK.finditer(text, start, end):
        yield from _pieces(text, at, match.start())
        at = match.end()
    yield from _pieces(text, at, end)


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > LONGEST:
        window = text[start : start + LONGEST]
        matches = (ending.match(window) for ending in ENDS)
        stop = start + next((match.end() for match in matches if match), LONGEST)
        yield from _visible(text, start, stop)
        start = stop
    yield from _visible(text, start, end)


def _visible(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    if start < end and not text[start:end].isspace():
        yield start, end
