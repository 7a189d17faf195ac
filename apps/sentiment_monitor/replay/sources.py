"""Where a history comes from: the store, a feed that the live path's own code reads anew, or a file of labels.

A label is a line of JSON: {"at": ..., "seen": ..., "dimension": "topic", "value": "Energy", "sentiment": "negative",
"story": 7}, times in ISO 8601 with their zone. A known surge is one too: {"dimension": "company", "value": "shell",
"start": ..., "end": ..., "factor": 3}, the factor where it is known.
"""

import json
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import sqlalchemy as sa

from headwater.errors import InputError
from headwater.scoring.source import open_source
from headwater.store import Store, open_store
from headwater.store.news import NEWS_LABEL
from headwater.store.tables import utc_now
from sentiment_monitor.intake.items import batches
from sentiment_monitor.news import DIMENSIONS, SENTIMENTS
from sentiment_monitor.records import News
from sentiment_monitor.replay.history import Event, History, Surge

__all__ = ["from_feed", "from_labels", "from_store", "read_surges"]

PART = 50_000  # labels that are held as rows at a time


class Pipeline(Protocol):
    """What reads, places and settles what waits."""

    def run_waiting(self) -> int: ...


def from_store(
    store: Store, since: datetime | None = None, until: datetime | None = None, dimensions: Collection[str] = DIMENSIONS
) -> History:
    """The labels of these dimensions that the store holds, seen from `since` to `until`. Raises InputError where there are none.

    A history of months is a million labels: they come as they are stored, and become columns part by part.
    """
    label, known = NEWS_LABEL.c, {name: place for place, name in enumerate(SENTIMENTS)}
    moments = (sa.type_coerce(column, sa.BigInteger) for column in (label.at, label.seen))
    chosen = sa.select(label.dimension, label.value, *moments, label.sentiment, label.story)
    if set(dimensions) != set(DIMENSIONS):
        chosen = chosen.where(label.dimension.in_(sorted(dimensions)))
    if since is not None:
        chosen = chosen.where(label.seen >= since)
    if until is not None:
        chosen = chosen.where(label.seen <= until)
    series: dict[tuple[str, str], int] = {}
    parts = [np.empty((0, 5), np.int64)]
    with store.read() as connection:
        for rows in connection.execution_options(yield_per=PART).execute(chosen).partitions():
            part = ((series.setdefault((of, value), len(series)), at, seen, known[said], story) for of, value, at, seen, said, story in rows)  # fmt: skip
            parts.append(np.array(list(part), np.int64))
    of, at, seen, sentiment, story = np.concatenate(parts).T
    names = sorted(series)
    place = np.empty(len(names), np.int64)
    place[[series[name] for name in names]] = np.arange(len(names))
    return History.of_columns(names, place[of], at, seen, sentiment, story)


def from_feed(
    file: str, opened: Callable[[News], Pipeline], text_column: str = "text", source: str | None = None
) -> tuple[History, int]:
    """A feed's items through the live path: each was seen when it was published; also the number left out.

    Left out is what cannot be read or has no date. `opened` gives the pipeline of a store, which is thrown away after.
    """
    with tempfile.TemporaryDirectory() as work, closing(open_store(str(Path(work) / "replay.sqlite"))) as store:
        news = News(store)
        feed, left_out = news.feed("replay", "stream", file), 0
        rows = open_source(file, Path(work), text_column=text_column).rows()
        for batch in batches(rows, utc_now, source or Path(file).name):
            dated = [replace(item, seen=item.published) for item in batch.items if item.published is not None]
            intake = news.arrive(feed, dated)
            left_out += len(batch) - intake.new
        opened(news).run_waiting()
        return from_store(store), left_out


def from_labels(file: Path) -> History:
    """The labels of a file. Raises InputError with the line of what cannot be read."""
    return History.of_events(_event(row, where) for where, row in _lines(file))


def read_surges(file: Path) -> list[Surge]:
    """The known surges of a file. Raises InputError with the line of what cannot be read."""
    surges = []
    for where, row in _lines(file):
        start, end = (_moment(row, name, where) for name in ("start", "end"))
        if end <= start:
            raise InputError(f"{where}: expected a surge that ends after it starts, got {row['start']} to {row['end']}")
        dimension, value = _target(row, where)
        factor = row.get("factor")
        if factor is not None and not isinstance(factor, int | float):
            raise InputError(f"{where}: expected a number as factor, got {factor!r}")
        surges.append(Surge(dimension, value, start, end, factor))
    return surges


def _event(row: Mapping[str, Any], where: str) -> Event:
    at, seen = _moment(row, "at", where), _moment(row, "seen", where)
    sentiment, story = row.get("sentiment"), row.get("story")
    if sentiment not in SENTIMENTS:
        raise InputError(f"{where}: expected a sentiment of {', '.join(SENTIMENTS)}, got {sentiment!r}")
    if not isinstance(story, int) or isinstance(story, bool):
        raise InputError(f"{where}: expected a whole number as story, got {story!r}")
    return Event(at, seen, *_target(row, where), sentiment, story)


def _lines(file: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if not file.is_file():
        raise InputError(f"{file}: expected a file of JSON lines, found none")
    with file.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError:
                row = None
            if not isinstance(row, dict):
                raise InputError(f"{file}, line {number}: expected a JSON object, got {line.strip()[:80]!r}")
            yield f"{file}, line {number}", row


def _target(row: Mapping[str, Any], where: str) -> Sequence[str]:
    dimension, value = row.get("dimension"), row.get("value")
    if dimension not in DIMENSIONS or not isinstance(value, str):
        raise InputError(
            f"{where}: expected a dimension of {', '.join(DIMENSIONS)} and its value, got {dimension!r} and {value!r}"
        )
    return dimension, value


def _moment(row: Mapping[str, Any], name: str, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(row[name])
    except (KeyError, TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InputError(
            f'{where}: expected {name} such as "2026-11-12T09:30:00Z", with its zone, got {row.get(name)!r}'
        )
    return moment
