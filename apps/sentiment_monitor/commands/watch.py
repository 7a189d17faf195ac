"""`sentiment-monitor watch`: the poller, with the models, apart from the dashboard."""

import logging
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from headwater.cli.options import Url
from headwater.cli.output import notes
from headwater.store import open_store

__all__ = ["watch"]

LOG = logging.getLogger("sentiment_monitor.watch")


def watch(
    feeds: Annotated[
        str | None,
        typer.Argument(help="FEEDS.toml, whose feeds are added; - for JSONL on stdin; none: those that are known."),
    ] = None,
    threads: Annotated[int, typer.Option(min=1, max=64, help="Feeds that are looked at side by side.")] = 4,
    pause: Annotated[float, typer.Option(min=0.0, help="Seconds between two requests to a host.")] = 1.0,
    read: Annotated[
        bool, typer.Option("--read/--no-read", help="Let the models read what comes, in this process.")
    ] = True,
    model: Annotated[str, typer.Option(help="The bundle that reads: a folder or a name.")] = "financial-news",
    companies: Annotated[
        Path | None, typer.Option(help="A company table (CSV); HEADWATER_COMPANIES or the shipped one if left out.")
    ] = None,
    rules: Annotated[
        Path | None, typer.Option(help="Rules of alerts (TOML); your own or the shipped ones if left out.")
    ] = None,
    keep: Annotated[
        float | None,
        typer.Option(
            min=7, help="Once a day do what `expire --days` does with so many; news is kept for ever if left out."
        ),
    ] = None,
    store: Url = None,
) -> None:
    """Look at each feed when it is due, let the models read what came, and raise alerts; Ctrl-C stops it.

    It may be killed and started again at any time: nothing is lost and nothing doubled. Several may run on one store:
    each feed is looked at by one of them, and one reads. Alerts go to the channels that are set (see `deliver`); where
    none is, they wait for whoever has some.
    """
    from sentiment_monitor.intake.feedlist import read_feeds
    from sentiment_monitor.intake.register import declare
    from sentiment_monitor.records.news import News
    from sentiment_monitor.watching import Watcher

    wanted = read_feeds(Path(feeds)) if feeds not in (None, "-") else []
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("sentiment_monitor").setLevel(logging.INFO)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with open_store(store) as opened:
        news = News(opened)
        declare(news, wanted)
        chores = _chores(news, model, companies, rules) if read else []
        chores += [] if keep is None else [_expiry(news, keep)]
        known = len([feed for feed in news.feeds() if feed.kind in ("url", "folder")])
        notes.print(f"watching {known:,} feeds in {opened.name}  (Ctrl-C stops it)", markup=False, highlight=False)
        if feeds == "-":
            threading.Thread(target=_take_stdin, args=(news,), daemon=True, name="stdin").start()
        Watcher(news, chores, threads=threads, least=pause).run(stop)


def _chores(news: Any, model: str, companies: Path | None, rules: Path | None) -> list[Any]:
    """The models at work, and the alerts on their way where there is one: a thread each."""
    from sentiment_monitor.commands.opening import opened_courier, opened_pipeline
    from sentiment_monitor.watching import Chore

    pipeline, courier = opened_pipeline(news, model, companies, rules), opened_courier(news.store, companies)
    chores = [Chore("reading", pipeline.step)]
    if courier.channels.addresses:  # without any, each try would fail and use up what `deliver` has
        chores.append(Chore("delivery", lambda: courier.once(limit=1).sent, courier.every))
    return chores


def _expiry(news: Any, days: float) -> Any:
    """Forget what is older than its days, once a day, however often a watch is started and however many run."""
    from sentiment_monitor.records import Kept, expire_daily
    from sentiment_monitor.watching import Chore

    def work() -> int:
        if gone := expire_daily(news.store, Kept(items=days), news.now()):
            LOG.info("expired: %s", ", ".join(f"{count:,} {name}" for name, count in gone.items()))
        return 0

    return Chore("expiry", work, every=600.0)


def _take_stdin(news: Any) -> None:
    """Items of standard input until it ends; the feeds go on after."""
    from sentiment_monitor.intake.stream import read_stream, standard_input

    number = news.feed("stdin", "stream")
    for batch in read_stream(standard_input(), news.now, "stdin"):
        news.arrive(number, batch.items, batch.rejects)
