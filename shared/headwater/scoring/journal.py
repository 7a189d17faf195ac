"""What a run has done so far: SQLite in the work folder, so that a kill at any moment loses at most the open shard.

A shard counts as done when its row stands here, and its row is written in one transaction with the results of the
texts that it was the first to hold. So a run that goes on finds exactly the results that an unbroken one would have
at that point, scores the same texts in the same company, and ends in the same bytes.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from headwater.errors import ScoringError
from headwater.files import no_room
from headwater.scoring.scorer import Outcome, Refusal

__all__ = ["Done", "Journal"]

FILE = "journal.sqlite"
TABLES = """
CREATE TABLE IF NOT EXISTS parameters (content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS shards (number INTEGER PRIMARY KEY, digest TEXT NOT NULL, scored INTEGER NOT NULL,
    rejected INTEGER NOT NULL, first_row INTEGER NOT NULL, last_row INTEGER NOT NULL, file_digest TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS results (text BLOB PRIMARY KEY, outcome TEXT, refusal TEXT) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Done:
    """A finished shard. `digest` is of its input, `file_digest` of its two files; rows are numbers in the input."""

    number: int
    digest: str
    scored: int
    rejected: int
    first_row: int
    last_row: int
    file_digest: str


class Journal:
    """The journal in a work folder, locked while it is open.

    Raises ScoringError where another process scores there, or the folder is not one of ours; sqlite3.OperationalError
    where the disk is full, which headwater.files.no_room tells.
    """

    def __init__(self, work: Path, restart: bool = False) -> None:
        self.work = work
        shutil.rmtree(self._aside(), ignore_errors=True)
        if work.exists() and not (work / FILE).exists() and any(work.iterdir()):
            raise ScoringError(f"{work} is in the way and holds no journal of a scoring run: move it")
        work.mkdir(parents=True, exist_ok=True)
        self.base = self._open()
        if restart:
            self._clear()

    def _aside(self) -> Path:
        return self.work.with_name(f".{self.work.name}.finished")

    def _open(self) -> sqlite3.Connection:
        # An exclusive lock of SQLite falls with the process, kill -9 or not.
        base = sqlite3.connect(self.work / FILE, isolation_level=None, timeout=0.1)
        try:
            base.execute("PRAGMA locking_mode=EXCLUSIVE")
            base.execute("PRAGMA journal_mode=WAL")
            base.execute("PRAGMA synchronous=FULL")
            base.execute("PRAGMA cache_size=-32000")
            base.execute("BEGIN EXCLUSIVE")
            for statement in TABLES.split(";"):
                base.execute(statement)
            base.execute("COMMIT")
        except sqlite3.OperationalError as fault:
            base.close()
            if no_room(fault):
                raise
            if "locked" not in str(fault):
                raise ScoringError(f"{self.work / FILE} cannot be written: {fault}") from fault
            raise ScoringError(f"another process is scoring into {self.work}: wait for it, or stop it") from fault
        except sqlite3.DatabaseError as fault:
            base.close()
            raise ScoringError(f"{self.work / FILE} is damaged ({fault}): delete the folder {self.work}") from fault
        return base

    def _clear(self) -> None:
        self.base.execute("BEGIN EXCLUSIVE")
        for table in ("parameters", "shards", "results"):
            self.base.execute(f"DELETE FROM {table}")
        self.base.execute("COMMIT")
        for path in self.work.iterdir():
            if not path.name.startswith(FILE):
                path.unlink()

    def bind(self, parameters: Mapping[str, Any]) -> None:
        """Take up the run that has these parameters. Raises ScoringError, naming what differs, where it is another."""
        row = self.base.execute("SELECT content FROM parameters").fetchone()
        if row is None:
            self.base.execute("INSERT INTO parameters VALUES (?)", [json.dumps(parameters)])
            return
        before, now = json.loads(row[0]), json.loads(json.dumps(parameters))
        changed = [key for key in sorted({*before, *now}) if before.get(key) != now.get(key)]
        if changed:
            raise ScoringError(
                f"{self.work} holds an unfinished run, and this one differs in {_differences(before, now, changed)}: "
                "run again with --restart to throw that run away, or as before to finish it"
            )

    def done(self, number: int) -> Done | None:
        """The journal row of a shard."""
        row = self.base.execute("SELECT * FROM shards WHERE number = ?", [number]).fetchone()
        return Done(*row) if row else None

    def shards(self) -> Iterator[Done]:
        """All finished shards, in order."""
        for row in self.base.execute("SELECT * FROM shards ORDER BY number"):
            yield Done(*row)

    def results(self, texts: Iterable[bytes]) -> dict[bytes, Outcome]:
        """Outcomes of the texts, by digest, that finished shards have scored."""
        wanted, found = list(texts), {}
        for start in range(0, len(wanted), 500):  # SQLite takes 999 parameters in its oldest builds
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            for text, outcome, refusal in self.base.execute(f"SELECT * FROM results WHERE text IN ({marks})", part):
                found[text] = Refusal(refusal) if outcome is None else json.loads(outcome)
        return found

    def commit(self, done: Done, results: Mapping[bytes, Outcome]) -> None:
        """Write down a finished shard and the outcomes of the texts it was the first to hold: both or neither."""
        rows = [
            (text, None, outcome.reason) if isinstance(outcome, Refusal) else (text, json.dumps(outcome), None)
            for text, outcome in results.items()
        ]
        self.base.execute("BEGIN IMMEDIATE")
        self.base.executemany("INSERT INTO results VALUES (?, ?, ?)", rows)
        self.base.execute("INSERT INTO shards VALUES (?, ?, ?, ?, ?, ?, ?)", list(asdict(done).values()))
        self.base.execute("COMMIT")

    def texts(self) -> int:
        """How many different texts were scored."""
        return int(self.base.execute("SELECT count(*) FROM results").fetchone()[0])

    def finish(self) -> None:
        """Delete the work folder; a kill in between leaves a folder that the next run clears away."""
        self.base.close()
        self.work.rename(self._aside())
        shutil.rmtree(self._aside())

    def close(self) -> None:
        """Unlock; a folder in which no run began is deleted."""
        if not (self.work / FILE).exists():
            return
        if self.base.execute("SELECT count(*) FROM parameters").fetchone()[0]:
            self.base.close()
        else:
            self.finish()


def _differences(before: Mapping[str, Any], now: Mapping[str, Any], keys: list[str]) -> str:
    """Names of what differs, with the values where people can read them."""
    short = (str, int, float, type(None))
    return ", ".join(
        f"{key} ({before.get(key)} then, {now.get(key)} now)"
        if key != "input" and isinstance(before.get(key), short) and isinstance(now.get(key), short)
        else key
        for key in keys
    )
