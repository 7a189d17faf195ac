"""Servers on real sockets, with tiny models."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from headwater.api.app import create_app
from headwater.api.service import Limits
from headwater.serving.model import Model, open_model
from tests.tiny import tiny_bundle


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Model]:
    """Three tiny models: `all` with most heads, `one` with sentiment alone, `same` for pairs."""
    root = tmp_path_factory.mktemp("served")
    made = {"all": ("sentiment", "entities", "topics", "vector"), "one": ("sentiment",), "same": ("same",)}
    return [open_model(tiny_bundle(root / name, *heads), "int8", "cpu") for name, heads in made.items()]


class Server:
    """A server in a thread: its URL and its app."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.uvicorn = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
        self.thread = threading.Thread(target=self.uvicorn.run, daemon=True)
        self.thread.start()
        while not self.uvicorn.started:
            time.sleep(0.01)
        port = self.uvicorn.servers[0].sockets[0].getsockname()[1]
        self.address, self.url = f"127.0.0.1:{port}", f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        self.uvicorn.should_exit = True
        self.thread.join(timeout=10)


@pytest.fixture(scope="module")
def serving() -> Iterator[Callable[..., Server]]:
    """Start servers: serving(models, limits, keys)."""
    started: list[Server] = []

    def start(models: list[Model], limits: Limits | None = None, keys: tuple[str, ...] = ()) -> Server:
        started.append(Server(create_app(models, limits, keys, workers=2)))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="module")
def server(serving: Callable[..., Server], models: list[Model]) -> Server:
    return serving(models)


@pytest.fixture(scope="session")
def bundles(models: list[Model]) -> dict[str, Path]:
    return {model.bundle.manifest.name: model.bundle.folder for model in models}
