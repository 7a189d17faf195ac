"""A key file -> keys: lines, or TOML (see `headwater.api.keys`). No message ever quotes a key."""

import hashlib
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from headwater.errors import InputError

__all__ = ["SCOPES", "Key", "plain_key", "read_key_file"]

# What a key may be good for: answers of the models, files as jobs, the apps' own routes, Prometheus, everybody's jobs.
SCOPES = ("admin", "chat", "documents", "events", "metrics", "predict", "score")
FIELDS = ("burst", "expires", "key", "name", "rate", "scopes", "sha256")
PLAIN = re.compile(r"[^\s\[\]{}'\"]+")  # what is not is TOML with a slip, whose lines anybody could guess
TABLE = re.compile(r"^\s*\[\[\s*keys\s*\]\]", re.MULTILINE)


@dataclass(frozen=True)
class Key:
    """One key: the sha256 of its UTF-8 bytes, and what it is good for. `expires` is the first moment it is not."""

    name: str
    digest: bytes
    scopes: frozenset[str] = frozenset(SCOPES)
    rate: float | None = None
    burst: int = 1
    expires: datetime | None = None


def plain_key(key: str) -> Key:
    """A key that may do everything, named by the first of its digest's digits."""
    digest = hashlib.sha256(key.encode())
    return Key(f"key-{digest.hexdigest()[:8]}", digest.digest())


def read_key_file(file: Path) -> tuple[Key, ...]:
    """The keys of a file. Raises InputError for one that cannot be read or followed, or holds none."""
    try:
        content = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(f"--keys {file}: expected a readable file: {_said(fault)}") from None
    if file.suffix.lower() == ".toml" or TABLE.search(content):
        return _tables(file, content)
    lines = [line.strip() for line in content.splitlines()]
    held = {number: line for number, line in enumerate(lines, 1) if line and not line.startswith("#")}
    if not held:
        raise InputError(f"--keys {file}: expected a key a line, found none")
    if bad := next((number for number, line in held.items() if not PLAIN.fullmatch(line)), None):
        raise InputError(
            f"--keys {file}, line {bad}: expected a key without blanks, brackets, braces and quotes, or tables [[keys]]"
        )
    return tuple(plain_key(line) for line in dict.fromkeys(held.values()))


def _said(fault: Exception) -> str:
    return fault.strerror or "no reason given" if isinstance(fault, OSError) else "it is not UTF-8"


def _tables(file: Path, content: str) -> tuple[Key, ...]:
    try:
        told = tomllib.loads(content)
    except tomllib.TOMLDecodeError as fault:
        raise InputError(f"--keys {file}: expected TOML: {fault}") from fault
    tables = told.pop("keys", None)
    if told or not isinstance(tables, list) or not tables or not all(isinstance(item, dict) for item in tables):
        raise InputError(f"--keys {file}: expected tables [[keys]] and nothing beside them")
    faults = [f"key {number}: {fault}" for number, table in enumerate(tables, 1) for fault in _faults(table)]
    if faults:
        raise InputError(f"--keys {file}: " + "; ".join(faults))
    return tuple(_key(table) for table in tables)


def _faults(table: Mapping[str, Any]) -> list[str]:
    """Everything that is wrong with one table."""
    scopes, rate, burst, name = (table.get(each) for each in ("scopes", "rate", "burst", "name"))
    checks: Sequence[tuple[bool, str]] = (
        (not set(table) - set(FIELDS), f"expected {', '.join(FIELDS)}, got {', '.join(sorted(set(table) - set(FIELDS)))}"),
        (isinstance(name, str) and bool(re.fullmatch(r"[\w.@-]{1,64}", name)), "expected a name of 1 to 64 letters, digits, . @ - _"),
        (("key" in table) != ("sha256" in table), "expected either key or sha256"),
        (_text(table.get("key", "x")), "expected a key of 1 character at least, without blanks at its ends"),
        (bool(re.fullmatch("[0-9a-fA-F]{64}", str(table.get("sha256", "0" * 64)))), "expected a sha256 of 64 hexadecimal digits"),
        (scopes is None or (isinstance(scopes, list) and bool(scopes) and all(each in SCOPES for each in scopes)),
         f"expected scopes of {', '.join(SCOPES)}"),
        (rate is None or (_number(rate) and 0 < rate < math.inf), "expected a rate above 0, in requests a second"),
        (burst is None or (type(burst) is int and burst >= 1 and rate is not None), "expected a burst of 1 request at least, beside a rate"),
        (isinstance(table.get("expires", date.max), date), "expected a date or a moment in expires"),
    )  # fmt: skip
    return [said for well, said in checks if not well]


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and value == value.strip()


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _key(table: Mapping[str, Any]) -> Key:
    rate = table.get("rate")
    return Key(
        table["name"],
        bytes.fromhex(table["sha256"]) if "sha256" in table else hashlib.sha256(table["key"].encode()).digest(),
        frozenset(table.get("scopes", ("predict",))),
        rate,
        table.get("burst", max(1, math.ceil(rate or 1))),
        _end(table.get("expires")),
    )


def _end(value: date | datetime | None) -> datetime | None:
    """The moment after which a key is no good: a day counts to its end, a moment without a zone is in UTC."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if value is None or value == date.max:
        return None
    return datetime(value.year, value.month, value.day, tzinfo=UTC) + timedelta(days=1)
