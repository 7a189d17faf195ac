"""Cut an input into shards by its content alone, so that every run over it cuts alike."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from headwater.scoring.rows import Reject, Row

__all__ = ["Shard", "cut"]

MAX_CHARACTERS = 2_000_000  # of a shard: what bounds memory where texts are long


@dataclass(frozen=True)
class Shard:
    """Neighbouring records of the input; `digest` is the sha256 of all of them, rejected ones too."""

    number: int
    rows: tuple[Row, ...]
    rejects: tuple[Reject, ...]
    digest: str

    @property
    def read(self) -> int:
        return len(self.rows) + len(self.rejects)


def cut(items: Iterable[Row | Reject], shard_rows: int) -> Iterator[Shard]:
    """Yield shards of `shard_rows` records; fewer where their texts would hold more than 2,000,000 characters."""
    number, size = 0, 0
    held: list[Row | Reject] = []
    for item in items:
        if held and (len(held) == shard_rows or size + item.size() > MAX_CHARACTERS):
            yield _shard(number, held)
            number, size, held = number + 1, 0, []
        held.append(item)
        size += item.size()
    if held:
        yield _shard(number, held)


def _shard(number: int, items: list[Row | Reject]) -> Shard:
    digest = hashlib.sha256()
    for item in items:
        digest.update(repr(item).encode())  # repr escapes what UTF-8 could not carry
    rows = tuple(item for item in items if isinstance(item, Row))
    rejects = tuple(item for item in items if isinstance(item, Reject))
    return Shard(number, rows, rejects, digest.hexdigest())
