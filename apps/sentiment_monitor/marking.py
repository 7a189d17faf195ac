"""An item's text with its companies marked at their exact places."""

from collections.abc import Sequence
from html import escape

from headwater.ui.colours import sentiment_ink
from headwater.ui.texts import Catalogue
from sentiment_monitor.news import Mention

__all__ = ["marked"]


def marked(text: str, mentions: Sequence[Mention], t: Catalogue) -> str:
    """HTML: each company underlined in the colour of what is said of it, with its mark and the word. Overlaps keep the first."""
    pieces, at = [], 0
    for one in sorted(mentions, key=lambda mention: (mention.start, -mention.end)):
        if one.start < at:
            continue
        ink = sentiment_ink(one.polarity)
        style = f"border-color:{ink.colour};border-bottom-style:{ink.line};background:{ink.colour}1f"
        word = escape(t(f"sentiment.{one.polarity}"))
        pieces.append(escape(text[at : one.start]))
        pieces.append(
            f'<span class="hw-span" style="{style}" title="{word}">{escape(text[one.start : one.end])}'
            f'<small aria-label="{word}">{ink.mark}</small></span>'
        )
        at = one.end
    return f'<p class="hw-doc">{"".join(pieces)}{escape(text[at:])}</p>'
