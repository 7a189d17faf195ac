"""CoNLL columns: a token a line with its tag last, sentences parted by empty lines; IOB1, IOB2, IOBES or BILOU."""

import re
from collections.abc import Iterable, Iterator, Sequence

from headwater.errors import DataError

__all__ = ["read_conll", "to_iob2"]

MARKS = frozenset("BIOESLU")
BLANKS = " \t\r\n"  # and no others: a no-break space or a form feed may be a token


def read_conll(lines: Iterable[str], name: str) -> Iterator[tuple[int, list[str], list[str]]]:
    """Yield (line of the first token, tokens, tags) for each sentence; -DOCSTART- lines are passed over."""
    tokens: list[str] = []
    tags: list[str] = []
    first = width = 0
    for number, line in enumerate(lines, 1):
        content = line.strip(BLANKS)
        columns = re.split(r"[ \t]+", content)
        if not content or columns[0] == "-DOCSTART-":
            if tokens:
                yield first, tokens, tags
            tokens, tags = [], []
            continue
        if len(columns) < 2:
            raise DataError(f"{name}:{number}:1: expected a token and its tag parted by a blank, got {content!r}")
        width = width or len(columns)
        if len(columns) != width:  # else the tag that is missing would be sought in another column
            raise DataError(f"{name}:{number}:1: expected {width} columns as in the lines before, got {len(columns)}")
        check_tag(columns[-1], f"{name}:{number}:{line.rindex(columns[-1]) + 1}")
        if not tokens:
            first = number
        tokens.append(columns[0])
        tags.append(columns[-1])
    if tokens:
        yield first, tokens, tags


def check_tag(tag: str, where: str) -> None:
    """Raise DataError unless the tag is O, or one of the marks B, I, E, S, L and U, a hyphen and a type."""
    mark, dash, name = tag.partition("-")
    if mark not in MARKS or (mark == "O") == bool(dash and name) or (mark == "O" and dash):
        raise DataError(f"{where}: expected O or a tag such as B-PER or I-PER, got {tag!r}")


def to_iob2(tags: Sequence[str], where: str) -> list[str]:
    """IOB1, IOB2, IOBES or BILOU -> IOB2, in which every span begins with B-.

    IOB1 begins a span with I- unless it touches another of its type; in IOBES S is a span of one and E its end.
    Raises DataError on a tag of any other form.

    >>> to_iob2(["I-PER", "I-PER", "B-PER", "O", "S-LOC"], "doc")
    ['B-PER', 'I-PER', 'B-PER', 'O', 'B-LOC']
    """
    out: list[str] = []
    open_type = ""  # the type of the span that the next tag may go on with
    for column, tag in enumerate(tags, 1):
        check_tag(tag, f"{where}: ner_tags, tag {column}")
        mark, _, name = tag.partition("-")
        if mark == "O":
            out.append("O")
            open_type = ""
            continue
        goes_on = mark in "IEL" and open_type == name
        out.append(f"{'I' if goes_on else 'B'}-{name}")
        open_type = "" if mark in "ESLU" else name
    return out
