"""Models that change while a server runs: another version is opened and tried beside the old one, then takes its place.

What goes wrong leaves the old one serving, and is told at /health, in /metrics and to whoever asked.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from headwater.api.service import Service
from headwater.bundle import MANIFEST, Bundle, open_bundle
from headwater.errors import BundleError, HeadwaterError
from headwater.serving.model import Model, open_model

__all__ = ["Swap", "Swaps"]

AGAIN = 30.0  # seconds after which a version that could not be opened is tried again: its copying may not have ended

log = logging.getLogger("headwater")


@dataclass(frozen=True)
class Swap:
    """The last change of a model, or the last that failed: `fault` says why, and then `before` is what still serves."""

    name: str
    when: str
    before: str | None = None  # digests
    after: str | None = None
    fault: str | None = None


class Swaps:
    """Loads and unloads the models of a service. `find` gives the folder that a name means now.

    `variant` is that of `headwater serve`, left out the default of each bundle.
    """

    def __init__(
        self, service: Service, find: Callable[[str], Path], variant: str | None = None, device: str = "cpu"
    ) -> None:
        self.service, self.find, self.variant, self.device = service, find, variant, device
        self.last: dict[str, Swap] = {}
        self.done, self.failed = 0, 0
        self._one = threading.Lock()  # two models opened at once would hold the memory of both
        self._tried: dict[str, tuple[str, float]] = {}  # name -> what could not be opened, and when
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def load(self, name: str) -> Swap:
        """Serve what a name means now; nothing happens where that is served already. Raises HeadwaterError."""
        with self._one:
            held = self.service.models.get(name)
            before = held.bundle.digest if held else None
            try:
                # What a damaged bundle makes a library raise is of any kind, and the old one goes on whatever it is.
                made = self._opened(name, held)
                if made is not None:
                    self.service.replace(made)
            except Exception as fault:
                said = str(fault) if isinstance(fault, HeadwaterError) else f"{type(fault).__name__}: {fault}"
                if held is not None or name in self.last:  # a name that never was served is told to who asked alone
                    self._note(Swap(name, _now(), before, before, said))
                if isinstance(fault, HeadwaterError):
                    raise
                raise BundleError(f"{name}: could not be opened ({said}): export the bundle again") from fault
            after = made.bundle.digest if made else before
            self._tried.pop(name, None)
            if made is None and name in self.last and not self.last[name].fault:
                return self.last[name]
            return self._note(Swap(name, _now(), before, after))

    def unload(self, name: str) -> Swap:
        """Serve a model no more. Raises UnknownModel."""
        with self._one:
            return self._note(Swap(name, _now(), self.service.remove(name).bundle.digest, None))

    def _opened(self, name: str, held: Model | None) -> Model | None:
        bundle = open_bundle(self.find(name))  # every file is held against its digest
        if held is not None and bundle.digest == held.bundle.digest:
            return None
        _check(name, bundle, held)
        return open_model(bundle, self.variant or bundle.default_variant(self.device), self.device)

    def _note(self, swap: Swap) -> Swap:
        self.last = {**self.last, swap.name: swap}
        if swap.fault:
            self.failed += 1
            log.error("%s goes on with %s: %s", swap.name, (swap.before or "nothing")[:12], swap.fault)
        elif swap.before != swap.after:
            self.done += 1
        return swap

    def told(self) -> list[dict[str, Any]]:
        """The last change of each model, for /health."""
        return [asdict(swap) for _, swap in sorted(self.last.items())]

    def follow(self, seconds: float) -> None:
        """Look every so many seconds whether another version is live, in a thread, until `close`."""
        self._thread = threading.Thread(target=self._follow, args=(seconds,), name="headwater-follow", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _follow(self, seconds: float) -> None:
        while not self._stop.wait(seconds):
            for name in list(self.service.models):
                try:
                    self.look(name)
                except Exception as fault:  # noqa: BLE001 - it is noted, the old one serves, and the next look may find it mended
                    log.debug("%s: %s", name, fault)

    def look(self, name: str) -> None:
        """Load a name where it means another bundle than the one that is served; what failed is not tried at once again.

        A version has a folder of its own: one that was written anew in its place was not promoted, and waits for `load`.
        """
        held = self.service.models.get(name)
        if held is None:
            return
        folder, seen = None, "nothing that can be found"
        with suppress(HeadwaterError, OSError):
            folder = self.find(name)
            seen = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
        if seen == held.bundle.digest:
            if name in self.last and self.last[name].fault:  # the name means again what is served: the fault is over
                self.load(name)
            return
        if folder is not None and folder.resolve() == held.bundle.folder.resolve():
            return
        what, when = self._tried.get(name, ("", 0.0))
        if what != seen or time.monotonic() - when > AGAIN:
            self._tried[name] = seen, time.monotonic()
            self.load(name)


def _check(name: str, bundle: Bundle, held: Model | None) -> None:
    """Raise BundleError for what the callers of the old one could not go on with."""
    if bundle.manifest.name != name:
        raise BundleError(f"{bundle.folder}: expected a bundle of {name}, found one of {bundle.manifest.name}")
    there = {(head.name, head.kind) for head in bundle.manifest.heads}
    gone = [head for head in held.heads if (head.name, head.kind) not in there] if held is not None else []
    if gone:
        raise BundleError(
            f"{bundle.folder}: expected the heads that {name} is asked for, found none for "
            f"{', '.join(f'{head.name} ({head.kind})' for head in gone)}: unload {name} first if that is meant"
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
