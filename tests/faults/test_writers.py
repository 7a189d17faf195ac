"""Four processes write corrections into one store at once: every row is there, and is there once."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from headwater.store import open_store
from headwater.store.corrections import record, recorded
from tests.faults.conftest import many
from tests.store.test_corrections import LABEL

WRITERS = 4


def write(url: str, start: Path, rows: int, writer: int) -> tuple[float, float]:
    """When this process began to write, and when it had written its rows, each in a transaction of its own."""
    with open_store(url, wait=120.0) as store:  # SQLite lets nobody queue: on a busy machine one may wait long
        (start / str(writer)).touch()
        while len(list(start.iterdir())) < WRITERS:  # else the first would be done before the last is born
            time.sleep(0.005)
        began = time.time()
        for row in range(rows):
            record(store, replace(LABEL, text=f"row {row} of writer {writer}"))
        return began, time.time()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_four_writers_lose_and_double_nothing(
    url: str,
    tmp_path: Path,
    processes: Callable[[int], ProcessPoolExecutor],
    told: Callable[[str, str, str], None],
    request: pytest.FixtureRequest,
) -> None:
    rows, start = many(1000, 20), tmp_path / "start"
    start.mkdir()
    with processes(WRITERS) as pool:
        times = list(pool.map(partial(write, url, start, rows), range(WRITERS)))
    assert max(began for began, _ in times) < min(ended for _, ended in times), "they wrote one after the other"
    with open_store(url) as store:
        kept = recorded(store)
    assert Counter(row.text for row in kept) == {
        f"row {row} of writer {writer}": 1 for row in range(rows) for writer in range(WRITERS)
    }
    assert len({row.id for row in kept}) == WRITERS * rows
    for writer in range(WRITERS):
        numbers = [row.id for row in sorted(kept, key=lambda row: row.id) if row.text.endswith(f"writer {writer}")]
        assert all(one < other for one, other in pairwise(numbers))
    seconds = max(ended for _, ended in times) - min(began for began, _ in times)
    where = "PostgreSQL" if "postgresql" in url else "SQLite"
    told(
        f"4 processes write {rows:,} corrections each into one {where} store at once", f"{WRITERS * rows:,} rows, none lost or doubled",
        f"{len(kept):,} rows, each once, in {seconds:.0f} s",
    )  # fmt: skip
