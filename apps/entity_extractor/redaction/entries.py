"""What a key holds: the replacements, and those of people by the words of their names."""

from collections import defaultdict
from dataclasses import dataclass

from entity_extractor.redaction.chinese import is_full_name
from entity_extractor.redaction.occurrences import PEOPLE
from entity_extractor.redaction.wording import fold, unspaced, words

__all__ = ["Entry", "People"]


@dataclass(frozen=True)
class Entry:
    """`replacement` stands for `original`, a way of writing the name or value of `entity`, the `number`th of its `kind`."""

    replacement: str
    original: str
    kind: str
    entity: str
    number: int


class People:
    """The names of older documents that are looked for in the next one: those of people, of two words and more.

    A key may hold tens of thousands and a run as many documents: by the first word of each name few are looked at.
    """

    def __init__(self) -> None:
        self.first: dict[str, list[tuple[int, frozenset[str], Entry]]] = defaultdict(list)
        self.count = 0

    def add(self, entry: Entry) -> None:
        """Note an entry, where it is of a person and says enough."""
        if entry.kind not in PEOPLE:
            return
        parts = [word.folded for word in words(entry.original)]
        if len(parts) > 1 or is_full_name(entry.original):
            # Chinese and its like put no spaces between words: there the signs have to stand in the text.
            parts = list(fold(entry.original)) if unspaced(entry.original) else parts
            self.first[parts[0]].append((self.count, frozenset(parts), entry))
            self.count += 1

    def standing(self, text: str) -> list[Entry]:
        """The entries all of whose words stand somewhere in a text, in the order in which they were noted."""
        held = {word.folded for word in words(text)} | (set(fold(text)) if unspaced(text) else set())
        near = (one for word in held & self.first.keys() for one in self.first[word])
        return [entry for _, parts, entry in sorted((one for one in near if one[1] <= held), key=lambda one: one[0])]
