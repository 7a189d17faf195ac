"""Words of a text and the names among them: a name is a run of words, so that "Shell-backed" and "Siemens's" hold one."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from headwater.names import plain

__all__ = ["Text", "key", "scan"]

WORD = re.compile(r"[^\W_]+|[^\w\s]")
LONG = 4  # letters: from here a headline's case counts as a style
STYLED, FEW = 0.7, 4  # share of long words that begin large, and how many there must be to tell


@dataclass(frozen=True)
class Text:
    """A text and its words. `edges[i]` is where word i stands, in characters; a sign is a word of its own."""

    text: str

    @cached_property
    def edges(self) -> list[tuple[int, int]]:
        return [match.span() for match in WORD.finditer(self.text)]

    @cached_property
    def words(self) -> list[str]:
        return [self.text[start:end].replace("’", "'") for start, end in self.edges]

    @cached_property
    def keys(self) -> list[str]:
        return [plain(word) for word in self.words]

    @cached_property
    def shouted(self) -> bool:
        """Whether the whole text is in capitals."""
        return self.text.upper() == self.text and self.text.lower() != self.text

    @cached_property
    def titled(self) -> bool:
        """Whether Nearly Every Word Begins Large, so that a capital says nothing."""
        long = [word for word in self.words if len(word) >= LONG and word.isalpha()]
        return len(long) >= FEW and sum(word[0].isupper() for word in long) >= STYLED * len(long)

    @cached_property
    def _ends(self) -> dict[str, tuple[int, int]]:
        """Key -> the first and the last word that it is."""
        found: dict[str, tuple[int, int]] = {}
        for number, word in enumerate(self.keys):
            found[word] = (found[word][0] if word in found else number, number)
        return found

    def stands(self, name: tuple[str, ...], first: int, last: int) -> bool:
        """Whether these words, or their plural, stand in the text outside of words first to last - 1."""
        if len(name) == 1:
            ends = [end for word in (name[0], f"{name[0]}s") for end in self._ends.get(word, ())]
            return any(not first <= end < last for end in ends)
        return name[0] in self._ends and any(at + len(name) <= first or at >= last for at in self._runs(name))

    def _runs(self, name: tuple[str, ...]) -> tuple[int, ...]:
        """The first and the last place where the words, or their plural, stand; looked for once in a text."""
        known: dict[tuple[str, ...], tuple[int, ...]] = self.__dict__.setdefault("runs", {})
        if name not in known:
            size, ends = len(name), (name[-1], f"{name[-1]}s")
            low, high = self._ends[name[0]]
            places = [
                at
                for at in range(low, min(high, len(self.keys) - size) + 1)
                if self.keys[at + size - 1] in ends and tuple(self.keys[at : at + size - 1]) == name[:-1]
            ]
            known[name] = (places[0], places[-1]) if places else ()
        return known[name]

    def touched(self, start: int, end: int) -> tuple[int, int]:
        """The words that characters [start, end) touch: (first, last + 1)."""
        first = bisect_left(self.edges, start, key=lambda edge: edge[1] - 1)
        last = bisect_left(self.edges, end, key=lambda edge: edge[0])
        return first, max(first, last)

    def word(self, number: int) -> str:
        """Word `number`, "" beyond either end."""
        return self.words[number] if 0 <= number < len(self.words) else ""

    def between(self, first: int, last: int) -> str:
        """Words first to last - 1 as they are written."""
        return self.text[self.edges[first][0] : self.edges[last - 1][1]].replace("’", "'")

    def touches(self, number: int) -> bool:
        """Whether nothing stands between word `number` and the one after it."""
        return self.edges[number][1] == self.edges[number + 1][0] if 0 <= number < len(self.words) - 1 else False


def key(name: str) -> tuple[str, ...]:
    """The words of a name as they are looked up.

    >>> key("McDonald's"), key("Warner Bros.")
    (('mcdonald', "'", 's'), ('warner', 'bros', '.'))
    """
    return tuple(Text(name).keys)


def scan(keys: Sequence[str], known: Mapping[str, Iterable[tuple[str, ...]]]) -> Iterator[tuple[int, int]]:
    """Every name in the words, the longest at each place, from the left: (first, last + 1).

    `known[word]` holds the names that begin with it, longest first.
    """
    at = 0
    while at < len(keys):
        for name in known.get(keys[at], ()):
            if keys[at : at + len(name)] == list(name):
                yield at, at + len(name)
                at += len(name)
                break
        else:
            at += 1
