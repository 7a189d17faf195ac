"""Copies of texts: within a split, and between splits, where they make a test easier than the world."""

import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence

from headwater.data.doctor.finding import Finding, Splits, cases, text_of
from headwater.data.example import Example

__all__ = ["find_copies", "find_near_copies", "groups", "key", "near"]

ALIKE = 0.8  # of the pieces of two texts, the share that both have
PIECE = 4  # characters: words would leave nothing to compare in short texts, nor in Chinese
HASHES, BANDS = 128, 32  # rows of 4: two texts that share 0.8 of their pieces meet with a chance above 0.9999


def key(text: str) -> str:
    """What is left of a text without case, and with every run of spaces as one.

    >>> key(" Where is  my CARD?") == key("where is my card?")
    True
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def groups(rows: Sequence[Example]) -> dict[str, list[Example]]:
    """Rows by what they say."""
    found: dict[str, list[Example]] = defaultdict(list)
    for row in rows:
        found[key(text_of(row))].append(row)
    return found


def find_copies(splits: Splits) -> Iterator[Finding]:
    """Rows that say what an earlier row of their split says, or what a row of an earlier split says."""
    by_split = {name: groups(rows) for name, rows in splits.items()}
    for name, rows in splits.items():
        again = [row for group in by_split[name].values() for row in group[1:]]
        if again:
            yield Finding("duplicates", name, len(again), len(rows), "say what an earlier row says", cases(again))
    for (first, held), (other, said_there) in itertools.combinations(by_split.items(), 2):
        leaked = [(row, held[said]) for said, group in said_there.items() if said in held for row in group]
        if not leaked:
            continue
        contrary = sum(all(row.targets != twin.targets for twin in twins) for row, twins in leaked)
        told = f"stand in {first} too" + (f", {contrary} of them under another label there" if contrary else "")
        notes = [f"as {twins[0].where}" for _, twins in leaked]
        yield Finding("leaks", other, len(leaked), len(splits[other]), told, cases([row for row, _ in leaked], notes))


def find_near_copies(splits: Splits) -> Iterator[Finding]:
    """The same of rows that nearly say it; see `near`."""
    rows = [(name, row) for name, every in splits.items() for row in every]
    texts: dict[str, list[int]] = defaultdict(list)  # copies are found already
    for number, (_, row) in enumerate(rows):
        texts[key(text_of(row))].append(number)
    said = list(texts)
    within: dict[str, dict[int, str]] = defaultdict(dict)
    between: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    order = {name: place for place, name in enumerate(splits)}
    for one, other in near(said):
        for a, b in itertools.product(texts[said[one]], texts[said[other]]):
            a, b = sorted((a, b), key=lambda number: (order[rows[number][0]], number))
            (first, twin), (last, _) = rows[a], rows[b]
            (within[last] if first == last else between[first, last])[b] = f"nearly {twin.where}"
    for name, found in within.items():
        examples = cases([rows[number][1] for number in found], list(found.values()))
        yield Finding(
            "near_duplicates", name, len(found), len(splits[name]), "nearly say what an earlier row says", examples
        )
    for (first, last), found in between.items():
        examples = cases([rows[number][1] for number in found], list(found.values()))
        yield Finding("near_leaks", last, len(found), len(splits[last]), f"nearly stand in {first} too", examples)


def near(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of different texts that share at least 0.8 of their pieces of four characters (Jaccard), each pair once.

    MinHash and locality-sensitive hashing (Broder 1997) name the candidates; the pieces themselves decide.
    """
    from rensa import RMinHash, RMinHashLSH

    pieces = [_pieces(text) for text in texts]
    hashes = RMinHash.from_token_sets([sorted(part) for part in pieces], HASHES, 13)
    index = RMinHashLSH(ALIKE, HASHES, BANDS)
    for number, minhash in enumerate(hashes):
        for other in sorted(index.query(minhash)):
            if _alike(pieces[other], pieces[number]):
                yield other, number
        index.insert(number, minhash)


def _pieces(text: str) -> set[str]:
    plain = " ".join(re.findall(r"\w+", text))
    return {plain[at : at + PIECE] for at in range(max(1, len(plain) - PIECE + 1))}


def _alike(one: set[str], other: set[str]) -> bool:
    if min(len(one), len(other)) < ALIKE * max(len(one), len(other)):
        return False
    both = len(one & other)
    return both >= ALIKE * (len(one) + len(other) - both)
