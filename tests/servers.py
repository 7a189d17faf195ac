"""Servers on sockets of their own, in threads, for as long as a test needs them."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import HTTPServer
from typing import Any

import uvicorn

__all__ = ["Served", "answering", "served"]


@dataclass(frozen=True)
class Served:
    """An ASGI app that is served, where, and how to end it before its time."""

    app: Any
    address: str
    stop: Callable[[], None]

    @property
    def url(self) -> str:
        return f"http://{self.address}"


@contextmanager
def served(app: Any, **settings: Any) -> Iterator[Served]:
    """Serve an ASGI app on a free port; `settings` are uvicorn's."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", **settings))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server ended before it began: its log says why"
        time.sleep(0.01)

    def stop() -> None:
        server.should_exit = True
        thread.join(timeout=20)

    try:
        yield Served(app, f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", stop)
    finally:
        stop()


@contextmanager
def answering(server: HTTPServer) -> Iterator[str]:
    """Let a server of the standard library answer; gives its URL."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=20)
