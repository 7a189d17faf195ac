"""The rules of a file at work: read again when the file changes, so that what a page saves holds from the next tick."""

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from headwater.errors import InputError
from sentiment_monitor.alerts.alarm import Alerts, Book, PastLike
from sentiment_monitor.alerts.rule import Change
from sentiment_monitor.alerts.rules import read_rules, standing_rules

__all__ = ["Reread"]

LOG = logging.getLogger("sentiment_monitor.alerts")
Stamp = tuple[Path, int, int]


class Reread:
    """Alerts by the rules of a file, `standing_rules` where none is named. Raises InputError for rules that are wrong.

    A file that is wrong later is told of in the log once, and the last rules hold on.
    """

    def __init__(self, book: Book, file: Path | None = None) -> None:
        self._file: Callable[[], Path] = standing_rules if file is None else lambda: file
        self._book, self._stamp = book, self._look()
        self._alerts = Alerts(read_rules(self._stamp[0]), book)

    def tick(self, now: datetime, past: PastLike) -> list[Change]:
        """As `Alerts.tick`."""
        self._renew()
        return self._alerts.tick(now, past)

    def _renew(self) -> None:
        try:
            stamp = self._look()
            if stamp != self._stamp:
                self._stamp = stamp
                self._alerts = Alerts(read_rules(stamp[0]), self._book)
                LOG.info("%s: the rules were read anew", stamp[0])
        except (InputError, OSError) as fault:
            LOG.error("the rules stay as they were: %s", fault)

    def _look(self) -> Stamp:
        file = self._file()
        try:
            state = file.stat()
        except FileNotFoundError as fault:
            raise InputError(f"{file}: expected a file of rules, found none") from fault
        return file, state.st_mtime_ns, state.st_size
