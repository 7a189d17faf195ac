"""A text with its entities marked, as HTML that is safe whatever the text holds."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from html import escape

from headwater.spans import Span
from headwater.ui.colours import VALUE, entity_ink

__all__ = ["counts", "in_context", "legend", "legend_style", "marked"]


def marked(text: str, spans: Sequence[Span], names: Mapping[str, str] | None, own: Collection[Span] = ()) -> str:
    """The text, every span tinted and underlined in its type's way, with the type's word after it.

    `spans` in the order of the text, not overlapping; `names` maps a type to its word; None: no words. Those of `own` stand in a frame.
    """
    pieces, at = [], 0
    for span in spans:
        pieces += [escape(text[at : span.start]), _mark(text[span.start : span.end], span.label, names, span in own)]
        at = span.end
    pieces.append(escape(text[at:]))
    return f'<div class="hw-doc">{"".join(pieces)}</div>'


def in_context(before: str, text: str, after: str, label: str, where: str = "") -> str:
    """One mention between the words around it, and small, where that is."""
    tail = f' <span class="hw-note">{escape(where)}</span>' if where else ""
    return f'<p class="hw-found">{escape(before)}{_mark(text, label, None)}{escape(after)}{tail}</p>'


def counts(spans: Sequence[Span], labels: Sequence[str]) -> dict[str, int]:
    """How many spans of each type there are; every type in `labels` is there, with 0 if need be.

    >>> counts([Span(0, 3, "LOC")], ["PER", "LOC"])
    {'PER': 0, 'LOC': 1}
    """
    found = Counter(span.label for span in spans)
    return {label: found[label] for label in dict.fromkeys([*labels, *found])}


def legend(found: Mapping[str, int], names: Mapping[str, str]) -> str:
    """Each type in its look, with its word and how many there are."""
    pieces = [
        f'<span><span class="hw-span" style="{_style(label)}">{escape(names.get(label, label))}</span> {count:,}</span>'
        for label, count in found.items()
    ]
    return f'<div class="hw-legend">{"".join(pieces)}</div>'


def legend_style(place: str, labels: Sequence[str]) -> str:
    """A style sheet that gives the buttons in the container `place`, one a type in this order, the look of their types."""
    rules = [
        f".st-key-{place} button:nth-of-type({number}) {{ border-bottom: 3px {ink.line} {ink.colour} !important; }}"
        for number, ink in enumerate(map(entity_ink, labels), 1)
    ]
    return f"<style>{' '.join(rules)}</style>"


def _mark(text: str, label: str, names: Mapping[str, str] | None, framed: bool = False) -> str:
    word = f"<small>{escape(names.get(label, label))}</small>" if names is not None else ""
    kind = "hw-span hw-own" if framed else "hw-span"
    return f'<span class="{kind}" style="{_style(label)}">{escape(text)}{word}</span>'


def _style(label: str) -> str:
    """The look of a type; values, of which a report holds many, are quiet."""
    ink = entity_ink(label)
    tint, width = ("12", ";border-bottom-width:2px") if ink is VALUE else ("2b", "")
    return f"background:{ink.colour}{tint};border-bottom-color:{ink.colour};border-bottom-style:{ink.line}{width}"
