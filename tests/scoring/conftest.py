"""What scoring reads in tests: two tiny bundles and a feed with repeated texts and bad rows."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.tiny import VOCABULARY, tiny_bundle


@pytest.fixture(scope="session")
def news(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundles") / "news", "sentiment").folder


@pytest.fixture(scope="session")
def names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundles") / "names", "entities", seed=1).folder


@pytest.fixture(scope="session")
def feed_content() -> bytes:
    """3,000 lines of JSON: many texts repeat, every 50th line is broken."""
    draw, lines = np.random.default_rng(7), []
    for number in range(3000):
        text = " ".join(draw.choice(VOCABULARY[4:], size=draw.integers(1, 6)))
        row = {"id": f"n{number}", "text": text, "published": "2026-10-20T08:00:00+02:00", "source": "Wire"}
        lines.append("{broken" if number % 50 == 0 else json.dumps(row))
    return "\n".join(lines).encode() + b"\n"


@pytest.fixture
def feed(tmp_path: Path, feed_content: bytes) -> Path:
    path = tmp_path / "feed.jsonl"
    path.write_bytes(feed_content)
    return path


@pytest.fixture(scope="session")
def lines() -> Callable[[Path], list[dict]]:
    """Read a JSONL file."""
    return lambda path: [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
