"""What is done to Headwater on purpose, and what became of it.

`make test-faults` names a file in HEADWATER_FAULTS: then every fault comes as often as the table in the README says, and what
was found is written there. Without, the same tests run with smaller numbers and write nothing.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

__all__ = ["many"]

FILE = Path(os.environ["HEADWATER_FAULTS"]) if os.environ.get("HEADWATER_FAULTS") else None


def many(all_of_them: int, some: int) -> int:
    """How often a fault comes: `all_of_them` where the table is made, `some` in every other run of the tests."""
    return all_of_them if FILE else some


@pytest.fixture
def told() -> Callable[[str, str, str], None]:
    """Writes a line of the table: what was done, what was wanted, what was found. Call it after the last assertion."""

    def tell(fault: str, wanted: str, found: str) -> None:
        if FILE is None:
            return
        before = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}
        lines = before | {fault: {"wanted": wanted, "found": found}}
        FILE.write_text(json.dumps(dict(sorted(lines.items())), indent=1) + "\n", encoding="utf-8")

    return tell
