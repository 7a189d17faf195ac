"""Which columns of a CoNLL file hold the word and its tag.

word ... tag            2003, 2002, WNUT, MultiCoNER; what stands between is not read
tag word                the MIT sets of films and restaurants
number word tag ...     GermEval 2014, whose first tags are the outer names
"""

import itertools
import re
from collections.abc import Iterable, Iterator

from headwater.data.conll import BLANKS, check_tag
from headwater.errors import DataError

__all__ = ["layout", "two_columns"]

LOOKED_AT = 500  # lines: in so many every set has some names


def two_columns(lines: Iterable[str], name: str) -> Iterator[str]:
    """The lines with the word first and the tag last, as many as there were; comments (# ...) are emptied.

    Raises DataError for a line that has too few columns.
    """
    rest = iter(lines)
    first = list(itertools.islice(rest, LOOKED_AT))
    word, tag = layout([columns for line in first if (columns := _columns(line))])
    for number, line in enumerate(itertools.chain(first, rest), 1):
        columns = _columns(line)
        if not columns and not line.startswith("-DOCSTART-"):
            yield "\n"
        elif (word, tag) == (0, -1) or not columns:
            yield line
        elif len(columns) > max(word, tag):
            yield f"{columns[word]} {columns[tag]}\n"
        else:
            raise DataError(f"{name}:{number}:1: expected at least {max(word, tag) + 1} columns, got {len(columns)}")


def layout(rows: list[list[str]]) -> tuple[int, int]:
    """The columns of word and tag, by what stands in the rows; (0, -1) where nothing else is certain.

    >>> (
    ...     layout([["B-ACTOR", "Bruce"], ["O", "in"]]),
    ...     layout([["1", "Aachen", "B-LOC", "O"]]),
    ...     layout([["Oslo", "NNP", "B-LOC"]]),
    ... )
    ((1, 0), (1, 2), (0, -1))
    """
    width = min(map(len, rows), default=0)
    tags = [at for at in range(width) if all(_is_tag(row[at]) for row in rows)]
    if tags and tags[0] > 1 and _numbered(rows):
        return 1, tags[0]
    if width > 1 and tags == [0]:
        return 1, 0
    return 0, -1


def _columns(line: str) -> list[str]:
    """The columns of a line that is a word's; none of an empty one, a comment or the start of a document."""
    content = line.strip(BLANKS)
    columns = re.split(r"[ \t]+", content) if content else []
    comment = content.startswith("#") and not _is_tag(columns[-1])
    return [] if comment or content.startswith("-DOCSTART-") else columns


def _is_tag(value: str) -> bool:
    try:
        check_tag(value, "")
    except DataError:
        return False
    return True


def _numbered(rows: list[list[str]]) -> bool:
    """Whether the first column counts from 0 or 1, and begins anew with each sentence."""
    if not all(row[0].isdecimal() for row in rows):
        return False
    counts = [int(row[0]) for row in rows]
    return counts[0] < 2 and all(after in (before + 1, counts[0]) for before, after in itertools.pairwise(counts))
