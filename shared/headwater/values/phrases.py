"""Phrases of a table in a text, whatever their case: a look-up by their first word, so that length of the table costs nothing."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

__all__ = ["Phrase", "Phrases"]

BEGINNING = re.compile(r"[^\W\d_]+|\S")


class Phrase(NamedTuple):
    """What was found: `value` is what the table has for it."""

    start: int
    end: int
    value: str


class Phrases:
    """A table of phrases -> values. The longest phrase wins; a phrase begins and ends at the edge of a word.

    >>> list(Phrases({"south korea": "KR", "korea": "KR"}).find("To South  Korea!"))
    [Phrase(start=3, end=15, value='KR')]
    """

    def __init__(self, table: Mapping[str, str]) -> None:
        self.table: dict[str, list[tuple[re.Pattern[str], str]]] = {}
        for phrase in sorted(table, key=lambda phrase: (-len(phrase), phrase)):
            parts = [re.escape(part).replace("'", "['’]") for part in phrase.split()]
            pattern = re.compile(r"\s+".join(parts) + r"(?![^\W_])", re.IGNORECASE)
            self.table.setdefault(_first(phrase), []).append((pattern, table[phrase]))

    def at(self, text: str, place: int) -> Phrase | None:
        """The longest phrase that begins there."""
        beginning = BEGINNING.match(text, place)
        if beginning is None:
            return None
        for pattern, value in self.table.get(beginning[0].casefold(), ()):
            match = pattern.match(text, place)
            if match:
                return Phrase(place, match.end(), value)
        return None

    def find(self, text: str) -> Iterator[Phrase]:
        """All phrases from left to right; none overlaps another."""
        end = 0
        for word in BEGINNING.finditer(text):
            if word.start() < end or (word.start() and text[word.start() - 1].isalnum()):
                continue
            found = self.at(text, word.start())
            if found:
                end = found.end
                yield found


def _first(phrase: str) -> str:
    match = BEGINNING.match(phrase)
    return match[0].casefold() if match else ""
