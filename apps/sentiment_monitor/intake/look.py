"""One look at a feed: what it gave, where the next look begins, and when that is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sentiment_monitor.intake.items import Batch
from sentiment_monitor.records.rows import Feed

__all__ = ["Look", "Looking"]


@dataclass(frozen=True)
class Look:
    """What is written in one transaction. `due` is None where the look goes on; `gone` where it was the last."""

    batch: Batch = field(default_factory=Batch)
    state: dict[str, Any] | None = None
    due: datetime | None = None
    failed: str | None = None
    gone: bool = False


Looking = Callable[[Feed, Callable[[], datetime]], Iterator[Look]]
