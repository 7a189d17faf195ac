"""Connections on which nothing gets on are cut: a head that never ends, an answer that nobody takes.

uvicorn bounds how long a connection may be idle, and nothing else. A byte a second is not idle: a head, or what is
left of a body that was answered already, would hold a connection for ever, and an answer of megabytes its memory. The body
of a request that is being answered is the gate's.
"""

import asyncio
import socket
import struct
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["Patient", "patient"]

LEAST = 10_000  # bytes a second that a client must take while an answer waits for it


class Patient(HttpToolsProtocol):
    """Looks twice in `seconds` whether anything has come of a connection, and cuts it where nothing has."""

    seconds = 60.0
    _timer: asyncio.TimerHandle | None = None
    _waited: Any = None  # the last answer before what is still to come; False while nothing is waited for
    _held, _taken = 0, False  # bytes that wait for the client; whether a part of them went since the last look

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._waited, self._taken = False, False
        self._timer = self.loop.call_later(self.seconds / 2, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        self._taken = True
        super().resume_writing()

    def handle_websocket_upgrade(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().handle_websocket_upgrade()

    def _look(self) -> None:
        held, waited = self.transport.get_write_buffer_size(), self._awaited()
        late = waited is not False and waited is self._waited
        least = LEAST * self.seconds / 2
        stuck = held > 0 and self._held > 0 and not self._taken and self._held - held < least
        if late or stuck:
            # Reset, or the kernel would go on to hold and send what the client does not take.
            self.transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            self.transport.abort()
            return
        self._held, self._waited, self._taken = held, waited, False
        self._timer = self.loop.call_later(self.seconds / 2, self._look)

    def _awaited(self) -> Any:
        """What was answered last (None for nothing yet) where a request is still to come, and False where none is.

        Between two requests uvicorn's own timer runs; a single byte stops it.
        """
        answering = self.cycle is not None and not self.cycle.response_complete
        idle = self.timeout_keep_alive_task is not None or self.transport.is_closing()
        return False if answering or idle else self.cycle


def patient(seconds: float) -> type[Patient]:
    """The protocol with so many seconds: uvicorn makes it by itself, with arguments of its own."""
    return type("Patient", (Patient,), {"seconds": seconds})
