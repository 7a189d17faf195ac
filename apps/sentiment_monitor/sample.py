"""The feed that ships, as a store of its own: read, placed and told of by the live path's own code, as if it came now.

    feed.jsonl -> intake (seen when published) -> pipeline -> every tick's alerts -> $HEADWATER_HOME/sample-news-DIGEST.sqlite

The digest is of all that it is made from, so another feed, model or rule makes another file, and the old one goes. What
people said of its alerts goes with it: it is there to be tried.
"""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import headwater
from headwater.home import home
from headwater.scoring.source import open_source
from headwater.store import Store, open_store, schema
from headwater.store.tables import utc_now
from sentiment_monitor.alerts.alarm import tick_of
from sentiment_monitor.alerts.book import Stored
from sentiment_monitor.alerts.rules import read_rules
from sentiment_monitor.intake.items import batches
from sentiment_monitor.news import Arrived
from sentiment_monitor.records import News
from sentiment_monitor.replay.run import changes, trace
from sentiment_monitor.replay.sources import from_store

__all__ = ["COMPANIES", "FEED", "Report", "sample_file", "sample_rules", "sample_rules_file", "sample_store"]

FEED = Path(__file__).with_name("sample") / "feed.jsonl"
COMPANIES, RULES = FEED.with_name("companies.csv"), FEED.with_name("rules.toml")
NAME = "sample"  # of the feed in its store
STEM = "sample-news-"
Report = Callable[[str, float], None]  # "models", "reading" or "alerts", and how much of all is done, 0 to 1


def sample_store(report: Report = lambda stage, done: None) -> Store:
    """Open the sample, made first where it is not there yet, which takes some seconds.

    Raises BundleError where a model is missing or broken, and StoreError where the file cannot be written.
    """
    file = sample_file()
    if not file.exists():
        _make(file, report)
    return open_store(str(file), create=False)


def sample_rules() -> Path:
    """The rules of the sample: those that were saved for it, or the ones beside it."""
    return saved if (saved := sample_rules_file()).is_file() else RULES


def sample_rules_file() -> Path:
    """Where other rules for the sample are saved."""
    return home() / f"{NAME}-news-rules.toml"


def sample_file() -> Path:
    """Where the sample of this feed, these models and these rules stands, or will."""
    return home() / f"{STEM}{_digest()[:16]}.sqlite"


def _digest() -> str:
    from sentiment_monitor.commands.opening import manifests

    made_by = hashlib.sha256(f"{headwater.__version__} {schema.latest()}".encode())
    # A bundle's manifest holds the digests of all its files.
    for file in (FEED, COMPANIES, sample_rules(), *manifests()):
        made_by.update(hashlib.sha256(file.read_bytes()).digest())
    return made_by.hexdigest()


def _make(file: Path, report: Report) -> None:
    """Build it beside its place and move it there; of two who do, the second finds it there and leaves it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=STEM, dir=file.parent) as work:
        built = Path(work) / file.name
        with open_store(str(built)) as store:
            _fill(store, report)
        with contextlib.suppress(FileExistsError):
            os.link(built, file)
    for old in file.parent.glob(f"{STEM}*.sqlite*"):
        if not old.name.startswith(file.name):
            old.unlink(missing_ok=True)


def _fill(store: Store, report: Report) -> None:
    from sentiment_monitor.commands.opening import assembled

    items = sorted(_items(), key=lambda item: (item.seen, item.key))
    end = items[-1].seen
    news = News(store, now=lambda: end)  # it stands for a feed that was watched up to its last item
    news.arrive(news.feed(NAME, "stream", FEED.name), items)
    report("models", 0.05)
    pipeline = assembled(news, companies=COMPANIES, alerts=False)
    report("reading", 0.2)
    pipeline.run_waiting(lambda done: report("reading", 0.2 + 0.5 * done / len(items)))
    report("alerts", 0.75)
    _tell(store)
    news.tick(tick_of(end))
    news.release()


def _items() -> Iterator[Arrived]:
    """The items of the feed, each seen when it was published."""
    with tempfile.TemporaryDirectory() as work:
        for batch in batches(open_source(str(FEED), Path(work)).rows(), utc_now, NAME):
            yield from (replace(item, seen=item.published) for item in batch.items if item.published is not None)


def _tell(store: Store) -> None:
    """What every tick of those days would have opened, raised and closed, written as it would have been; nothing is sent."""
    rules = [replace(rule, channels=()) for rule in read_rules(sample_rules())]
    for _ in changes(trace(from_store(store), rules), rules, Stored(store)):
        pass
