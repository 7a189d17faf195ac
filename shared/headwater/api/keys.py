"""Who may do what, and how often: the keys of a server.

A key file is either lines, one key each, which may do everything, or TOML:

    [[keys]]
    name = "dashboards"                       # what the log says in place of the key
    sha256 = "5e884898da28047151d0e56f8dc6..."  # of the key; or key = "...", and then the file is a secret
    scopes = ["predict", "score"]             # left out: predict
    rate = 50                                 # requests a second, left out: as many as the server takes
    burst = 100                               # requests at once before the rate holds; left out: a second's
    expires = 2027-01-31                      # the last day, in UTC, or a moment

A file that changes is read again; one that is broken then changes nothing, and the log says why. A digest without salt is
safe for keys that are drawn (`openssl rand -hex 24`), not for words that can be guessed.
"""

import hashlib
import hmac
import logging
import math
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from headwater.api.key_file import SCOPES, Key, plain_key, read_key_file
from headwater.errors import HeadwaterError, InputError

__all__ = ["ANYBODY", "Caller", "Forbidden", "Keys", "RateLimited", "Unauthorized", "token_of"]

LOOK = 1.0  # seconds between two looks whether the file has changed

log = logging.getLogger("headwater.keys")


class Unauthorized(HeadwaterError):
    """No key came, or none that is known and has not expired."""


class Forbidden(HeadwaterError):
    """The key is good, and not for this."""


class RateLimited(HeadwaterError):
    """The key was used too often; `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"this key has used up its requests: try again in {retry_after} s")


@dataclass(frozen=True)
class Caller:
    """Who asks. `name` is what logs and records say in place of the key, empty where no key is asked for."""

    name: str
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        return scope in self.scopes


ANYBODY = Caller("", frozenset(SCOPES))


def token_of(authorization: str | None, api_key: str | None) -> str:
    """The key that a request brings, as x-api-key or as a bearer token; empty where there is none."""
    scheme, _, token = (authorization or "").partition(" ")
    return api_key or (token.strip() if scheme.lower() == "bearer" else "")


@dataclass
class _Bucket:
    """The generic cell rate algorithm, which is a token bucket in one number: the moment when it is full again."""

    full: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, now: float, rate: float, burst: int) -> float:
        """Take a request, or say in how many seconds one would be taken."""
        with self.lock:
            then = max(self.full, now) + 1 / rate
            over = then - now - burst / rate
            if over <= 1e-9:
                self.full = then
                return 0.0
            return over


class Keys:
    """The keys of a server; without any it is open, and everybody may do everything.

    Raises InputError for keys that are blank, a key that stands twice, or a file that cannot be followed. May be
    asked from any thread.
    """

    def __init__(
        self, keys: Sequence[Key] = (), file: Path | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.own, self.file, self.clock = tuple(keys), file, clock
        self._buckets: dict[bytes, _Bucket] = {}
        self._lock = threading.Lock()
        self._stamp = self._look()
        self._looked = clock()
        self.keys = self._gather()

    @classmethod
    def of(cls, given: "Keys | Iterable[str]") -> "Keys":
        """Keys as they are, or those of a list of strings, which may do everything."""
        if isinstance(given, Keys):
            return given
        listed = [given] if isinstance(given, str) else list(given)
        if isinstance(given, str) or not all(key.strip() for key in listed):
            raise InputError("expected a list of API keys, none of them blank")
        return cls([plain_key(key) for key in dict.fromkeys(listed)])

    def __bool__(self) -> bool:
        return bool(self.keys)

    def admit(self, token: str, scope: str) -> Caller:
        """Who holds this key, where it is good for `scope` and was not used too often; it counts as one request.

        Raises Unauthorized, Forbidden or RateLimited. Without any keys everybody is admitted.
        """
        self._refresh()
        keys = self.keys
        if not keys:
            return ANYBODY
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        found = [key for key in keys if hmac.compare_digest(digest, key.digest)]  # all are tried: time tells nothing
        if not found or not token:
            raise Unauthorized("expected a valid API key in Authorization: Bearer KEY")
        key = found[0]
        if key.expires is not None and datetime.now(UTC) >= key.expires:
            raise Unauthorized(f"the key {key.name} expired on {key.expires:%Y-%m-%d %H:%M} UTC: ask for a new one")
        if key.rate is not None:
            wait = self._bucket(digest).wait(self.clock(), key.rate, key.burst)
            if wait:
                raise RateLimited(max(1, math.ceil(wait)))
        if scope not in key.scopes:
            raise Forbidden(f"the key {key.name} is for {', '.join(sorted(key.scopes))}, and this asks for {scope}")
        return Caller(key.name, key.scopes)

    def _bucket(self, digest: bytes) -> _Bucket:
        with self._lock:
            return self._buckets.setdefault(digest, _Bucket())

    def _gather(self) -> tuple[Key, ...]:
        held = list(dict.fromkeys((*self.own, *(read_key_file(self.file) if self.file is not None else ()))))
        for named in ("name", "digest"):
            values = [getattr(key, named) for key in held]
            twice = sorted({key.name for key, value in zip(held, values, strict=True) if values.count(value) > 1})
            if twice:
                raise InputError(f"expected keys that differ in name and in value, got {twice[0]} twice")
        return tuple(held)

    def _look(self) -> tuple[int, int, int] | None:
        try:
            state = self.file.stat() if self.file is not None else None
        except OSError:
            return None
        return None if state is None else (state.st_mtime_ns, state.st_size, state.st_ino)

    def _refresh(self) -> None:
        """Read the file again where it has changed; a server that asks for keys never becomes an open one."""
        now = self.clock()
        if self.file is None or now - self._looked < LOOK:
            return
        with self._lock:
            if now - self._looked < LOOK:
                return
            self._looked, stamp = now, self._look()
            if stamp == self._stamp:
                return
            self._stamp = stamp
        try:
            self.keys = self._gather()
        except InputError as fault:
            log.error("the keys stay as they were: %s", fault)
        else:
            log.info("the keys were read again: %d of them", len(self.keys))
            held = {key.digest for key in self.keys}
            with self._lock:
                self._buckets = {digest: bucket for digest, bucket in self._buckets.items() if digest in held}
