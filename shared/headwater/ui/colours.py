"""One colour for one meaning on every page, told apart by colour-blind eyes, never without a word or a mark beside it.

Each has a contrast of at least 3 : 1 against both the light and the dark page, so one set serves both themes. What
tells about sentiment never tells about entity types: the two sets share no hue.
"""

from dataclasses import dataclass

__all__ = [
    "ACCENT",
    "BAD",
    "ENTITY",
    "GOOD",
    "OTHER",
    "SENTIMENT",
    "VALUE",
    "VALUES",
    "Ink",
    "contrast",
    "entity_ink",
    "label_ink",
    "sentiment_ink",
]


@dataclass(frozen=True)
class Ink:
    """A colour as #rrggbb, the mark that stands for it where colour is not seen, and a style of underline."""

    colour: str
    mark: str = "■"
    line: str = "solid"


ACCENT, GOOD, BAD = "#3f74d1", "#128a86", "#d9631e"
OTHER, UNSURE = Ink("#7b8798"), Ink("#7b8798", "?")

SENTIMENT = {
    "negative": Ink("#d9631e", "▼"),
    "neutral": Ink("#7b8798", "■"),
    "positive": Ink("#128a86", "▲"),
}

ENTITY = {
    "PER": Ink("#3f74d1", line="solid"),
    "ORG": Ink("#b4489f", line="dashed"),
    "LOC": Ink("#9a7d0a", line="double"),
    "MISC": Ink("#8a6d5c", line="dotted"),
}
# Values (headwater.values) are many: one ink for all of them, quieter than any name's.
VALUE = Ink("#7b8798", "○", "dotted")
VALUES = frozenset({"CARD", "DATE", "IBAN", "ISIN", "LEI", "MONEY", "PERCENTAGE", "QUANTITY", "TICKER"})


def sentiment_ink(label: str) -> Ink:
    """The ink of a sentiment; a label that is none of the three is grey, and "unsure" has a mark of its own."""
    return UNSURE if label == "unsure" else SENTIMENT.get(label, OTHER)


def entity_ink(label: str) -> Ink:
    """The ink of an entity type; a type that a user's own model adds is grey, and so, in a dotted line, are values."""
    return ENTITY.get(label) or (VALUE if label in VALUES else OTHER)


def label_ink(label: str) -> Ink:
    """The ink of any label; the accent's colour where a label has none of its own."""
    return SENTIMENT.get(label) or ENTITY.get(label) or Ink(ACCENT)


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, section 1.4.3).

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
