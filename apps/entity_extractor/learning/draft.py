"""One sentence under correction: spans that are accepted or not, given another type, or added by their words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from entity_extractor.mentions import Mention, check
from headwater.spans import Span

__all__ = ["Piece", "accepted_from", "added", "begun", "beside", "edited", "occurrences", "right", "shown"]


@dataclass(frozen=True)
class Piece:
    """A span that somebody proposed, and whether it is taken to be right."""

    span: Span
    accept: bool = True


def begun(said: Sequence[Span], mine: Sequence[Span] | None = None) -> list[Piece]:
    """What a person starts from: all that the model said, or their own earlier answer, with the rest of the model's unticked."""
    if mine is None:
        return [Piece(span) for span in said]
    return sorted(
        [*map(Piece, mine), *(Piece(span, False) for span in said if span not in mine)], key=lambda piece: piece.span
    )


def edited(pieces: Sequence[Piece], rows: Sequence[Mapping[str, Any]]) -> list[Piece]:
    """The pieces with the `type` and `accept` of a table's rows, one for each."""
    return [
        Piece(replace(piece.span, label=str(row["type"])), bool(row["accept"]))
        for piece, row in zip(pieces, rows, strict=True)
    ]


def accepted_from(pieces: Sequence[Piece], least: float) -> list[Piece]:
    """Accept every span of at least this probability, and no other."""
    return [replace(piece, accept=piece.span.probability >= least) for piece in pieces]


def occurrences(text: str, words: str) -> list[tuple[int, int]]:
    """Where words stand in a text, in characters: as they are written, or where they nowhere do so, in any case.

    A blank stands for any. Whole words come before parts of words, and these only where there is no whole one.

    >>> occurrences("Oslo 🙂 and oslo, Oslo", "Oslo"), occurrences("Die NATO", "nato")
    ([(0, 4), (17, 21)], [(4, 8)])
    """
    pattern = r"\s+".join(map(re.escape, words.split()))
    whole = rf"(?<!\w){pattern}(?!\w)"
    for form, flags in ((whole, 0), (whole, re.IGNORECASE), (pattern, 0), (pattern, re.IGNORECASE)):
        if pattern and (found := [match.span() for match in re.finditer(form, text, flags)]):
            return found
    return []


def beside(text: str, place: tuple[int, int], reach: int = 24) -> str:
    """A place with what stands around it, so that one of several can be told from the others.

    >>> beside("Oslo beats Oslo", (11, 15), 6)
    '…beats [Oslo]'
    """
    start, end = place
    before, after = text[max(0, start - reach) : start], text[end : end + reach]
    return f"{'…' if start > reach else ''}{before}[{text[start:end]}]{after}{'…' if end + reach < len(text) else ''}"


def added(text: str, pieces: Sequence[Piece], place: tuple[int, int], label: str) -> list[Piece]:
    """The pieces with one more, accepted; those that it overlaps are not right then, and one at its very place gives way."""
    start, end = place
    kept = [
        replace(piece, accept=piece.accept and (piece.span.end <= start or end <= piece.span.start))
        for piece in pieces
        if (piece.span.start, piece.span.end) != place
    ]
    return sorted([*kept, Piece(Span(start, end, label, text=text[start:end]))], key=lambda piece: piece.span)


def shown(pieces: Sequence[Piece]) -> list[Span]:
    """The accepted spans that can be drawn: of two that overlap the first; `right` refuses to store both."""
    found: list[Span] = []
    for span in sorted(piece.span for piece in pieces if piece.accept):
        if not found or found[-1].end <= span.start:
            found.append(span)
    return found


def right(text: str, pieces: Sequence[Piece]) -> tuple[Span, ...]:
    """The accepted spans, in order. Raises DataError where two of them overlap."""
    spans = [piece.span for piece in pieces if piece.accept]
    check(text, [Mention(span.start, span.end, span.label) for span in spans], "this sentence")
    return tuple(sorted(replace(span, probability=1.0, text=text[span.start : span.end]) for span in spans))
