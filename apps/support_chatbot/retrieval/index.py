"""An index of passages on disk: `open_index`, then `update` from files and `search` by words and by meaning.

index = open_index(folder, headwater.load("models/sentences/bundle"))
index.update([Path("northmere/help")])
index.search("When will my card come?", k=5)
"""

import hashlib
import json
import re
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from headwater.errors import InputError, StoreError
from headwater.serving import Embedder
from support_chatbot.retrieval.database import SCHEMA, connect, reading
from support_chatbot.retrieval.update import Rejected, Updated, update_index
from support_chatbot.retrieval.vectors import EXACT, Vectors, load_vectors, question_vector, unpacked
from support_chatbot.retrieval.words import index_words

__all__ = ["DEPTH", "FUSION", "MODES", "Hit", "Index", "Sentence", "fused", "open_index"]

MODES = ("hybrid", "dense", "bm25")
DEPTH = 100  # passages that each ranking hands to the fusion
FUSION = 60  # the constant of Cormack, Clarke & Buettcher (2009)
QUESTION = 2_000  # characters of a question that are looked for
ASKED = 64  # different words of a question that BM25 looks for


@dataclass(frozen=True)
class Sentence:
    """A sentence of a passage, word for word, with its vector: float32 (dimension,), of unit length."""

    text: str
    start: int
    end: int
    vector: np.ndarray = field(compare=False, repr=False)


@dataclass(frozen=True)
class Lead:
    """The first sentence of an article that lists the questions it answers: the answer in short."""

    passage: str
    title: str
    link: str
    text: str


@dataclass(frozen=True)
class Hit:
    """A passage that was found. `passage` is its id; `score` comes of the ranks, `cosine` of its vector nearest to the question.

    `lead` is of the article that it stands in, if that has one.
    """

    passage: str
    title: str
    link: str
    text: str
    score: float
    cosine: float
    sentences: tuple[Sentence, ...] = field(default=(), compare=False, repr=False)
    lead: Lead | None = None


def open_index(folder: Path, embedder: Embedder, *, limit: int = EXACT) -> "Index":
    """Open the index of this embedder in a folder, empty if there is none; each bundle has its own, so vectors never mix.

    Above `limit` passages the extra `search` is needed. Raises StoreError for a folder that cannot be written.
    """
    return Index(folder, embedder, limit)


class Index:
    """Passages of files, on disk. Any number of processes and threads may search while one updates."""

    def __init__(self, folder: Path, embedder: Embedder, limit: int = EXACT) -> None:
        bundle, variant = embedder.bundle, embedder.model.variant
        key = hashlib.sha256(f"{bundle.digest} {variant} {embedder.head.name} {SCHEMA}".encode()).hexdigest()
        self.folder, self.embedder, self.limit = folder / key[:16], embedder, limit
        self._threads, self._loading = threading.local(), threading.Lock()
        self._vectors: Vectors | None = None
        self._connection()

    def update(self, sources: Sequence[Path]) -> Updated:
        """Bring the index to what stands in these files and folders; only what is new or changed is read and embedded.

        Files that are gone, or of a source no longer named, vanish. A killed update goes on where it stood. Raises InputError for a
        source that is not there, StoreError while another process updates.
        """
        return update_index(self._connection(), self.folder, self.embedder, sources, self.limit)

    def search(self, text: str, k: int = 5, mode: str = "hybrid") -> list[Hit]:
        """The k passages that fit a question best, best first; none for an empty question or index.

        `mode` is bm25, dense, or hybrid: both rankings, fused by rank. Raises InputError for another.
        """
        if mode not in MODES or k < 1:
            raise InputError(f"expected a mode of {', '.join(MODES)} and k of 1 or more, got {mode!r} and {k}")
        text = text.strip()[:QUESTION]
        if not text:
            return []
        asked = question_vector(self.embedder, text)
        for _ in range(5):
            try:
                with reading(self._connection()) as connection:
                    return self._search(connection, text, asked, k, mode)
            except FileNotFoundError:  # a newer graph took the place of ours between two reads
                continue
        raise StoreError(f"{self.folder}: the graph of vectors is gone: delete the folder and update the index")

    def rejected(self) -> tuple[Rejected, ...]:
        """The files that could not be read, and why, as the last update left them."""
        with reading(self._connection()) as connection:
            rows = connection.execute("SELECT name, fault FROM files WHERE fault <> '' ORDER BY name")
            return tuple(Rejected(*row) for row in rows)

    def __len__(self) -> int:
        """How many passages there are."""
        return self._connection().execute("SELECT count(*) FROM passages").fetchone()[0]

    def _connection(self) -> sqlite3.Connection:
        """This thread's own: a transaction belongs to a connection."""
        if not hasattr(self._threads, "connection"):
            self._threads.connection = connect(self.folder / "index.sqlite3")
        return self._threads.connection

    def _search(self, connection: sqlite3.Connection, text: str, asked: np.ndarray, k: int, mode: str) -> list[Hit]:
        rankings = []
        if mode != "dense":
            rankings.append(_by_words(connection, text, max(k, DEPTH)))
        if mode != "bm25":
            near = self._loaded(connection).nearest(asked, max(k, DEPTH), connection)
            rankings.append([number for number, _ in near])
        return [_hit(connection, number, score, asked) for number, score in fused(rankings)[:k]]

    def _loaded(self, connection: sqlite3.Connection) -> Vectors:
        """The vectors of the generation that this transaction sees."""
        (now,) = connection.execute("SELECT value FROM facts WHERE name = 'generation'").fetchone()
        held = self._vectors
        if held is None or held.generation != int(now):
            with self._loading:
                held = self._vectors
                if held is None or held.generation != int(now):
                    held = self._vectors = load_vectors(connection, self.folder, int(now))
        return held


def fused(rankings: Sequence[Sequence[int]]) -> list[tuple[int, float]]:
    """Reciprocal rank fusion (Cormack, Clarke & Buettcher 2009): the sum of 1 / (60 + rank) over the rankings, highest first.

    >>> fused([[7, 8], [8]])[0][0]
    8
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, number in enumerate(ranking, 1):
            scores[number] = scores.get(number, 0.0) + 1 / (FUSION + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def _by_words(connection: sqlite3.Connection, text: str, count: int) -> list[int]:
    """Passages by BM25 (Robertson et al. 1994; SQLite's k1 = 1.2, b = 0.75) of any of the question's words."""
    asked = list(dict.fromkeys(index_words(text)))[:ASKED]
    if not asked:
        return []
    match = " OR ".join(f'"{re.sub(chr(34), " ", word)}"' for word in asked)
    query = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY bm25(words), rowid LIMIT ?"
    return [number for (number,) in connection.execute(query, (match, count))]


def _hit(connection: sqlite3.Connection, number: int, score: float, asked: np.ndarray) -> Hit:
    name, title, link, text, spans, stored, file = connection.execute(
        "SELECT id, title, link, text, spans, vectors, file FROM passages WHERE number = ?", (number,)
    ).fetchone()
    own = connection.execute("SELECT vector FROM vectors WHERE passage = ?", (number,)).fetchall()
    cosine = float((unpacked([vector for (vector,) in own]) @ asked).max())
    places = json.loads(spans)
    vectors = np.frombuffer(stored, "<f2").reshape(len(places), -1).astype(np.float32)
    sentences = tuple(Sentence(text[a:b], a, b, v) for (a, b), v in zip(places, vectors, strict=True))
    return Hit(name, title, link, text, score, cosine, sentences, _lead(connection, file))


def _lead(connection: sqlite3.Connection, file: str) -> Lead | None:
    query = "SELECT id, title, link, text, spans FROM passages WHERE file = ? AND leads"
    for name, title, link, text, spans in connection.execute(query, (file,)):
        for start, end in json.loads(spans)[:1]:
            return Lead(name, title, link, text[start:end])
    return None
