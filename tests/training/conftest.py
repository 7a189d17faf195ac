import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.tiny_encoder import tiny_encoder

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # it is read when MLflow is imported


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Sums in one order, so that two runs may be held against each other to the bit."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def encoder_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_encoder(tmp_path_factory.mktemp("encoder") / "tiny")
