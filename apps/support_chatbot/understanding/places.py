"""Countries by name. The value is the English short name of Unicode CLDR: "UK" and "Britain" are United Kingdom."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from headwater.values.phrases import Phrases
from support_chatbot.turn import Slot

__all__ = ["find_countries"]

TABLE = tomllib.loads(Path(__file__).with_name("countries.toml").read_text(encoding="utf-8"))
NAMES = Phrases(
    {name.casefold(): name for name in TABLE}
    | {other.casefold(): name for name, others in TABLE.items() for other in others}
)
STATES = re.compile(r"(?<![\w.])(?:U\.S\.A?\.?|US)(?![\w$])")  # "us" in small letters is a pronoun
# Also people, a bird, a pullover: these need a capital, and "in" or the like before them.
WARY = frozenset({"Chad", "Jordan", "Georgia", "Jersey", "Turkey", "Guinea", "Mali", "Türkiye"})
THERE = re.compile(r"\b(?:in|visit|visiting|within|outside|across|country is|live in)\s+(?:the\s+)?$", re.IGNORECASE)


def find_countries(text: str) -> Iterator[Slot]:
    """Country slots. "US" counts in capitals alone, and in a message that is not all in capitals."""
    for start, end, name in NAMES.find(text):
        if name in WARY and not (text[start].isupper() and THERE.search(text[:start])):
            continue
        yield Slot("country", name, start, end, text[start:end])
    for match in STATES.finditer(text):
        if text.isupper() and match[0] == "US" and len(text.split()) > 3:
            continue
        yield Slot("country", "United States", *match.span(), match[0])
