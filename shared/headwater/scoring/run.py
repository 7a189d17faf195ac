"""One run of batch scoring: cut, score, keep, go on after a kill.

For each shard: temporary file -> rename -> journal row. Only the cutting and the journal are one after the other;
the scoring between them is a map over lists of texts, the *engine*, which may run anywhere as long as it keeps the
order. Which texts a shard scores (those that no earlier shard holds) is settled when it is cut, so the company that
a text is scored in, and with it every byte, depends neither on the engine nor on where a run was killed.
"""

import hashlib
import json
import os
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from headwater.errors import InputError, ScoringError
from headwater.files import no_room, write_whole
from headwater.scoring.journal import Done, Journal
from headwater.scoring.outputs import META
from headwater.scoring.rows import Reject
from headwater.scoring.scorer import Outcome, Plan, Refusal, Scorer, open_scorer
from headwater.scoring.shards import Shard, cut
from headwater.scoring.source import Source, open_source
from headwater.scoring.target import Target, open_target

__all__ = ["SHARD_ROWS", "Engine", "Report", "joined", "score_file"]

SHARD_ROWS = 2000  # some 4 s of work on two cores: what a kill can cost
# Lists of texts -> lists of outcomes, lazily and in order. Here: `partial(map, scorer.score)`.
Engine = Callable[[Iterable[list[str]]], Iterator[list[Outcome]]]


@dataclass(frozen=True)
class Report:
    """How a run stands; read = scored + rejected, always.

    `texts` counts the different texts that went through the models; `resumed` the records that an earlier, killed
    run had done; `share` is how much of the input was read (0 to 1), `seconds` the time of this run alone;
    `left_out` names heads that read two texts.
    """

    output: str
    rejects: str
    read: int = 0
    scored: int = 0
    rejected: int = 0
    texts: int = 0
    resumed: int = 0
    share: float = 0.0
    seconds: float = 0.0
    left_out: tuple[str, ...] = ()


def score_file(
    bundles: Sequence[str | os.PathLike[str]] | Scorer | Plan,
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    variant: str | None = None,
    device: str = "cpu",
    risk: float | None = None,
    text_column: str = "text",
    input_format: str | None = None,
    rejects: str | None = None,
    shard_rows: int = SHARD_ROWS,
    restart: bool = False,
    engine: Engine | None = None,
    progress: Callable[[Report], None] | None = None,
) -> Report:
    """Score every text of a file or feed with every head of the bundles; write one row for each.

    `source` is a JSONL, CSV, Parquet, RSS or Atom file (gzip allowed but for Parquet), or the URL of one; `output` a
    .jsonl, .csv or .parquet file, the URL of one (`s3://...`), or `<SQLAlchemy URL>#<table>`. `bundles` may be opened
    already, as a Scorer, or be the Plan of an `engine` that scores elsewhere. Bad records go to the rejects file with their
    reasons. A run that was killed goes on when it is called again with the same arguments, and ends in the bytes of
    an unbroken one. `progress` is called after every shard. Memory is bounded by a shard, whatever the input's size.

    Raises ScoringError where the work folder belongs to another run, the input changed or the disk is full; InputError and DataError
    where input, output or parameters cannot be used; BundleError and DeviceError from opening the bundles.

    >>> score_file(["models/financial-news/bundle"], "feed.jsonl", "scored.parquet")  # doctest: +SKIP
    Report(output='scored.parquet', rejects='scored.parquet.rejects.jsonl', read=300, scored=300, rejected=0, ...)
    """
    if shard_rows < 1:
        raise InputError(f"expected at least 1 row to a shard, got {shard_rows}")
    target = open_target(os.fspath(output), os.fspath(source), rejects)
    plan, engine = _planned(bundles, engine, lambda given: open_scorer(given, variant, device, risk))
    with _room(target):
        target.prepare(plan.fields)
        journal = Journal(target.work, restart)
        try:
            opened = open_source(os.fspath(source), target.work, input_format, text_column)
            parameters = _parameters(plan, opened, target, shard_rows)
            journal.bind(parameters)
            run = _Run(
                opened, target, journal, progress, Report(target.shown, target.shown_rejects, left_out=plan.left_out)
            )
            run.score(engine, shard_rows)
            done = run.finished()
            target.deliver(done, plan.fields, parameters)
            journal.finish()
            return replace(run.report, share=1.0, seconds=time.monotonic() - run.started)
        finally:
            journal.close()


def _planned(
    bundles: Sequence[str | os.PathLike[str]] | Scorer | Plan,
    engine: Engine | None,
    opened: Callable[[Sequence[str | os.PathLike[str]]], Scorer],
) -> tuple[Plan, Engine]:
    """What the run is of, and what scores: a Plan comes with the engine that holds its models."""
    if isinstance(bundles, Plan):
        if engine is None:
            raise InputError("expected the engine that a plan belongs to, got none: give bundles or a scorer instead")
        return bundles, engine
    scorer = bundles if isinstance(bundles, Scorer) else opened(bundles)
    return scorer.plan(), engine or partial(map, scorer.score)


@contextmanager
def _room(target: Target) -> Iterator[None]:
    """Say what a full disk means: nothing that is done is lost, and no half of a file stands where a whole one should."""
    try:
        yield
    except (OSError, sqlite3.OperationalError) as fault:
        if not no_room(fault):
            raise
        raise ScoringError(
            f"{target.work} or {target.shown} could not be written to its end ({fault}): make room on the disk, and the "
            "same command goes on from the last finished shard"
        ) from fault


def _parameters(plan: Plan, source: Source, target: Target, shard_rows: int) -> dict[str, Any]:
    """Everything that a byte of the result depends on; a run with another of them is another run."""
    return {
        "input": source.digest,
        "input format": source.format,
        "text column": source.text_column,
        "bundles": plan.identity,
        "risk": plan.risk,
        "rows to a shard": shard_rows,
        "output": target.shown if target.table else target.output.suffix,
        "libraries": plan.libraries,
    }


class _Run:
    """The state between two shards."""

    def __init__(
        self,
        source: Source,
        target: Target,
        journal: Journal,
        progress: Callable[[Report], None] | None,
        report: Report,
    ) -> None:
        self.source, self.target, self.journal = source, target, journal
        self.progress, self.report = progress, report
        self.started, self.shards = time.monotonic(), 0
        self.waiting: deque[tuple[Shard, list[bytes]]] = deque()  # cut, and not yet back from the engine

    def score(self, engine: Engine, shard_rows: int) -> None:
        """Score what no earlier run did."""
        for outcomes in engine(self._unscored(shard_rows)):
            shard, fresh = self.waiting.popleft()
            self._keep(shard, dict(zip(fresh, outcomes, strict=True)))
        self.source.check_unchanged()

    def _unscored(self, shard_rows: int) -> Iterator[list[str]]:
        """For each shard that is not done: the texts that no shard before it holds."""
        for shard in cut(self.source.rows(), shard_rows):
            self.shards += 1
            if done := self.journal.done(shard.number):
                self._skip(shard, done)
                continue
            texts = {_key(row.text): row.text for row in shard.rows}
            known = self.journal.results(texts).keys() | {key for _, fresh in self.waiting for key in fresh}
            fresh = [key for key in texts if key not in known]
            self.waiting.append((shard, fresh))
            yield [texts[key] for key in fresh]

    def _skip(self, shard: Shard, done: Done) -> None:
        if shard.digest != done.digest:
            raise ScoringError(
                f"{self.source.path}: rows {done.first_row} to {done.last_row} are not those that were scored before, "
                "so the file changed while it was read: run again with --restart"
            )
        self._count(done, resumed=shard.read)

    def _keep(self, shard: Shard, fresh: dict[bytes, Outcome]) -> None:
        """Write a shard's rows and rejects, then its journal row."""
        keys = [_key(row.text) for row in shard.rows]
        outcomes = self.journal.results({key: None for key in keys if key not in fresh}) | fresh
        rows, rejects = joined(shard, [outcomes[key] for key in keys])
        content, aside = _lines(rows), _lines(rejects)
        write_whole(self.target.shard_file(shard.number), [content], alone=True)
        if rejects:
            write_whole(self.target.shard_file(shard.number, "rejects"), [aside], alone=True)
        numbers = [row.number for row in shard.rows] + [reject.number for reject in shard.rejects]
        digest = hashlib.sha256(content + aside).hexdigest()
        done = Done(shard.number, shard.digest, len(rows), len(rejects), min(numbers), max(numbers), digest)
        self.journal.commit(done, fresh)
        self._count(done)

    def _count(self, done: Done, resumed: int = 0) -> None:
        was = self.report
        self.report = replace(
            was,
            read=was.read + done.scored + done.rejected,
            scored=was.scored + done.scored,
            rejected=was.rejected + done.rejected,
            resumed=was.resumed + resumed,
            share=self.source.share(),
            seconds=time.monotonic() - self.started,
        )
        if self.progress:
            self.progress(self.report)

    def finished(self) -> list[Done]:
        """All shards of the input. Raises ScoringError where the journal holds others than were cut."""
        done = list(self.journal.shards())
        if [entry.number for entry in done] != list(range(self.shards)):
            raise ScoringError(
                f"{self.target.work} holds {len(done)} shards of {self.shards}: run again with --restart"
            )
        self.report = replace(self.report, texts=self.journal.texts())
        return done


def joined(shard: Shard, outcomes: Sequence[Outcome]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Output rows and rejects of a shard, each in the order of the input; `outcomes[i]` belongs to `shard.rows[i]`."""
    rows, rejects = [], list(shard.rejects)
    for row, outcome in zip(shard.rows, outcomes, strict=True):
        if isinstance(outcome, Refusal):
            rejects.append(Reject.of(row.number, outcome.reason, row.text, row.id))
        else:
            rows.append({"row": row.number, **{name: getattr(row, name) for name in META}, **outcome})
    rejects.sort(key=lambda reject: reject.number)
    return rows, [{"row": item.number, "reason": item.reason, "id": item.id, "raw": item.raw} for item in rejects]


def _key(text: str) -> bytes:
    """128 bits: among a billion texts two would share one with a chance of 1 in 10^21."""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _lines(rows: Iterable[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
