"""A text with its entities marked, as HTML that is safe whatever the text holds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from headwater.spans import Span
from headwater.ui.colours import entity_ink

__all__ = ["LONGEST", "counts", "legend", "marked"]

LONGEST = 200_000  # characters a page can highlight and still scroll smoothly; longer files go by the command line


def marked(text: str, spans: Sequence[Span], names: Mapping[str, str]) -> str:
    """The text, every span tinted and underlined in its type's way, with the type's word after it.

    `spans` in the order of the text, not overlapping; `names` maps a type to its word.
    """
    pieces, at = [], 0
    for span in spans:
        ink = entity_ink(span.label)
        style = f"background:{ink.colour}2b;border-bottom-color:{ink.colour};border-bottom-style:{ink.line}"
        word = escape(names.get(span.label, span.label))
        pieces.append(escape(text[at : span.start]))
        pieces.append(
            f'<span class="hw-span" style="{style}">{escape(text[span.start : span.end])}<small>{word}</small></span>'
        )
        at = span.end
    pieces.append(escape(text[at:]))
    return f'<div class="hw-doc">{"".join(pieces)}</div>'


def counts(spans: Sequence[Span], labels: Sequence[str]) -> dict[str, int]:
    """How many spans of each type there are; every type in `labels` is there, with 0 if need be.

    >>> counts([Span(0, 3, "LOC")], ["PER", "LOC"])
    {'PER': 0, 'LOC': 1}
    """
    found = Counter(span.label for span in spans)
    return {label: found[label] for label in dict.fromkeys([*labels, *found])}


def legend(found: Mapping[str, int], names: Mapping[str, str]) -> str:
    """Each type in its look, with its word and how many there are."""
    pieces = []
    for label, count in found.items():
        ink = entity_ink(label)
        style = f"background:{ink.colour}2b;border-bottom-color:{ink.colour};border-bottom-style:{ink.line}"
        pieces.append(
            f'<span><span class="hw-span" style="{style}">{escape(names.get(label, label))}</span> {count:,}</span>'
        )
    return f'<div class="hw-legend">{"".join(pieces)}</div>'
