"""Copies of texts: within a split, and between splits, where they make a test easier than the world."""

import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence

from headwater.data.doctor.finding import Finding, Splits, cases, meant, text_of
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
        leaked, others = list[tuple[Example, Example]](), 0
        for said, group in said_there.items():
            if said in held:
                known = {_labels(twin) for twin in held[said]}
                others += sum(_labels(row) not in known for row in group)
                leaked += [(row, held[said][0]) for row in group]
        if not leaked:
            continue
        told = f"stand in {first} too" + (f", {others} of them under another label there" if others else "")
        notes = [f"as {twin.where}" for _, twin in leaked]
        yield Finding("leaks", other, len(leaked), len(splits[other]), told, cases([row for row, _ in leaked], notes))


def _labels(row: Example) -> frozenset[object]:
    return frozenset((head, meant(target)) for head, target in row.targets.items())


def find_near_copies(splits: Splits) -> Iterator[Finding]:
    """The same of rows that nearly say it; see `near`."""
    rows = [(name, row) for name, every in splits.items() for row in every]
    texts: dict[str, list[int]] = defaultdict(list)  # copies are found already
    for number, (_, row) in enumerate(rows):
        texts[key(text_of(row))].append(number)
    said = list(texts)
    within: dict[str, dict[int, str]] = defaultdict(dict)
    between: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    # Of 4,000 rows from one template each is near every other: one twin in a split is enough, where no copies hang on it.
    kinds = [rows[held[0]][0] if len(held := texts[text]) == 1 else number for number, text in enumerate(said)]
    for pair in near(said, kinds):
        one, other = (texts[said[number]] for number in pair)
        for twins, others in ((one, other), (other, one)):
            early = {rows[number][0]: number for number in reversed(twins)}  # by split: copies of it add nothing
            for (first, a), b in itertools.product(early.items(), others):
                if a < b:  # rows stand in the order of the splits
                    last = rows[b][0]
                    (within[last] if first == last else between[first, last])[b] = f"nearly {rows[a][1].where}"
    for name, found in within.items():
        examples = cases([rows[number][1] for number in found], list(found.values()))
        yield Finding(
            "near_duplicates", name, len(found), len(splits[name]), "nearly say what an earlier row says", examples
        )
    for (first, last), found in between.items():
        examples = cases([rows[number][1] for number in found], list(found.values()))
        yield Finding("near_leaks", last, len(found), len(splits[last]), f"nearly stand in {first} too", examples)


def near(texts: Sequence[str], kinds: Sequence[Hashable] = ()) -> Iterator[tuple[int, int]]:
    """Pairs of different texts that share at least 0.8 of their pieces of four characters (Jaccard), each pair once.

    MinHash and locality-sensitive hashing (Broder 1997) name the candidates; the pieces themselves decide. Texts without a
    word, such as two emoji, have nothing to share. With `kinds`, one a text, a text is paired with the first of each kind
    alone among those before it.
    """
    from rensa import RMinHash, RMinHashLSH

    pieces = [_pieces(text) for text in texts]
    hashes = RMinHash.from_token_sets([sorted(part) for part in pieces], HASHES, 13)
    index = RMinHashLSH(ALIKE, HASHES, BANDS)
    for number, minhash in enumerate(hashes):
        if pieces[number] == {""}:
            continue
        met: set[Hashable] = set()
        for other in sorted(index.query(minhash)):
            if not (kinds and kinds[other] in met) and _alike(pieces[other], pieces[number]):
                met |= {kinds[other]} if kinds else set()
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
