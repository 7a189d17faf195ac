"""A few shapes instead of many: what a GPU planned or compiled for a shape is there again when the shape comes again.

A GPU, and TensorRT above all, pays for every shape that it meets for the first time: memory that grows, kernels that are
chosen, engines that are built. Batches are therefore filled up to a few lengths and to powers of two in rows. Added
tokens stand under a mask of 0 and added rows repeat the first; both are cut off the outputs, so nobody sees them.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np

__all__ = ["Bucketed", "Buckets", "bucket_lengths", "buckets_for", "declared", "fill_up"]

SHORTEST = 16  # tokens: a headline; below it a batch costs a GPU the same
MOST = {"cuda": 256, "tensorrt": 64}  # rows of one run; an engine reserves memory for its largest shape


@dataclass(frozen=True)
class Buckets:
    """The shapes that a device is to meet: `lengths` in tokens, rising, and up to `most` rows, in powers of two.

    `most` is None where rows stay as they come, as for Triton, which joins the rows of many requests itself.
    """

    lengths: tuple[int, ...]
    most: int | None = None

    def width(self, tokens: int) -> int:
        """The least of the lengths that holds so many tokens; where none does, their own number.

        >>> Buckets((16, 32, 128)).width(33)
        128
        """
        return next((length for length in self.lengths if length >= tokens), tokens)

    def height(self, rows: int) -> int:
        """The next power of two, or the number itself where rows stay as they come."""
        return rows if self.most is None else 1 << (rows - 1).bit_length()


def bucket_lengths(longest: int) -> tuple[int, ...]:
    """16, 32, 64, ... and `longest`, a model's window.

    >>> bucket_lengths(100)
    (16, 32, 64, 100)
    """
    lengths = []
    length = SHORTEST
    while length < longest:
        lengths.append(length)
        length *= 2
    return (*lengths, longest)


def buckets_for(device: str, longest: int) -> Buckets | None:
    """What a device asks for, for windows of at most `longest` tokens; a CPU takes any shape as it is."""
    return Buckets(bucket_lengths(longest), MOST[device]) if device in MOST else None


def declared(lengths: str | None) -> Buckets | None:
    """The buckets that a server asks its clients for, as a config of Triton's names them: `16 32 64 128`, rising.

    What is not written so is not followed: padding is for speed, and no answer depends on it.
    """
    found = [int(word) for word in (lengths or "").split() if word.isdecimal() and len(word) < 6]
    written = bool(found) and found == sorted(set(found)) and found[0] > 0 and lengths == " ".join(map(str, found))
    return Buckets(tuple(found)) if written else None


def fill_up(arrays: Mapping[str, np.ndarray], rows: int, tokens: int, fill: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Arrays (fewer rows, fewer tokens) as (rows, tokens): tokens of `fill` at the right, then copies of the first row.

    A copy, and not a row of padding alone, whose mask would be empty: a mean over no token is no number.
    """
    out = {}
    for name, values in arrays.items():
        full = np.full((rows, tokens), fill.get(name, 0), dtype=values.dtype)
        full[: len(values), : values.shape[1]] = values
        full[len(values) :] = full[0]
        out[name] = full
    return out


class Bucketed:
    """A runner that meets only the shapes of `buckets`; takes and gives the arrays that `run` does.

    `fill` is what pads each input (0 where it is not named), `token` names the outputs with an axis of tokens. A batch
    of more than `buckets.most` rows is run in parts.
    """

    def __init__(
        self,
        run: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]],
        buckets: Buckets,
        fill: Mapping[str, int],
        token: Collection[str],
    ) -> None:
        self.run, self.buckets, self.fill, self.token = run, buckets, dict(fill), frozenset(token)

    def __call__(self, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        rows = len(next(iter(arrays.values())))
        most = self.buckets.most or rows
        parts = [
            self._part({name: values[start : start + most] for name, values in arrays.items()})
            for start in range(0, rows, most)
        ]
        return parts[0] if len(parts) == 1 else {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}  # fmt: skip

    def _part(self, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        rows, tokens = next(iter(arrays.values())).shape
        outputs = self.run(fill_up(arrays, self.buckets.height(rows), self.buckets.width(tokens), self.fill))
        return {
            name: values[:rows, :tokens] if name in self.token else values[:rows] for name, values in outputs.items()
        }
