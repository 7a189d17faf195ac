"""Two marked names in a text: what a relation model reads, the same in training and in service.

A relation is a label of an ordered pair of names. Any classification head learns it from texts in which the two are marked
with their types by signs that every tokenizer has, "typed entity marker (punct)" of Zhou & Chen (2022, An Improved
Baseline for Sentence-level Relation Extraction): no tokens are added, so any encoder will do.
"""

from collections.abc import Iterator, Sequence

from headwater.errors import InputError
from headwater.spans import Span

__all__ = ["NONE", "marked", "pairs"]

NONE = "none"  # the label of a pair that holds no relation
WORDS = {"PER": "person", "PEOP": "person", "ORG": "organization", "LOC": "location", "MISC": "other"}


def marked(text: str, head: Span, tail: Span) -> str:
    """The text with both names marked, whichever comes first. Raises InputError where they overlap.

    >>> marked("Ann works for Acme.", Span(0, 3, "PER"), Span(14, 18, "ORG"))
    '@ * person * Ann @ works for # ^ organization ^ Acme #.'
    """
    if head.start < tail.end and tail.start < head.end:
        raise InputError(
            f"expected two names apart from each other, got {head.start}-{head.end} and {tail.start}-{tail.end}"
        )
    pieces = sorted([(head, f"@ * {_word(head)} * ", " @"), (tail, f"# ^ {_word(tail)} ^ ", " #")])
    out, at = [], 0
    for span, before, after in pieces:
        out += [text[at : span.start], before, text[span.start : span.end], after]
        at = span.end
    return "".join([*out, text[at:]])


def pairs(names: Sequence[Span]) -> Iterator[tuple[Span, Span]]:
    """Every ordered pair of names that do not overlap, in the order of the text.

    >>> [(head.label, tail.label) for head, tail in pairs([Span(0, 3, "PER"), Span(14, 18, "ORG")])]
    [('PER', 'ORG'), ('ORG', 'PER')]
    """
    ordered = sorted(names)
    for head in ordered:
        for tail in ordered:
            if head.end <= tail.start or tail.end <= head.start:
                yield head, tail


def _word(span: Span) -> str:
    return WORDS.get(span.label.upper(), span.label.lower().replace("_", " "))
