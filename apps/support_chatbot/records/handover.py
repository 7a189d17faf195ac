"""From the outbox to the team's own system: events as webhooks, signed after Standard Webhooks.

    webhook-id: handoff/KEY/4               the same at every attempt: by it the receiver knows an event again
    webhook-timestamp: 1764000000           when this attempt was made
    webhook-signature: v1,BASE64            HMAC-SHA256 of "id.timestamp.body" with the shared secret
    {"type": "conversation.handed_over", "timestamp": "...", "data": {"session": ..., "reason": ..., "summary": ...,
     "slots": {...}, "wait": ..., "transcript": [...], "channel": ..., "language": ...}}

See https://www.standardwebhooks.com. The receiver checks the signature over the bytes of the body with any library
of that standard, refuses old timestamps, and answers 2xx; anything else is tried again (`headwater.store.outbox`).

The URL may be one of the own network, which `headwater.scoring.web` refuses for feeds: it is set by whoever runs the
server, and never by a customer. Redirects are not followed: they would send a conversation where nobody has agreed to.
"""

import base64
import binascii
import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import httpx
import orjson

from headwater.errors import HeadwaterError, InputError, ServerError
from headwater.secret import secret
from headwater.store import Store
from headwater.store.outbox import Delivered, Message, deliver
from headwater.store.tables import utc_now

__all__ = ["CHANNELS", "Courier", "Webhook", "webhook_from"]

CHANNELS = ("handoff", "chat")
SHORTEST = 24  # bytes of a secret, as the standard asks
LEASE = 60.0  # seconds; several times what one sending may take
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Webhook:
    """Where events go. `secret` is base64 of at least 24 bytes, with or without "whsec_" before it.

    `channels` are those that are sent: "handoff", and "chat" for every reply of the bot. Raises InputError.
    """

    url: str
    secret: str = field(repr=False)
    channels: tuple[str, ...] = ("handoff",)
    seconds: float = 10.0

    def __post_init__(self) -> None:
        try:
            parsed = httpx.URL(self.url)
        except httpx.InvalidURL as fault:
            raise InputError(f"webhook: expected an http or https URL, got {self.url[:200]!r}: {fault}") from fault
        if parsed.scheme not in ("http", "https") or not parsed.host:
            raise InputError(f"webhook: expected an http or https URL, got {self.url[:200]!r}")
        bare = self.secret.removeprefix("whsec_").rstrip("=")
        try:
            key = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
        except (binascii.Error, ValueError) as fault:
            raise InputError("webhook: expected a secret in base64, such as `openssl rand -base64 32` gives") from fault
        if len(key) < SHORTEST:
            raise InputError(f"webhook: expected a secret of at least {SHORTEST} bytes, got {len(key)}")
        if not self.channels or set(self.channels) - set(CHANNELS):
            raise InputError(f"webhook: expected channels of {', '.join(CHANNELS)}, got {', '.join(self.channels)}")


def webhook_from(environment: Mapping[str, str] = os.environ) -> Webhook | None:
    """The webhook that the environment sets, or None: HEADWATER_SUPPORT_WEBHOOK (its URL),
    HEADWATER_SUPPORT_WEBHOOK_SECRET (or HEADWATER_SUPPORT_WEBHOOK_SECRET_FILE, a file that holds it), and
    HEADWATER_SUPPORT_WEBHOOK_SENDS (channels, by commas; "handoff").
    """
    url, name = environment.get("HEADWATER_SUPPORT_WEBHOOK", "").strip(), "HEADWATER_SUPPORT_WEBHOOK_SECRET"
    if not url:
        return None
    held = secret(name, environment)
    if held is None:
        raise InputError(f"{name}: expected the secret that the webhook's receiver has too, found none")
    sends = environment.get("HEADWATER_SUPPORT_WEBHOOK_SENDS", "").replace(" ", "") or "handoff"
    return Webhook(url, held, tuple(sends.split(",")))


class Courier:
    """Delivers what waits in a store's outbox: `once`, or in a thread between `start` and `stop`.

    Several may run, in one process or many: a message is leased to one of them.
    """

    def __init__(
        self, store: Store, webhook: Webhook, every: float = 5.0, now: Callable[[], datetime] = utc_now
    ) -> None:
        self.store, self.webhook, self.every, self.now = store, webhook, every, now
        self._woken, self._stopping = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def once(self, limit: int = 100) -> Delivered:
        """Deliver up to `limit` messages that are due, each with its attempts counted."""
        with httpx.Client(timeout=self.webhook.seconds, follow_redirects=False, trust_env=False) as client:
            channels = {name: lambda message: self._send(client, message) for name in self.webhook.channels}
            return deliver(self.store, channels, limit=limit, lease=LEASE, now=self.now)

    def start(self) -> None:
        """Look every few seconds, and whenever `wake` is called."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self.run, name="headwater-courier", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look now: something was just put into the outbox."""
        self._woken.set()

    def stop(self) -> None:
        """End the thread after the message that it is at; what waits then is for the next one."""
        self._stopping.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join()

    def run(self) -> None:
        """Deliver until `stop`; a store out of reach is logged and asked again."""
        while not self._stopping.is_set():
            self._woken.clear()
            done = Delivered()
            try:
                done = self.once(limit=1)  # one at a time, so that stopping waits for one sending at most
            except HeadwaterError as fault:
                logger.warning("nothing was delivered: %s", fault)
            if done == Delivered():
                self._woken.wait(self.every)

    def _send(self, client: httpx.Client, message: Message) -> None:
        """One attempt. Raises ServerError unless the answer is 2xx; the body of the answer is not read."""
        from standardwebhooks import Webhook as Signer

        body, moment = orjson.dumps(message.payload), self.now()
        event = f"{message.channel}/{message.key}"
        headers = {
            "content-type": "application/json",
            "user-agent": "headwater",
            "webhook-id": event,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": Signer(self.webhook.secret).sign(event, moment, body.decode()),
        }
        with client.stream("POST", self.webhook.url, content=body, headers=headers) as answer:
            if not answer.is_success:
                raise ServerError(f"the webhook answered {answer.status_code}, and 2xx was expected")
