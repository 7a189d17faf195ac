"""A row of any input -> an item with its key, or a reject with its reason."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from headwater.scoring.rows import Reject, Row
from sentiment_monitor.news import Arrived, Rejected

__all__ = ["Batch", "batches", "gather", "item_of", "key_of", "reject_of", "told_apart"]

KEY = 64  # characters of a key; a hash has exactly as many, and what stands as it came has fewer
TITLE, SOURCE, URL, WRITTEN = 300, 255, 4000, 200  # characters that are kept
ROWS, CHARACTERS = 2000, 8_000_000  # of a batch at most, whichever is reached first
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
EARLIEST = 1970  # years before are a machine's zero, not a date of news


@dataclass(frozen=True)
class Batch:
    """What one look at a feed gave."""

    items: list[Arrived] = field(default_factory=list)
    rejects: list[Rejected] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.items) + len(self.rejects)

    def take(self, row: Row | Reject, seen: datetime, source: str) -> None:
        """Add a row as what it is."""
        if isinstance(row, Row):
            self.items.append(item_of(row, seen, source))
        else:
            self.rejects.append(reject_of(row))


def gather(rows: Iterable[Row | Reject], seen: datetime, source: str) -> Batch:
    """All rows of a document; `source` is for those that name none."""
    batch = Batch()
    for row in rows:
        batch.take(row, seen, source)
    return batch


def batches(
    rows: Iterable[Row | Reject], now: Callable[[], datetime], source: str, size: int = ROWS
) -> Iterator[Batch]:
    """Rows of an input of any length, some at a time; each batch was seen when it begins."""
    batch, held, seen = Batch(), 0, now()
    for row in rows:
        batch.take(row, seen, source)
        held += row.size()
        if len(batch) >= size or held >= CHARACTERS:
            yield batch
            batch, held, seen = Batch(), 0, now()
    if len(batch):
        yield batch


def item_of(row: Row, seen: datetime, source: str) -> Arrived:
    """A row as an item; its text begins with its title, where it has one."""
    text = row.text.strip()
    title = " ".join((row.title or "").split())
    if title and not " ".join(text[: len(title) + 200].split()).startswith(title):
        text = f"{title}\n{text}"
    published, written = _published(row)
    return Arrived(
        key=key_of(row.id or row.url, title, text, written or row.published),
        title=_short(title or text.partition("\n")[0], TITLE),
        text=text,
        source=_short((row.source or "").strip() or source, SOURCE),
        seen=seen,
        published=published,
        published_original=None if written is None else written[:WRITTEN],
        url=row.url if row.url is None or len(row.url) <= URL else None,
    )


def reject_of(reject: Reject) -> Rejected:
    """A reject whose key is what it is made of, so that the same one of the next look stands once."""
    return Rejected(_hash(reject.id or "", reject.reason, reject.raw), reject.reason, reject.raw)


def key_of(name: str | None, title: str, text: str, published: str | None) -> str:
    """The identity of an item in its feed: its id or link as it stands, or a hash of a long one, or of all it says.

    >>> key_of(" urn:1 ", "Oil", "Oil fell", None), len(key_of(None, "Oil", "Oil fell", None))
    ('urn:1', 64)
    """
    name = (name or "").strip()
    if name:
        return name if len(name) < KEY else _hash(name)
    return _hash(title, text, published or "")


def told_apart(batch: Batch) -> Batch:
    """Items of one document by other keys where an id names several that differ: it is none.

    They are told apart by link, and where that is shared too by all they say.
    """
    by_key: dict[str, set[str]] = defaultdict(set)
    by_link: dict[str | None, set[str]] = defaultdict(set)
    for item in batch.items:
        by_key[item.key].add(item.text)
        by_link[item.url].add(item.text)
    items = []
    for item in batch.items:
        if len(by_key[item.key]) > 1:
            link = item.url if item.url and len(by_link[item.url]) == 1 else None
            when = item.published_original or (item.published and item.published.isoformat())
            item = replace(item, key=key_of(link, item.title, item.text, when))
        items.append(item)
    return Batch(items, batch.rejects)


def _published(row: Row) -> tuple[datetime | None, str | None]:
    """The moment, or what was written where that is none."""
    if row.published is None:
        return None, row.published_original
    moment = datetime.fromisoformat(row.published)
    return (moment, None) if moment.year >= EARLIEST else (None, row.published)


def _short(text: str, most: int) -> str:
    """One line without control characters, which a terminal would obey."""
    text = " ".join(CONTROLS.sub("", text[: 4 * most]).split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
