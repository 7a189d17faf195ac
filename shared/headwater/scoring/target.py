"""Where a run's rows and rejects go, and the folder it works in meanwhile."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headwater.errors import InputError, ScoringError
from headwater.files import replacing
from headwater.scoring.journal import Done
from headwater.scoring.outputs import write_jsonl, writer_for
from headwater.scoring.remote import check, is_remote, upload
from headwater.scoring.scorer import Field
from headwater.scoring.sql import SqlTable

__all__ = ["Target", "open_target"]


@dataclass(frozen=True)
class Target:
    """The output file, or the table that stands in for it; the rejects file; the work folder.

    `url` is where the output goes at the end if that is not on this machine; its rejects go beside it.
    """

    output: Path
    rejects: Path
    work: Path
    table: SqlTable | None = None
    url: str | None = None

    @property
    def shown(self) -> str:
        return self.table.shown if self.table else self.url or str(self.output)

    @property
    def shown_rejects(self) -> str:
        return str(self.rejects) if self._rejects_url is None else self._rejects_url

    @property
    def _rejects_url(self) -> str | None:
        """Where the rejects go with the output; None where they stay on this machine."""
        return f"{self.url}.rejects.jsonl" if self.url and self.rejects.parent == self.work else None

    def prepare(self, fields: Sequence[Field]) -> None:
        """Fail before hours of work, not after."""
        if self.url:
            check(self.url)
        for path in (self.output, self.rejects):
            if path.is_dir():
                raise InputError(f"{path}: expected the name of a file, this is a folder")
            path.parent.mkdir(parents=True, exist_ok=True)
        if self.table:
            self.table.prepare(fields)

    def shard_file(self, number: int, kind: str = "rows") -> Path:
        """Where a shard's rows, or its rejects, are kept until the end: always JSONL."""
        return self.work / f"{number:08d}.{kind}.jsonl"

    def deliver(self, done: Sequence[Done], fields: Sequence[Field], parameters: Mapping[str, Any]) -> None:
        """Join finished shards into the output and the rejects file; each file appears whole or not at all.

        Raises ScoringError where a shard's file is not what the journal says, or a table holds other rows.
        """
        for entry in done:
            self._verify(entry)
        rejected = (self.shard_file(entry.number, "rejects") for entry in done if entry.rejected)
        with replacing(self.rejects, alone=True) as file:
            write_jsonl(rejected, file, fields)
        if self.table:
            self._fill(self.table, done, fields, parameters)
        else:
            rows = (self.shard_file(entry.number) for entry in done)
            with replacing(self.output, alone=True) as file:
                writer_for(self.output)(rows, file, fields)
        if self._rejects_url:
            upload(self.rejects, self._rejects_url)
        if self.url:
            upload(self.output, self.url)

    def _verify(self, done: Done) -> None:
        paths = [self.shard_file(done.number), self.shard_file(done.number, "rejects")][: 2 if done.rejected else 1]
        content = b"".join(path.read_bytes() if path.exists() else b"" for path in paths)
        if hashlib.sha256(content).hexdigest() != done.file_digest:
            raise ScoringError(f"{paths[0]} or its rejects are missing or damaged: run again with --restart")

    def _fill(
        self, table: SqlTable, done: Sequence[Done], fields: Sequence[Field], parameters: Mapping[str, Any]
    ) -> None:
        run = hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()[:32]
        shards = ((self.shard_file(entry.number), entry.first_row, entry.last_row) for entry in done)
        there, scored = table.write(run, shards, fields), sum(entry.scored for entry in done)
        if there != scored:
            raise ScoringError(
                f"{table.shown} holds {there:,} rows of run {run}, expected {scored:,}: run again, when no other "
                "program is changing the table"
            )


def open_target(output: str, source: str, rejects: str | None = None) -> Target:
    """Work out the paths of a run. Raises InputError where they collide or the output's kind is not known.

    Rejects go beside the output file, the work folder too; for a table both stand in the current folder under the
    table's name, and for a URL the work folder does.
    """
    if is_remote(output):
        return _remote(output, source, rejects)
    table = SqlTable(output) if "://" in output else None
    path = Path(table.name) if table else Path(output)
    if not table:
        writer_for(path)
    aside = Path(rejects) if rejects else path.with_name(path.name + ".rejects.jsonl")
    if "://" not in source and len({item.resolve() for item in (Path(source), aside, path)}) < 3:
        raise InputError("expected three different files for input, output and rejects, got one of them twice")
    return Target(path, aside, path.with_name(path.name + ".work"), table)


def _remote(url: str, source: str, rejects: str | None) -> Target:
    """The whole files are made in the work folder, and leave it together."""
    if url == source:
        raise InputError(f"expected different places for input and output, got {url} twice")
    name = url.rpartition("/")[2]
    writer_for(Path(name))
    work = Path(f"{name}.work")
    whole = work / f"whole{Path(name).suffix}"
    return Target(whole, Path(rejects) if rejects else work / "whole.rejects.jsonl", work, url=url)
