"""Connections that are kept and shared: one for each server, whoever speaks through it, closed with the last of them."""

import threading
import weakref
from collections.abc import Callable, Hashable
from typing import Any

__all__ = ["Share"]

_held: dict[Hashable, tuple[Any, set[int]]] = {}  # what leads there -> the connection, and the shares in it
_lock = threading.RLock()  # a share may be collected while another is taken, in the same thread


class Share:
    """A part in the connection that `make` opens for the first of its key; closing the last part closes it."""

    def __init__(self, key: Hashable, make: Callable[[], Any]) -> None:
        with _lock:
            if key not in _held:
                _held[key] = make(), set()
            self.connection, shares = _held[key]
            shares.add(id(self))
        self.close = weakref.finalize(self, _leave, key, id(self))


def _leave(key: Hashable, share: int) -> None:
    with _lock:
        connection, shares = _held[key]
        shares.discard(share)
        if not shares:
            del _held[key]
            connection.close()
