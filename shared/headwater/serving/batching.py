"""Cut a corpus into batches of similar length, so that little is padded."""

from collections.abc import Callable, Iterator, Sequence

__all__ = ["token_batches"]


def token_batches(lengths: Sequence[int], budget: int, width: Callable[[int], int] = int) -> Iterator[list[int]]:
    """Yield lists of row numbers, longest rows first; a batch pads to at most `budget` tokens.

    `lengths[i]` is row i's length in tokens, `width` the length that a batch of a longest row is padded to. A row longer
    than the budget is a batch of its own.

    >>> list(token_batches([3, 9, 4], budget=9))
    [[1], [2, 0]]
    """
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        widest = width(lengths[batch[0]]) if batch else 0  # rows fall in length: the first is the widest
        if batch and widest * (len(batch) + 1) > budget:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
