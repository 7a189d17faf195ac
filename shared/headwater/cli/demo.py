"""`headwater demo`: score the sample feed that ships, show what came out and the surge in it, open the dashboards."""

import json
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from headwater.cli.app import FIRST_PORT, Host, Port, check_app, open_app
from headwater.cli.dashboards import PACKAGES
from headwater.cli.output import notes, results
from headwater.ui.colours import sentiment_ink

__all__ = ["daily", "demo", "newest", "score_sample", "show_surge"]

MODELS = ("financial-news", "entities")
LABELS = ("negative", "neutral", "positive")
SHOWN = 8  # items
WIDTH = 12  # characters of the longest bar
LATEST_DAYS = 14


def demo(
    check: Annotated[bool, typer.Option("--check", help="Do not block: start the dashboards, look, stop.")] = False,
    port: Port = FIRST_PORT,
    host: Host = "localhost",
) -> None:
    """Score the sample feed (sentiment, topics, companies, names), print it with the surge in it, and open the dashboards."""
    started = time.monotonic()
    rows = score_sample()
    results.print(newest(rows), daily(rows), sep="\n")
    results.print(
        f"{len(rows)} items scored in {time.monotonic() - started:.1f} s, models opened and verified included\n"
    )
    show_surge()
    if not check:
        open_app("hub", host, port)
    report = check_app("hub", host, port)
    notes.print(f"[green]ok[/green] {report['url']} answered and its first page was drawn without an error")


def show_surge() -> None:
    """What the monitor finds in that feed, read by its live path into a store of its own."""
    # By name: the core knows no app, and the monitor may be another's.
    import_module(f"{PACKAGES['monitor']}.commands.sample").sample()


def score_sample() -> list[dict[str, Any]]:
    """Score the feed that ships with the sentiment monitor; rows in the order of time."""
    from headwater.cli.bundles import bundle_folder
    from headwater.cli.dashboards import script
    from headwater.scoring.run import score_file

    feed = script("monitor").parent / "sample" / "feed.jsonl"
    with tempfile.TemporaryDirectory(prefix="headwater-demo-") as folder, notes.status("scoring the sample feed"):
        output = Path(folder) / "scored.jsonl"
        score_file([bundle_folder(name) for name in MODELS], feed, output)
        rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    return sorted(rows, key=lambda row: row["published"] or "")


def newest(rows: Sequence[Mapping[str, Any]], shown: int = SHOWN) -> Table:
    """The newest items, newest first, with their sentiment, their topics and the names in them."""
    table = Table("UTC", "sentiment, topics", "names", "text", title=f"The newest {shown} of {len(rows)} items")
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    table.columns[2].ratio, table.columns[3].ratio = 2, 3
    for row in reversed(rows[-shown:]):
        moment = (row["published"] or "")[5:16].replace("T", " ")
        topics = Text("\n" + ", ".join(topic["label"] for topic in row.get("topics", ())), style="dim")
        # As Text: what stands in a feed is not markup.
        table.add_row(moment, _said(row["sentiment"]) + topics, _names(row), Text(_short(row["text"], 80)))
    return table


def _names(row: Mapping[str, Any]) -> Text:
    """Companies, each with the mark of its polarity, then the other names with their types; each once."""
    companies = row.get("companies", ())  # a bundle of one's own in this place may have no such head
    inks = {span["text"]: sentiment_ink(span["label"]) for span in companies}
    parts = [Text(f"{ink.mark} {_short(name, 30)}", ink.colour) for name, ink in inks.items()]
    others = [
        span
        for span in row["entities"]
        if all(span["end"] <= company["start"] or company["end"] <= span["start"] for company in companies)
    ]
    parts += [Text(said) for said in dict.fromkeys(f"{_short(s['text'], 30)} ({s['label']})" for s in others)]
    return Text(", ").join(parts)


def _said(answer: Mapping[str, Any]) -> Text:
    ink = sentiment_ink(answer["label"])
    return Text(f"{ink.mark} {answer['label']} {answer['probability']:.2f}", style=ink.colour)


def _short(text: str, width: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"


def daily(rows: Sequence[Mapping[str, Any]], days: int = LATEST_DAYS) -> Table:
    """How many items of each sentiment a day had, for the latest days that have any."""
    counts = Counter((row["published"][:10], row["sentiment"]["label"]) for row in rows if row["published"])
    dates = sorted({day for day, _ in counts})[-days:]
    most = max(counts.values(), default=1)
    table = Table("day", *LABELS, title=f"Items a day by sentiment, the latest {len(dates)} days")
    for day in dates:
        table.add_row(day, *(_bar(counts[day, label], most, label) for label in LABELS))
    return table


def _bar(count: int, most: int, label: str) -> Text:
    return Text(f"{count:3} " + "█" * round(WIDTH * count / most), style=sentiment_ink(label).colour)
