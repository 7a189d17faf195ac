"""Read a feed into items that stand in time: what the core reads, less what has no date."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from headwater.scoring.rows import Reject, Row
from headwater.scoring.source import open_source

__all__ = ["SAMPLE", "Item", "read"]

SAMPLE = Path(__file__).with_name("sample") / "feed.jsonl"
NO_DATE = "expected a date in 'published', as 2026-11-12T08:30:00Z"


@dataclass(frozen=True)
class Item:
    """One thing that was published. `published` is in UTC, and so are the days that it is counted by."""

    id: str
    published: datetime
    source: str
    url: str
    text: str

    @property
    def day(self) -> date:
        return self.published.date()


def read(path: Path) -> tuple[list[Item], list[Reject]]:
    """Items in the order of their time, and the records that were set aside with their reasons.

    `path` is a JSONL, CSV, Parquet, RSS or Atom file. Raises InputError or DataError where it cannot be read at all.
    """
    items, rejects = [], []
    for row in open_source(str(path), path.parent).rows():
        if isinstance(row, Reject):
            rejects.append(row)
        elif row.published is None:
            rejects.append(Reject.of(row.number, f"{NO_DATE}, got {row.published_original!r}", row.text, row.id))
        else:
            items.append(_item(row))
    return sorted(items, key=lambda item: (item.published, item.id)), rejects


def _item(row: Row) -> Item:
    when = datetime.fromisoformat(row.published or "")
    return Item(row.id or f"row-{row.number}", when, row.source or "", row.url or "", row.text.strip())
