"""Bring an index to what its sources hold: what is new or changed is read and embedded, what is gone is forgotten."""

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from headwater.errors import DataError, InputError
from support_chatbot.retrieval.database import updating, writing
from support_chatbot.retrieval.passages import Passage, passages_of
from support_chatbot.retrieval.readers import BYTES, KINDS, Document, read
from support_chatbot.retrieval.readers.document import ITEM
from support_chatbot.retrieval.vectors import Embeds, grow
from support_chatbot.retrieval.words import index_words

__all__ = ["Rejected", "Updated", "update_index"]

MARKS = re.compile(f"^{ITEM}", re.MULTILINE)  # say nothing that a vector should hold
TOGETHER = 16  # files that are embedded and written at a time; a killed update loses at most these


@dataclass(frozen=True)
class Rejected:
    """A file that could not be read, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Updated:
    """What an update did: files by what became of them, the index's passages now, rejected files, and notes on what was left out."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int
    passages: int
    rejected: tuple[Rejected, ...]
    notes: tuple[Rejected, ...]


@dataclass(frozen=True)
class _File:
    """A file to index: its name in links, and what the disk says of it."""

    name: str
    path: Path
    size: int
    changed: int


def update_index(
    connection: sqlite3.Connection, folder: Path, embedder: Embeds, sources: Sequence[Path], limit: int
) -> Updated:
    """See `Index.update`."""
    files = {file.name: file for source in _named(sources) for file in _files(source)}
    with updating(folder):
        held = {
            name: (size, changed, digest)
            for name, size, changed, digest in connection.execute("SELECT name, size, changed, digest FROM files")
        }
        removed = sorted(set(held) - set(files))
        if removed:
            with writing(connection):
                for name in removed:
                    _forget(connection, name)
        touched = [file for name, file in sorted(files.items()) if held.get(name, ())[:2] != (file.size, file.changed)]
        added: list[str] = []
        changed: list[str] = []
        for some in _batches(touched):
            for name in _take(connection, embedder, some, {name: row[2] for name, row in held.items()}):
                (changed if name in held else added).append(name)
        _grown(connection, folder, limit)
    return _summary(connection, added, changed, removed, len(files))


def _batches(files: Sequence[_File]) -> Iterator[list[_File]]:
    for start in range(0, len(files), TOGETHER):
        yield list(files[start : start + TOGETHER])


def _named(sources: Sequence[Path]) -> Sequence[Path]:
    """Raise InputError for a source that is not there, or two of one name, whose links would be the same."""
    for source in sources:
        if not source.exists():
            raise InputError(f"expected a file or folder of help, found none at {source}: name one that is there")
    names = [source.resolve().name for source in sources]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise InputError(f"expected sources of different names, got two called {twice}: rename one folder")
    return [source.resolve() for source in sources]


def _files(source: Path) -> Iterator[_File]:
    """Files that we can read under a source, by names that begin with the source's own; hidden ones are none of ours."""
    paths = [source] if source.is_file() else sorted(source.rglob("*"))
    for path in paths:
        below = path.relative_to(source.parent)
        hidden = any(part.startswith(".") for part in below.parts[1:])
        inside = path.resolve().is_relative_to(source)  # a link may lead out of what the team shared
        if path.suffix.lower() in KINDS and not hidden and inside and path.is_file():
            about = path.stat()
            yield _File(below.as_posix(), path, about.st_size, about.st_mtime_ns)


def _take(
    connection: sqlite3.Connection, embedder: Embeds, files: Sequence[_File], digests: Mapping[str, str]
) -> list[str]:
    """Read, embed and write some files in one transaction; the names of those whose content is not what it was."""
    contents = {file: _content(file) for file in files}
    fresh = {file: digest for file, (_, digest, _) in contents.items() if digests.get(file.name) != digest}
    documents = {file: _document(file, contents[file]) for file in fresh}
    passages = {file: passages_of(found[0], file.name) if found[0] else () for file, found in documents.items()}
    vectors = _embedded(embedder, documents, passages)
    with writing(connection):
        for file in files:
            if file not in fresh:
                about = (file.size, file.changed, file.name)
                connection.execute("UPDATE files SET size = ?, changed = ? WHERE name = ?", about)
                continue
            document, fault = documents[file]
            _forget(connection, file.name)
            notes = json.dumps(document.notes if document else (), ensure_ascii=False)
            size = file.size if fresh[file] else -1  # what could not be opened is tried again next time
            row = (file.name, size, file.changed, fresh[file], fault, notes)
            connection.execute("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?)", row)
            if document:
                _write(connection, file.name, document, passages[file], vectors)
    return [file.name for file in fresh]


def _content(file: _File) -> tuple[bytes, str, str]:
    """Bytes, their digest, and the fault if they cannot be had."""
    if file.size > BYTES:
        return (
            b"",
            f"{file.size}",
            f"expected at most {BYTES // 1_000_000} MB, got {file.size / 1e6:.0f} MB: split the file",
        )
    try:
        content = file.path.read_bytes()
    except OSError as fault:
        return b"", "", f"cannot be read ({fault.strerror}): give this user the right to"
    return content, hashlib.sha256(content).hexdigest(), ""


def _document(file: _File, content: tuple[bytes, str, str]) -> tuple[Document | None, str]:
    if content[2]:
        return None, content[2]
    try:
        return read(file.path, content[0]), ""
    except DataError as fault:
        return None, str(fault)


def _embedded(
    embedder: Embeds,
    documents: Mapping[_File, tuple[Document | None, str]],
    passages: Mapping[_File, Sequence[Passage]],
) -> dict[str, np.ndarray]:
    """The vectors of all texts that these files bring, each embedded once."""
    texts: dict[str, None] = {}
    for file, found in passages.items():
        document = documents[file][0]
        for passage in found:
            texts.update(dict.fromkeys([_whole(passage), *_sentences(passage)]))
        if document:
            texts.update(
                dict.fromkeys([*document.questions, *(q for part in document.sections for q in part.questions)])
            )
    return dict(zip(texts, embedder.predict(list(texts)), strict=True))


def _whole(passage: Passage) -> str:
    return f"{passage.title}\n{MARKS.sub('', passage.text)}"


def _sentences(passage: Passage) -> list[str]:
    """Each sentence under its title: "It takes five days" alone does not say what does."""
    return [f"{passage.title}: {passage.text[start:end].removeprefix(ITEM)}" for start, end in passage.sentences]


def _write(
    connection: sqlite3.Connection,
    name: str,
    document: Document,
    passages: Sequence[Passage],
    vectors: Mapping[str, np.ndarray],
) -> None:
    questions = _questions(document, passages, vectors)
    for passage in passages:
        own = questions.get(passage.id, [])
        sentences = np.stack([vectors[text] for text in _sentences(passage)]).astype("<f2")
        spans = json.dumps(passage.sentences)
        leads = passage is passages[0] and bool(
            document.questions
        )  # an article that says what it answers does so at once
        row = (passage.id, name, passage.title, passage.link, passage.text, passage.start, passage.digest, spans)
        number = connection.execute(
            "INSERT INTO passages (id, file, title, link, text, start, digest, spans, vectors, leads)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, sentences.tobytes(), leads),
        ).lastrowid
        words = index_words("\n".join([passage.title, passage.text, *document.tags, *own]))
        connection.execute("INSERT INTO words (rowid, counted) VALUES (?, ?)", (number, " ".join(words)))
        connection.executemany(
            "INSERT INTO vectors (passage, vector) VALUES (?, ?)",
            [(number, vectors[text].astype("<f4").tobytes()) for text in (_whole(passage), *own)],
        )


def _questions(
    document: Document, passages: Sequence[Passage], vectors: Mapping[str, np.ndarray]
) -> dict[str, list[str]]:
    """Which passage each question goes with: the one nearest to it, of its section or of the whole document."""
    found: dict[str, list[str]] = {}
    asked = [(question, None) for question in document.questions]
    sections = [(question, number) for number, part in enumerate(document.sections) for question in part.questions]
    for question, section in dict.fromkeys([*asked, *sections]):
        mine = [passage for passage in passages if section in (None, passage.section)]
        best = max(mine, key=lambda passage: float(vectors[_whole(passage)] @ vectors[question]))
        found.setdefault(best.id, []).append(question)
    return found


def _forget(connection: sqlite3.Connection, name: str) -> None:
    """Take a file and all that came of it out of the index."""
    mine = "(SELECT number FROM passages WHERE file = ?)"
    connection.execute(f"DELETE FROM words WHERE rowid IN {mine}", (name,))
    connection.execute(f"DELETE FROM vectors WHERE passage IN {mine}", (name,))
    connection.execute("DELETE FROM passages WHERE file = ?", (name,))
    connection.execute("DELETE FROM files WHERE name = ?", (name,))


def _grown(connection: sqlite3.Connection, folder: Path, limit: int) -> None:
    """Write or give up the graph where that is due, let searches see it, then drop the files of older ones."""
    written = grow(connection, folder, limit)
    if written is None:
        return
    with writing(connection):
        for fact in written.items():
            connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", fact)
    for file in folder.glob("vectors-*"):
        if file.name != written.get("graph"):
            try:
                file.unlink()
            except OSError:  # Windows keeps a file that another process reads: the next update will drop it
                continue


def _summary(
    connection: sqlite3.Connection, added: Sequence[str], changed: Sequence[str], removed: Sequence[str], files: int
) -> Updated:
    (passages,) = connection.execute("SELECT count(*) FROM passages").fetchone()
    faults = connection.execute("SELECT name, fault FROM files WHERE fault <> '' ORDER BY name").fetchall()
    noted = connection.execute("SELECT name, notes FROM files WHERE notes <> '[]' ORDER BY name").fetchall()
    return Updated(
        tuple(added),
        tuple(changed),
        tuple(removed),
        files - len(added) - len(changed),
        passages,
        tuple(Rejected(*row) for row in faults),
        tuple(Rejected(name, note) for name, notes in noted for note in json.loads(notes)),
    )
