"""aliases.json: which version of a model is live, candidate and previous. Many processes may read and change it.

A reader meets the old file or the new one, never half of one; who changes it holds a lock from reading to writing.
"""

import getpass
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from headwater import files
from headwater.errors import BundleError
from headwater.locks import alone

__all__ = ["SHIPPED", "Aliases", "changing", "read_aliases", "took", "write_whole"]

SHIPPED = "shipped"  # the bundle that stood there before any version: no folder of `versions`
FILE, LOCK = "aliases.json", ".aliases.lock"


@dataclass
class Aliases:
    """`live`, `candidate` and `previous` are names of versions (the first 12 figures of a digest), SHIPPED, or None.

    `history` holds what was done, oldest first: action, when, who, and the versions it was about.
    """

    live: str | None = None
    candidate: str | None = None
    previous: str | None = None
    history: list[dict[str, Any]] = field(default_factory=list)

    def passed(self) -> list[str]:
        """The versions that were live before this one, the last of them at the end; a rollback takes one away.

        >>> Aliases(history=[{"action": "promote", "from": "shipped", "to": "a"}]).passed()
        ['shipped']
        """
        stack: list[str] = []
        for entry in self.history:
            if entry.get("action") == "promote" and entry.get("from"):
                stack.append(entry["from"])
            elif entry.get("action") == "rollback":
                while stack and stack.pop() != entry.get("to"):
                    pass
        return stack


def took(action: str, **facts: Any) -> dict[str, Any]:
    """An entry of the history: what was done, when and by whom."""
    try:
        who = getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        who = str(os.getuid()) if hasattr(os, "getuid") else "unknown"
    return {"action": action, "when": datetime.now(UTC).isoformat(timespec="seconds"), "who": who, **facts}


def read_aliases(folder: Path) -> Aliases:
    """The aliases of a model's folder; none where it has no such file. Raises BundleError where it cannot be read."""
    file = folder / FILE
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        found = Aliases(**content)
        _check(found)
    except FileNotFoundError:
        return Aliases()
    except (OSError, ValueError, TypeError, AttributeError) as fault:
        raise BundleError(
            f"{file}: expected which version is live ({fault}): put it right, or delete it to go back to what ships"
        ) from fault
    return found


def _check(found: Aliases) -> None:
    for name in ("live", "candidate", "previous"):
        value = getattr(found, name)
        # A version is a folder's name: nothing in this file may lead out of `versions`.
        if value is not None and (not isinstance(value, str) or not value.isalnum()):
            raise ValueError(f"{name} is {value!r}")
    if not isinstance(found.history, list) or not all(isinstance(entry, Mapping) for entry in found.history):
        raise TypeError("history is no list of entries")


@contextmanager
def changing(folder: Path) -> Iterator[Aliases]:
    """The aliases to change, alone among all processes; written at the end, and not where an error is raised."""
    with alone(folder / LOCK):
        found = read_aliases(folder)
        yield found
        write_whole(folder / FILE, asdict(found))


def write_whole(file: Path, content: Mapping[str, Any] | Sequence[Any]) -> None:
    """Write JSON into a temporary file and rename it: a kill leaves the old file or the new one."""
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    files.write_whole(file, [text.encode("utf-8", "surrogatepass")])
