"""The vectors nearest to a question: all of them compared up to 50,000 passages, a graph (usearch's HNSW) above.

A graph covers the vectors up to a number; those written after it are compared one by one, and what it finds is compared exactly
again, so a graph that lags behind finds nothing false. It is a file beside the index, renamed into place.
"""

import json
import os
import sqlite3
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import numpy as np

from headwater.errors import StoreError

__all__ = ["EXACT", "Embeds", "Vectors", "grow", "load_vectors", "question_vector", "unpacked"]

EXACT = 50_000  # passages; their 77 MB of vectors take some 10 ms a question
LAG = 0.1  # of the limit: so many vectors may wait for the graph
FOUND = 200  # vectors that the graph is asked for
REMEMBERED = 32  # questions; some conversations at once
ASKED: "WeakKeyDictionary[Embeds, OrderedDict[str, np.ndarray]]" = WeakKeyDictionary()
LOCK = threading.Lock()


class Embeds(Protocol):
    """What makes unit vectors of texts: headwater.serving.Embedder."""

    def predict(self, texts: list[str]) -> np.ndarray: ...


@dataclass(frozen=True)
class Vectors:
    """Vectors of one generation: row i of `matrix`, float32, belongs to passage number `owners[i]`; `graph` holds the rest."""

    generation: int
    matrix: np.ndarray
    owners: np.ndarray
    graph: Any = None

    def nearest(self, vector: np.ndarray, count: int, connection: sqlite3.Connection) -> list[tuple[int, float]]:
        """The passages nearest to a unit vector, (number, cosine), nearest first; a passage's best vector counts."""
        if not len(self.matrix) and self.graph is None:
            return []
        cosines, owners = self.matrix @ vector, self.owners
        if self.graph is not None:
            more, theirs = _from_graph(self.graph, vector, connection)
            cosines, owners = np.concatenate([cosines, more]), np.concatenate([owners, theirs])
        # Most passages have one to four vectors: among 5 x count rows stand count passages, or all are taken.
        rows = min(len(cosines), 5 * count)
        top = np.argpartition(-cosines, rows - 1)[:rows] if rows else np.zeros(0, int)
        best: dict[int, float] = {}
        for row in top[np.lexsort((owners[top], -cosines[top]))]:
            best.setdefault(int(owners[row]), float(cosines[row]))
        return list(best.items())[:count]


def unpacked(blobs: list[bytes], dtype: str = "<f4") -> np.ndarray:
    """float32 (rows, dimension) of vectors as they are stored."""
    if not blobs:
        return np.zeros((0, 1), np.float32)
    return np.frombuffer(b"".join(blobs), dtype).reshape(len(blobs), -1).astype(np.float32, copy=False)


def question_vector(embedder: Embeds, text: str) -> np.ndarray:
    """The vector of a question; the last few are remembered, so that search and quotes embed it once."""
    with LOCK:
        memory = ASKED.setdefault(embedder, OrderedDict())
        vector = memory.get(text)
    if vector is None:
        vector = np.asarray(embedder.predict([text]), np.float32)[0]
        with LOCK:
            memory[text] = vector
            while len(memory) > REMEMBERED:
                memory.popitem(last=False)
    return vector


def load_vectors(connection: sqlite3.Connection, folder: Path, generation: int) -> Vectors:
    """What a search compares with. Raises FileNotFoundError where a newer graph has just replaced this one's file."""
    facts = dict(connection.execute("SELECT name, value FROM facts"))
    covered = int(facts.get("covered", 0))
    rows = connection.execute(
        "SELECT passage, vector FROM vectors WHERE number > ? ORDER BY number", (covered,)
    ).fetchall()
    matrix = unpacked([vector for _, vector in rows])
    if not rows and covered:
        matrix = np.zeros((0, int(facts["dimension"])), np.float32)
    graph = None
    if covered:
        file = folder / facts["graph"]
        if not file.is_file():
            raise FileNotFoundError(file)
        graph = _usearch().Index.restore(str(file), view=True)
    return Vectors(generation, matrix, np.array([passage for passage, _ in rows], np.int64), graph)


def _from_graph(graph: Any, vector: np.ndarray, connection: sqlite3.Connection) -> tuple[np.ndarray, np.ndarray]:
    """Exact cosines and passages of what the graph finds; what was removed since is not there any more."""
    rows, count = [], FOUND
    while len(rows) < min(FOUND, len(graph)) / 2 and count // 2 < max(len(graph), FOUND):  # more, where many are gone
        numbers = json.dumps([int(key) for key in graph.search(vector, count).keys])
        query = "SELECT passage, vector FROM vectors WHERE number IN (SELECT value FROM json_each(?))"
        rows, count = connection.execute(query, (numbers,)).fetchall(), 2 * count
    if not rows:
        return np.zeros(0, np.float32), np.zeros(0, np.int64)
    return unpacked([blob for _, blob in rows]) @ vector, np.array([passage for passage, _ in rows], np.int64)


def grow(connection: sqlite3.Connection, folder: Path, limit: int) -> dict[str, Any] | None:
    """Write a graph of all vectors where it is due; the facts of it (file, highest number covered, size, dimension), or None.

    Due is it above `limit` passages, once a tenth of the limit waits or went; back at the limit, the graph is given up ("covered": 0).
    Raises StoreError where usearch is not installed.
    """
    (passages,) = connection.execute("SELECT count(*) FROM passages").fetchone()
    facts = dict(connection.execute("SELECT name, value FROM facts"))
    covered, size = int(facts.get("covered", 0)), int(facts.get("size", 0))
    if passages <= limit:
        return {"covered": 0} if covered else None
    library = _usearch(limit)
    waiting, held = connection.execute(
        "SELECT count(*) FILTER (WHERE number > ?1), count(*) FILTER (WHERE number <= ?1) FROM vectors", (covered,)
    ).fetchone()
    if covered and max(waiting, size - held) < LAG * limit:
        return None
    rows = connection.execute("SELECT number, vector FROM vectors ORDER BY number").fetchall()
    numbers, matrix = np.array([number for number, _ in rows], np.uint64), unpacked([vector for _, vector in rows])
    graph = library.Index(ndim=matrix.shape[1], metric="ip", dtype="f16")
    graph.add(numbers, matrix)
    name = f"vectors-{int(numbers[-1])}-{len(numbers)}.usearch"
    graph.save(str(folder / f"{name}.part"))
    os.replace(folder / f"{name}.part", folder / name)
    return {"graph": name, "covered": int(numbers[-1]), "size": len(numbers), "dimension": matrix.shape[1]}


def _usearch(limit: int = EXACT) -> Any:
    try:
        import usearch.index
    except ImportError as fault:
        raise StoreError(
            f"expected usearch for an index of more than {limit:,} passages, and it is not installed: "
            "pip install 'headwater[search]'"
        ) from fault
    return usearch.index
