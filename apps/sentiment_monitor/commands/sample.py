"""`sentiment-monitor sample`: the feed that ships, by the live path, and the surge that was found in it, explained."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from headwater.cli.options import Json
from headwater.cli.output import notes, plain, print_json, results
from headwater.store import Store
from headwater.ui.colours import sentiment_ink

__all__ = ["Found", "Led", "found_in", "sample"]

TITLE = 84  # characters of a headline
SHOWN = "%d %b %H:%M"


@dataclass(frozen=True)
class Led:
    """A story behind an alert; `items` that tell it, `sources` that it was told by."""

    at: datetime
    title: str
    items: int
    sources: int


@dataclass(frozen=True)
class Found:
    """An alert in words; `since` is when the first of its stories came, `most` the story that was told most often since."""

    name: str
    severity: str
    why: str
    opened: datetime
    closed: datetime | None
    since: datetime
    led: tuple[Led, ...]
    most: Led


def sample(
    json: Json = False,
) -> None:
    """Read the shipped feed as if it came now (some seconds, once), and say what the alerts found in it."""
    from sentiment_monitor.sample import sample_store

    with notes.status("reading the sample feed by the live path") as status:
        store = sample_store(lambda stage, done: status.update(f"{stage}: {done:.0%}"))
    with store:
        found, counts = found_in(store), _counts(store)
    if json:
        print_json({**counts, "alerts": [plain(asdict(one)) for one in found]})
        return
    told = "no alert" if not found else "1 alert" if len(found) == 1 else f"{len(found)} alerts"
    results.print(f"The monitor on the sample feed: {counts['items']} items, {counts['stories']} stories, {told}\n")
    for one in found:
        _show(one)


def found_in(store: Store) -> list[Found]:
    """The alerts of a sample, the first one first."""
    from headwater.companies.table import Companies
    from headwater.ui.texts import catalogue
    from sentiment_monitor.alerts import inbox
    from sentiment_monitor.alerts.wording import worded
    from sentiment_monitor.naming import name_of
    from sentiment_monitor.records import Past
    from sentiment_monitor.sample import COMPANIES

    t, table, past, found = catalogue("en"), Companies.open(COMPANIES), Past(store), []
    for judged in reversed(inbox.alerts(store)):
        alert, why = judged.alert, judged.alert.reason
        led = [_led(past.story(number, limit=1)) for number in alert.led]
        rows = past.stories(alert.dimension, alert.value, alert.opened.replace(hour=0, minute=0), alert.updated, why["sentiment"])  # fmt: skip
        told = [Led(row.at, row.title, row.items, row.sources) for row in rows] or led
        found.append(
            Found(
                name_of(t, table, alert.dimension, alert.value), t(f"newsalert.severity.{alert.severity}"),
                worded(why), alert.opened, alert.closed, min(one.at for one in told), tuple(led),
                max(told, key=lambda one: one.items),
            )
        )  # fmt: skip
    return found


def _led(story: Any) -> Led:
    return Led(story.at, story.title, story.count, len(story.sources))


def _counts(store: Store) -> dict[str, int]:
    from headwater.store.news import NEWS_ITEM, NEWS_STORY

    with store.read() as connection:
        return {
            name: int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
            for name, table in (("items", NEWS_ITEM), ("stories", NEWS_STORY))
        }


def _show(one: Found) -> None:
    ink = sentiment_ink("negative")
    results.print(Text(f"{ink.mark} {one.severity}: {one.name}", style=f"bold {ink.colour}"))
    ended = f", ended {one.closed:{SHOWN}}" if one.closed else ""
    lines = [f"{one.why}.", f"Began {one.since:{SHOWN}}, alert opened {one.opened:{SHOWN}}{ended} (UTC)."]
    if one.most.items > 1:
        lines.append(
            f"One story was told {one.most.items} times by {one.most.sources} sources, and counted once: {_short(one.most.title)}"
        )
    results.print(Padding(Text("\n".join([*lines, "Led by:"])), (0, 0, 0, 2)))
    table = Table("", "", box=None, show_header=False, padding=(0, 1))
    for column in table.columns:
        column.no_wrap, column.overflow = True, "ellipsis"
    for led in one.led:
        table.add_row(f"{led.at:{SHOWN}}", Text(_short(led.title)))  # as Text: what stands in a feed is not markup
    results.print(Padding(table, (0, 0, 1, 3)))


def _short(title: str) -> str:
    line = " ".join(title.split())
    return line if len(line) <= TITLE else line[: TITLE - 1].rstrip() + "…"
