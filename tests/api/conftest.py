"""Servers on real sockets, with tiny models."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from headwater.api.app import create_app
from headwater.api.service import Limits
from headwater.serving.model import Model, open_model
from tests.servers import Served, served
from tests.tiny import tiny_bundle


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Model]:
    """Three tiny models: `all` with most heads, `one` with sentiment alone, `same` for pairs."""
    root = tmp_path_factory.mktemp("served")
    made = {"all": ("sentiment", "entities", "topics", "vector"), "one": ("sentiment",), "same": ("same",)}
    return [open_model(tiny_bundle(root / name, *heads), "int8", "cpu") for name, heads in made.items()]


@pytest.fixture(scope="module")
def serving() -> Iterator[Callable[..., Served]]:
    """Start servers: serving(models, limits, keys)."""
    with ExitStack() as started:

        def start(models: list[Model], limits: Limits | None = None, keys: tuple[str, ...] = ()) -> Served:
            return started.enter_context(served(create_app(models, limits, keys, workers=2)))

        yield start


@pytest.fixture(scope="module")
def server(serving: Callable[..., Served], models: list[Model]) -> Served:
    return serving(models)


@pytest.fixture(scope="session")
def bundles(models: list[Model]) -> dict[str, Path]:
    return {model.bundle.manifest.name: model.bundle.folder for model in models}
