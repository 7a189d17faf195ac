"""`sentiment-monitor ingest FILE`: news of a file, a URL or standard input, once."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from headwater.cli.options import Json, Url
from headwater.cli.output import notes, print_json
from headwater.store import open_store

__all__ = ["ingest"]


def ingest(
    file: Annotated[
        str,
        typer.Argument(help="JSONL, CSV, Parquet, RSS or Atom, gzipped or not; a feed's URL; - for JSONL on stdin."),
    ],
    feed: Annotated[str | None, typer.Option(help="The feed that its ids are of; the file's name if left out.")] = None,
    source: Annotated[
        str | None, typer.Option(help="The source of items that name none (of a feed by URL: of all).")
    ] = None,
    text: Annotated[str, typer.Option(help="The column of the texts.")] = "text",
    store: Url = None,
    json: Json = False,
) -> None:
    """Write the items of a file to the store, unread; what its feed gave before is left alone, so it may run again.

    `watch` reads them. What cannot be used is kept as a reject with its reason.
    """
    from sentiment_monitor.records.news import News

    name = feed or ("stdin" if file == "-" else Path(file.partition("?")[0]).name or file)
    counts = {"new": 0, "known": 0, "rejected": 0}
    with open_store(store) as opened:
        news = News(opened)
        number = news.feed(name, "stream", "" if file == "-" else file)
        for batch in _batches(file, text, news.now, source, name):
            intake = news.arrive(number, batch.items, batch.rejects)
            counts = {key: counts[key] + getattr(intake, key) for key in counts}
    if json:
        print_json({"feed": name, **counts})
    else:
        notes.print(
            f"{name}: {counts['new']:,} new, {counts['known']:,} known, {counts['rejected']:,} rejected",
            markup=False, highlight=False,
        )  # fmt: skip


def _batches(file: str, text: str, now: Any, source: str | None, name: str) -> Iterator[Any]:
    from headwater.scoring.source import open_source
    from sentiment_monitor.intake.items import batches
    from sentiment_monitor.intake.stream import read_stream, standard_input

    if file == "-":
        yield from read_stream(standard_input(), now, source or name)
    elif "://" in file:
        yield _fetched(file, now(), source)
    else:
        with tempfile.TemporaryDirectory() as work:
            yield from batches(open_source(file, Path(work), text_column=text).rows(), now, source or name)


def _fetched(url: str, now: datetime, source: str | None) -> Any:
    from headwater.scoring.web import fetch
    from sentiment_monitor.intake.documents import read_document

    return read_document(fetch(url), url, now, source)
