"""From the outbox to the channels: at least once, tried again ever later, and kept with the error when given up."""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime

from headwater.errors import HeadwaterError
from headwater.store import Store
from headwater.store.outbox import Delivered, Message, deliver
from headwater.store.tables import utc_now
from sentiment_monitor.alerts.book import CHANNEL
from sentiment_monitor.alerts.channels import Channels, send
from sentiment_monitor.alerts.wording import leaders, note

__all__ = ["Courier"]

LEASE = 90.0  # seconds; several times what one sending may take
logger = logging.getLogger(__name__)


class Courier:
    """Delivers the alerts that wait in a store: `once`, or by `run` until stopped. Several may run; one message is one's.

    `names`: companies by id, as they are to be called.
    """

    def __init__(
        self, store: Store, channels: Channels, names: Mapping[str, str] | None = None, every: float = 5.0,
        now: Callable[[], datetime] = utc_now,
    ) -> None:  # fmt: skip
        self.store, self.channels, self.names, self.every, self.now = store, channels, names or {}, every, now
        self._stopping = threading.Event()

    def once(self, limit: int = 100) -> Delivered:
        """Deliver up to `limit` alerts that are due."""
        done = deliver(self.store, {CHANNEL: self._send}, limit=limit, lease=LEASE, now=self.now)
        if done != Delivered():
            logger.info("alerts: %d sent, %d to be tried again, %d given up", done.sent, done.failed, done.dead)
        return done

    def run(self) -> None:
        """Deliver until `stop`; a store out of reach is logged and asked again."""
        while not self._stopping.is_set():
            done = Delivered()
            try:
                done = self.once(limit=1)  # one at a time, so that stopping waits for one sending at most
            except HeadwaterError as fault:
                logger.warning("no alert was delivered: %s", fault)
            if done == Delivered():
                self._stopping.wait(self.every)

    def stop(self) -> None:
        """End `run` after the message that it is at."""
        self._stopping.set()

    def _send(self, message: Message) -> None:
        alert = message.payload
        said = note(alert, leaders(self.store, alert["led"]), self.channels.language, self.names)
        send(self.channels, alert["to"], said, alert["severity"])
