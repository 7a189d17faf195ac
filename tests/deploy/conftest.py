from pathlib import Path
from typing import Any

import pytest

from headwater.api.app import create_app
from headwater.serving.model import open_model
from tests.tiny import tiny_bundle


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The app of `headwater serve`, with a tiny model."""
    folder: Path = tmp_path_factory.mktemp("api")
    app = create_app([open_model(tiny_bundle(folder / "news", "sentiment"), "int8", "cpu")], workers=1)
    yield app
    app.state.service.batcher.close()
