"""Small pieces of HTML that Streamlit has no widget for. Everything that comes in is escaped here, and only here."""

from collections.abc import Iterable, Sequence
from html import escape

from headwater.ui.colours import ACCENT, BAD, GOOD, Ink
from headwater.ui.formats import points

__all__ = [
    "bars",
    "chip",
    "facts",
    "heading",
    "note",
    "paragraph",
    "safe_link",
    "state",
    "story",
    "tags",
    "weighted_words",
]


def heading(kicker: str, sentence: str, detail: str = "") -> str:
    """The top of a page: its name, small; the sentence that answers its question; one line on what that rests on."""
    tail = f'<p class="hw-detail">{escape(detail)}</p>' if detail else ""
    return (
        f'<header class="hw-head"><p class="hw-kicker">{escape(kicker)}</p>'
        f'<h1 class="hw-sentence">{escape(sentence)}</h1>{tail}</header>'
    )


def paragraph(text: str) -> str:
    """Text from outside, its line breaks kept."""
    return f'<p class="hw-text">{escape(text)}</p>'


def note(text: str) -> str:
    """A remark in small print."""
    return f'<p class="hw-note">{escape(text)}</p>'


def chip(text: str, ink: Ink, meaning: str = "") -> str:
    """A word on a tint of its colour, with the mark for eyes that do not see the colour; `meaning` for ears and mice."""
    said = f' title="{escape(meaning)}" aria-label="{escape(f"{text}: {meaning}")}"' if meaning else ""
    return (
        f'<span class="hw-chip"{said} style="border-color:{ink.colour};background:{ink.colour}26">'
        f'<span aria-hidden="true" style="color:{ink.colour}">{ink.mark}</span> {escape(text)}</span>'
    )


def tags(words: str, chips: Sequence[str]) -> str:
    """A line beneath a text: words in small print, then chips, which are HTML already."""
    said = f'<span class="hw-note">{escape(words)}</span> ' if words else ""
    return f'<p class="hw-tags">{said}{" ".join(chips)}</p>'


def state(good: bool, text: str, small: str = "") -> str:
    """One line on a state: a filled circle or a triangle, the words, and beneath them, small, what they rest on."""
    mark, colour = ("●", GOOD) if good else ("▲", BAD)
    tail = f'<br><span class="hw-note">{escape(small)}</span>' if small else ""
    return f'<p class="hw-state"><span style="color:{colour}" aria-hidden="true">{mark}</span> <span>{escape(text)}{tail}</span></p>'


def bars(rows: Sequence[tuple[str, float, str]], inks: Sequence[Ink] | None = None) -> str:
    """Horizontal bars: (name, share from 0 to 1, the figure as it is written), all in one colour or each in its ink."""
    colours = [ACCENT] * len(rows) if inks is None else [ink.colour for ink in inks]
    lines = [
        f'<div class="hw-bar"><span class="hw-bar-name">{escape(name)}</span><span class="hw-bar-figure">'
        f'{escape(figure)}</span><span class="hw-bar-track"><span style="width:{max(0.0, min(1.0, share)) * 100:.1f}%;'
        f'background:{colour}"></span></span></div>'
        for (name, share, figure), colour in zip(rows, colours, strict=True)
    ]
    return f'<div class="hw-bars">{"".join(lines)}</div>'


def weighted_words(parts: Iterable[tuple[str, float | None]]) -> str:
    """A text in parts, each with what leaving it out takes from the probability (None: not a word).

    Parts that speak for the label are tinted, parts that speak against it are hatched, and every change of a
    whole point or more is written beneath its part.
    """
    pieces, parts = [], list(parts)
    largest = max((abs(weight) for _, weight in parts if weight), default=1.0)
    for text, weight in parts:
        if weight is None or abs(weight) < 0.005:
            pieces.append(escape(text))
            continue
        strength = 0.12 + 0.45 * abs(weight) / largest
        tint = f"rgba(63,116,209,{strength:.2f})"
        fill = tint if weight > 0 else f"repeating-linear-gradient(45deg,{tint} 0 3px,transparent 3px 6px)"
        pieces.append(
            f'<span class="hw-word" style="background:{fill}">{escape(text)}<sub>{points(weight)}</sub></span>'
        )
    return f'<p class="hw-words">{"".join(pieces)}</p>'


def safe_link(url: str, text: str) -> str:
    """A link to an http or https address; any other address is shown as plain text."""
    if not url.lower().startswith(("http://", "https://")):
        return escape(text)
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{escape(text)}</a>'


def story(text: str, label: str, ink: Ink, meta: Sequence[str], link: str = "") -> str:
    """One story: what it says, how it was scored, when and where it stood."""
    line = " · ".join([*(escape(item) for item in meta), *([link] if link else [])])
    return f'<article class="hw-story">{chip(label, ink)}<span class="hw-meta">{line}</span>{paragraph(text)}</article>'


def facts(rows: Sequence[tuple[str, str]]) -> str:
    """Names and what they are, a line each."""
    lines = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows)
    return f'<dl class="hw-facts">{lines}</dl>'


def items(texts: Sequence[str]) -> str:
    """Texts from outside as a list."""
    return f'<ul class="hw-items">{"".join(f"<li>{escape(text)}</li>" for text in texts)}</ul>'
