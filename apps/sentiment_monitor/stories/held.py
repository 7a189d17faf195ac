"""Vectors of open stories in one block of memory: the nearest of many to each of a batch, by blocks."""

from collections.abc import Iterator, Sequence

import numpy as np

__all__ = ["Block"]

ROWS = 8192  # rows turned into float32 at a time: 8,192 x 384 x 4 bytes = 13 MB
START = 1024


class Block:
    """Unit vectors as float16, as they are stored: 100,000 of 384 numbers are 77 MB. A row that is freed is used again.

    What is not one of a story, though it is near, costs nothing but a look; so all rows are compared, exactly.
    """

    def __init__(self, size: int = 384) -> None:
        self.vectors = np.zeros((START, size), np.float16)
        self.latest = np.full(START, -np.inf)  # seconds since 1970; -inf: the row is free
        self.free = list(range(START - 1, -1, -1))
        self.used = 0  # rows below this may hold something

    def add(self, vector: np.ndarray, latest: float) -> int:
        """The row that the vector is kept in."""
        if not self.free:
            self._grow()
        row = self.free.pop()
        self.vectors[row], self.latest[row] = vector, latest
        self.used = max(self.used, row + 1)
        return row

    def remove(self, row: int) -> None:
        self.latest[row] = -np.inf
        self.free.append(row)

    def near(
        self, vectors: np.ndarray, times: Sequence[float], least: float, reach: float, most: int
    ) -> list[list[tuple[int, float]]]:
        """Rows at a cosine of `least` or more whose `latest` is within `reach` seconds: (row, cosine), nearest first.

        `vectors` is float32 (n, size), `times` (n,); at most `most` rows for each.
        """
        found: list[list[tuple[int, float]]] = [[] for _ in times]
        at = np.asarray(times, np.float64)
        for start, rows in self._blocks(at.min(initial=np.inf) - reach, at.max(initial=-np.inf) + reach):
            cosines = np.round(vectors @ rows.T, 4)  # beyond this, the size of a batch changes the sum
            close = cosines >= least
            for item, row in zip(*np.nonzero(close), strict=True):
                if abs(self.latest[start + row] - at[item]) <= reach:
                    found[item].append((start + int(row), float(cosines[item, row])))
        return [sorted(rows, key=lambda pair: (-pair[1], pair[0]))[:most] for rows in found]

    def _blocks(self, since: float, until: float) -> Iterator[tuple[int, np.ndarray]]:
        for start in range(0, self.used, ROWS):
            end = min(start + ROWS, self.used)
            latest = self.latest[start:end]
            if ((latest >= since) & (latest <= until)).any():
                yield start, self.vectors[start:end].astype(np.float32)

    def _grow(self) -> None:
        size = len(self.latest)
        self.vectors = np.concatenate([self.vectors, np.zeros_like(self.vectors)])
        self.latest = np.concatenate([self.latest, np.full(size, -np.inf)])
        self.free = list(range(2 * size - 1, size - 1, -1))
