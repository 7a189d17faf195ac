"""Changed copies of training rows under the same labels: typos, case, numbers, other entities, paraphrases.

Every change is a pure function of a row and a `random.Random`; spans keep exact offsets. What a copy becomes follows from
the seed and the row's own texts, so that a run that is repeated, or goes on after a kill, meets the same rows.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from random import Random

from headwater.data.example import Example
from headwater.recipe import AugmentRecipe
from headwater.spans import Span

__all__ = ["augmented", "mistyped", "names_of", "paraphrased", "recased", "renumbered", "swapped"]

Edit = tuple[int, int, str]  # text[start:end] becomes this
Place = tuple[int, int]
Names = Mapping[frozenset[tuple[str, str]], Sequence[str]]

LONG_WORD = re.compile(r"[^\W\d_]{4,}")  # a slip in a shorter word often makes another word of it
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
NUMBER = re.compile(r"(?<![^\W_])[0-9]+(?:[.,:/][0-9]+)*")  # none inside a name: Q3, G20
YEAR = re.compile(r"(?:19|20)[0-9]{2}")
KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def augmented(
    rows: Sequence[Example],
    settings: AugmentRecipe,
    seed: int,
    paraphrases: Mapping[str, Sequence[str]] | None = None,
    taggers: Collection[str] = (),
) -> list[Example]:
    """The rows, each followed by its paraphrases and its copies; a copy that came out as its row is left out.

    `paraphrases` maps a text to other words for it, `taggers` are the heads that have no labels there. Only for rows to
    learn from: no split may be cut afterwards.
    """
    if not (settings.typos or settings.case or settings.numbers or settings.entities or paraphrases):
        return list(rows)
    names = names_of(rows) if settings.entities else {}
    out: list[Example] = []
    for row in rows:
        copies = [row, *paraphrased(row, paraphrases or {}, taggers)]
        for number in range(settings.copies):
            copy = _copy(row, Random(repr((seed, number, row.text, row.second))), settings, names)
            if copy not in copies:
                copies.append(copy)
        out += copies
    return out


def _copy(row: Example, draw: Random, settings: AugmentRecipe, names: Names) -> Example:
    row = swapped(row, draw, settings.entities, names)
    row = renumbered(row, draw, settings.numbers)
    row = mistyped(row, draw, settings.typos)
    return recased(row, draw, settings.case)


def mistyped(row: Example, draw: Random, share: float) -> Example:
    """One slip of the keyboard in a share of the words of four letters or more: two letters swapped, one left out, one
    doubled, or the key beside one. The first letter is never hit (as people seldom do), nor a word that a span cuts.
    """

    def edits(text: str) -> list[Edit]:
        found = [match.span() for match in LONG_WORD.finditer(text) if draw.random() < share]
        return [(start, end, _slip(text[start:end], draw)) for start, end in found]

    return _rewritten(row, edits)


def _slip(word: str, draw: Random) -> str:
    at = draw.randrange(1, len(word))
    ways = [word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]]
    if word[at - 1] != word[at] and at > 1:
        ways.append(word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :])
    beside = _neighbours(word[at].lower())
    if beside:
        key = draw.choice(beside)
        ways.append(word[:at] + (key.upper() if word[at].isupper() else key) + word[at + 1 :])
    return draw.choice(ways)


def _neighbours(letter: str) -> str:
    """The keys that touch a letter on a QWERTY keyboard.

    >>> _neighbours("g")
    'fhtyvb'
    """
    for number, keys in enumerate(KEYS):
        at = keys.find(letter)
        if at < 0:
            continue
        above = KEYS[number - 1][at : at + 2] if number else ""
        below = KEYS[number + 1][max(0, at - 1) : at + 1] if number < len(KEYS) - 1 else ""
        return keys[max(0, at - 1) : at] + keys[at + 1 : at + 2] + above + below
    return ""


def recased(row: Example, draw: Random, share: float) -> Example:
    """In a share of the rows the whole text in lower case, in UPPER CASE or in Title Case."""
    if draw.random() >= share:
        return row
    way = draw.choice((_lower, _upper, _title))

    def edits(text: str) -> list[Edit]:
        # Letter by letter, since the length of one may change ("ß" is "SS"), and a span may end inside a word.
        places = [(at, at - match.start()) for match in WORD.finditer(text) for at in range(*match.span())]
        return [(at, at + 1, way(text[at], place)) for at, place in places]

    return _rewritten(row, edits)


def _lower(letter: str, place: int) -> str:
    return letter.lower()


def _upper(letter: str, place: int) -> str:
    return letter.upper()


def _title(letter: str, place: int) -> str:
    return letter.lower() if place else letter.title()


def renumbered(row: Example, draw: Random, share: float) -> Example:
    """A share of the numbers with other digits in the same form; a number that stands twice changes alike.

    A leading 0 stays, another leading digit does not become 0, and a year stays in its century.

    >>> renumbered(Example("EUR 13.1 mn in 2024"), Random(1), 1.0).text
    'EUR 24.2 mn in 2077'
    """
    known: dict[str, str] = {}

    def edits(text: str) -> list[Edit]:
        found = []
        for match in NUMBER.finditer(text):
            old = match[0]
            if old not in known:
                known[old] = _digits(old, draw) if draw.random() < share else old
            found.append((*match.span(), known[old]))
        return found

    return _rewritten(row, edits)


def _digits(number: str, draw: Random) -> str:
    kept = 2 if YEAR.fullmatch(number) else 0
    out = number[:kept]
    for at in range(kept, len(number)):
        first = at == 0 or not number[at - 1].isdigit()
        if not number[at].isdigit() or (first and number[at] == "0"):
            out += number[at]
        else:
            out += draw.choice("123456789" if first else "0123456789")
    return out


def names_of(rows: Sequence[Example]) -> dict[frozenset[tuple[str, str]], list[str]]:
    """The texts of all spans, sorted, by what each is: its (head, label), or several where heads mark the same place."""
    found: dict[frozenset[tuple[str, str]], set[str]] = defaultdict(set)
    for row in rows:
        for (start, end), kinds in _places(row).items():
            found[kinds].add(row.text[start:end])
    return {kinds: sorted(texts) for kinds, texts in found.items()}


def swapped(row: Example, draw: Random, share: float, names: Names) -> Example:
    """A share of the spans with another text of the same label; a name that stands twice changes alike.

    `names` as `names_of` gives them. Spans that overlap another one stay as they are.
    """
    places = _places(row)
    known: dict[tuple[frozenset[tuple[str, str]], str], str] = {}
    found = []
    for (start, end), kinds in sorted(places.items()):
        old = row.text[start:end]
        if (kinds, old) not in known:
            known[kinds, old] = _another(old, names.get(kinds, ()), draw) if draw.random() < share else old
        if sum(start < other_end and other < end for other, other_end in places) == 1:
            found.append((start, end, known[kinds, old]))
    return _moved(row, found)


def _another(name: str, names: Sequence[str], draw: Random) -> str:
    """One of the sorted names, but not this one; itself where there is no other."""
    at = bisect_left(names, name)
    there = at < len(names) and names[at] == name
    if len(names) == there:
        return name
    chosen = draw.randrange(len(names) - there)
    return names[chosen + (there and chosen >= at)]


def paraphrased(row: Example, paraphrases: Mapping[str, Sequence[str]], taggers: Collection[str] = ()) -> list[Example]:
    """The row in other words, once for each that is known of its text (of a pair: of either).

    The heads in `taggers` have no labels there, since spans have no place in other words; a row that is labelled for
    them alone gives none.
    """
    targets = {head: value for head, value in row.targets.items() if head not in taggers}
    if not targets:
        return []
    firsts = paraphrases.get(row.text.strip(), ())
    seconds = paraphrases.get(row.second.strip(), ()) if row.second is not None else ()
    rows = [replace(row, text=text) for text in firsts] + [replace(row, second=text) for text in seconds]
    return [replace(copy, targets=targets, words=()) for copy in rows]


def _spans(value: object) -> list[Span]:
    return [item for item in value if isinstance(item, Span)] if isinstance(value, tuple) else []


def _places(row: Example) -> dict[Place, frozenset[tuple[str, str]]]:
    found: dict[Place, set[tuple[str, str]]] = defaultdict(set)
    for head, value in row.targets.items():
        for span in _spans(value):
            found[span.start, span.end].add((head, span.label))
    return {place: frozenset(kinds) for place, kinds in found.items()}


def _rewritten(row: Example, edits: Callable[[str], list[Edit]]) -> Example:
    """The row with edits to its texts, less those that an edge of a span would cut in two."""
    edges = {edge for place in _places(row) for edge in place}
    kept = [edit for edit in edits(row.text) if not any(edit[0] < edge < edit[1] for edge in edges)]
    moved = _moved(row, kept)
    return moved if row.second is None else replace(moved, second=_joined(row.second, edits(row.second)))


def _moved(row: Example, edits: Sequence[Edit]) -> Example:
    """The row with its text edited, and every offset where it then belongs; `edits` in order, none across another."""
    edits = [edit for edit in edits if row.text[edit[0] : edit[1]] != edit[2]]
    if not edits:
        return row
    text = _joined(row.text, edits)
    ends = [end for _, end, _ in edits]
    grown = [0, *accumulate(len(new) - (end - start) for start, end, new in edits)]

    def at(edge: int) -> int:
        return edge + grown[bisect_right(ends, edge)]  # what ends before the edge moves it

    def span(old: Span) -> Span:
        start, end = at(old.start), at(old.end)
        return replace(old, start=start, end=end, text=text[start:end])

    targets = {
        head: tuple(span(item) for item in spans) if (spans := _spans(value)) else value
        for head, value in row.targets.items()
    }
    return replace(row, text=text, targets=targets, words=())  # the data's own tokens are of the old text


def _joined(text: str, edits: Sequence[Edit]) -> str:
    parts, done = [], 0
    for start, end, new in edits:
        parts += [text[done:start], new]
        done = end
    return "".join([*parts, text[done:]])
