"""MinHash and locality-sensitive hashing: which open stories share many words with a text, without comparing them all."""

from collections.abc import Sequence

from rensa import RMinHash, RMinHashLSH

__all__ = ["Hashes", "hashed"]

HASHES, BANDS, SEED = (
    96,
    32,
    13,
)  # rows of 3: texts that share 0.4 of their shingles meet with a chance of 0.88, 0.6: 0.9996
LIKELY = 0.25  # of the hashes: below this, what met by chance is not looked at


def hashed(shingles: Sequence[frozenset[str]]) -> list[RMinHash]:
    """MinHash (Broder 1997) of each set of shingles; the same on every machine and in every process."""
    return RMinHash.from_token_sets([sorted(part) for part in shingles], HASHES, SEED)


class Hashes:
    """The MinHashes of open stories, by a number that the caller gives."""

    def __init__(self) -> None:
        self.index = RMinHashLSH(LIKELY, HASHES, BANDS)
        self.kept: dict[int, RMinHash] = {}

    def add(self, number: int, minhash: RMinHash) -> None:
        self.index.insert(number, minhash)
        self.kept[number] = minhash

    def remove(self, number: int) -> None:
        self.index.remove(number)
        del self.kept[number]

    def near(self, minhash: RMinHash, most: int) -> list[int]:
        """At most `most` numbers whose sets share most with it, most alike first."""
        found = [(-self.kept[number].jaccard(minhash), number) for number in set(self.index.query(minhash))]
        return [number for _, number in sorted(pair for pair in found if -pair[0] >= LIKELY)[:most]]
