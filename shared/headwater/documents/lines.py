"""Lines of a page -> paragraphs: names that a line's end cuts in two are whole again."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Line", "joined", "paragraphs", "plain_line", "reflowed"]

LEADING = 1.3  # heights of letters from line to line, where a page has too few lines to tell its own
APART = 1.4  # times the distance of lines is the distance of paragraphs
TALLER = 1.15  # times the size of the letters is another kind of text: a heading, a footnote
BULLET = re.compile(r"[•▪◦‣●○■□➢✓]|[-–—*] ")
WIDE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f"  # written without spaces
CUT = re.compile(r"(?<=[^\W\d_])[-\u2010\u00ad]\n(?=\w)")
SPLIT = re.compile(rf"(?<=[{WIDE}])\n(?=[{WIDE}])")


@dataclass(frozen=True)
class Line:
    """A line's text, its height on the page and the size of its letters, both in points; 0 where they are not known."""

    text: str
    height: float = 0.0
    size: float = 0.0


def plain_line(text: str) -> str:
    """One line, with single spaces."""
    return " ".join(text.split())


def joined(lines: Sequence[str]) -> str:
    """The lines of a paragraph as one: a hyphen between lower-case letters goes, one of a name stays.

    >>> joined(["The com-", "pany Coca-", "Cola hired Deutsche", "Bank."])
    'The company Coca-Cola hired Deutsche Bank.'
    """
    text = "\n".join(line.strip() for line in lines)

    def mended(cut: re.Match[str]) -> str:
        before, after = text[cut.start() - 1], text[cut.end()]
        soft = text[cut.start()] == "\u00ad"  # a hyphen that is there only where a line ends
        return "" if soft or (before.islower() and after.islower()) else "-"

    return plain_line(SPLIT.sub("", CUT.sub(mended, text)))


def reflowed(lines: Sequence[str]) -> list[str]:
    """Paragraphs from lines alone: a blank line ends one.

    >>> reflowed(["Your card arrives within five work-", "ing days.", "", "Fees"])
    ['Your card arrives within five working days.', 'Fees']
    """
    return list(paragraphs([Line(line) for line in lines]))


def paragraphs(lines: Sequence[Line]) -> Iterator[str]:
    """Paragraphs from lines with places: one ends at a blank line, a wider gap, other letters or before a bullet."""
    usual = _usual_gap(lines)
    held: list[Line] = []
    for line in lines:
        blank = not line.text.strip()
        if held and (blank or _parts(held[-1], line, usual)):
            yield joined([kept.text for kept in held])
            held = []
        if not blank:
            held.append(line)
    if held:
        yield joined([kept.text for kept in held])


def _usual_gap(lines: Sequence[Line]) -> float:
    """The distance of neighbouring lines: the lower quartile, since the gaps of paragraphs and tables are wider."""
    gaps = sorted(
        above.height - below.height for above, below in pairwise(lines) if below.size and above.height > below.height
    )
    return gaps[len(gaps) // 4] if len(gaps) >= 3 else 0.0


def _parts(above: Line, below: Line, usual: float) -> bool:
    """Whether a paragraph ends between two lines."""
    if not above.size or not below.size:
        return False
    if BULLET.match(below.text.lstrip()):
        return True
    if max(above.size, below.size) > TALLER * min(above.size, below.size):
        return True
    gap = above.height - below.height
    if gap <= 0:  # up to the next column: a sentence under way goes on there
        return above.text.rstrip().endswith((".", "!", "?", ":", "。", "！", "？"))
    return gap > APART * (usual or LEADING * above.size)
