"""`sentiment-monitor feeds list | add | pause | resume`: the feeds that are watched, and how they fare."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from headwater.cli.options import Json, Url
from headwater.cli.output import notes, print_json, results
from headwater.errors import InputError
from headwater.store import open_store

__all__ = ["verbs"]

verbs = typer.Typer(add_completion=False, rich_markup_mode="rich", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The feed's name.")]


@verbs.command("list")
def list_feeds(store: Url = None, json: Json = False) -> None:
    """Feeds by name: when each was last read, when it is due, what was wrong."""
    from sentiment_monitor.records.news import News

    with open_store(store) as opened:
        feeds = [_plain(feed) for feed in News(opened).feeds()]
    if json:
        print_json(feeds)
        return
    table = Table("name", "kind", "state", "read", "due", "last error", "address")
    for feed in feeds:
        state = "paused" if feed["paused"] else f"failed {feed['failures']}x" if feed["failures"] else "ok"
        words = (feed["name"], feed["kind"], state, feed["succeeded"], feed["due"], feed["last_error"], feed["address"])
        table.add_row(*(_cell(word) for word in words))
    results.print(table)


@verbs.command("add")
def add(
    name: Name,
    address: Annotated[str, typer.Argument(help="A feed's URL, or a folder or file of news.")],
    every: Annotated[str | None, typer.Option(help="Time between two looks, as 30s, 5m or 2h.")] = None,
    source: Annotated[str | None, typer.Option(help="The source of all its items.")] = None,
    pattern: Annotated[str | None, typer.Option(help="Of a folder: which files, as *.jsonl.")] = None,
    text: Annotated[str | None, typer.Option(help="Of a folder: the column of the texts.")] = None,
    private: Annotated[bool, typer.Option("--private", help="Of a URL: it may be in the own network.")] = False,
    full_text: Annotated[bool, typer.Option("--full-text", help="Of a URL: fetch the page behind each item.")] = False,
    store: Url = None,
) -> None:
    """Add a feed, or change the one of that name; a running `watch` takes it up by itself."""
    from sentiment_monitor.intake.feedlist import wanted_folder, wanted_url
    from sentiment_monitor.intake.register import declare
    from sentiment_monitor.records.news import News

    if "://" in address:
        flags = {"private": private or None, "full_text": full_text or None}
        wanted = wanted_url(name, address, every=every, source=source, pattern=pattern, text=text, **flags)
    elif private or full_text:
        raise InputError("--private and --full-text: expected a feed by URL, got a folder")
    else:
        wanted = wanted_folder(name, Path(address), every=every, source=source, pattern=pattern, text=text)
    with open_store(store) as opened:
        declare(News(opened), [wanted])
    notes.print(f"{wanted.name}: {wanted.address}", markup=False, highlight=False, soft_wrap=True)


@verbs.command("pause")
def pause(name: Name, store: Url = None) -> None:
    """Look at a feed no more, until it is resumed."""
    _set(name, store, paused=True)


@verbs.command("resume")
def resume(name: Name, store: Url = None) -> None:
    """Look at a feed again, at once."""
    _set(name, store, paused=False)


def _set(name: str, store: str | None, paused: bool) -> None:
    from sentiment_monitor.intake.register import named
    from sentiment_monitor.records.news import News

    with open_store(store, create=False) as opened:
        news = News(opened)
        news.pause(named(news, name).id, paused)
    notes.print(f"{name}: {'paused' if paused else 'resumed'}", markup=False, highlight=False)


def _plain(feed: Any) -> dict[str, Any]:
    times = {name: (moment := getattr(feed, name)) and moment.isoformat() for name in ("due", "tried", "succeeded")}
    shown = ("name", "kind", "address", "options", "paused", "failures", "last_error")
    return {name: getattr(feed, name) for name in shown} | times


def _cell(value: Any) -> str:
    from rich.markup import escape

    return escape(str(value or "")[:200])
