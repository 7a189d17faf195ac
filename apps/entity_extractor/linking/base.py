"""A knowledge base of the user's own: a CSV or JSONL of what names may mean.

    id,name,aliases,type,hints
    Q567,Angela Merkel,Merkel?;Dr. Merkel,PER,chancellor;Germany

`aliases` and `hints`, between semicolons (in JSONL: lists). An alias that ends in `?` means other things too and needs
a hint, or the full name elsewhere in the text; so does a name that two rows have. `type`, which may be empty, is the type
of the mentions that may be meant. `hints` are words that speak for this row where a name of many meanings stands.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from headwater.companies.words import key
from headwater.errors import DataError

__all__ = ["Entry", "KnowledgeBase"]

FIELDS = ("id", "name", "aliases", "type", "hints")
Key = tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """One row. `names` mean it alone, unless another row has them too; `unsure` mean other things."""

    id: str
    name: str
    names: tuple[str, ...]
    unsure: tuple[str, ...] = ()
    type: str = ""
    hints: tuple[str, ...] = ()


class KnowledgeBase(Mapping[str, Entry]):
    """Entries by id, and `known`: what each name may mean."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.rows = {entry.id: entry for entry in entries}

    @classmethod
    def open(cls, path: Path) -> "KnowledgeBase":
        """Read a base. Raises DataError naming every fault in it by its line."""
        return cls(_read(path))

    def __getitem__(self, name: str) -> Entry:
        return self.rows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def known(self) -> dict[Key, dict[str, bool]]:
        """The words of a name -> the ids that it may mean, and whether it is a sure name of each."""
        out: dict[Key, dict[str, bool]] = {}
        for entry in self.rows.values():
            for name in entry.unsure:
                out.setdefault(key(name), {})[entry.id] = False
            for name in entry.names:
                out.setdefault(key(name), {})[entry.id] = True
        return out


def _read(path: Path) -> list[Entry]:
    faults, entries, seen = [], [], set()
    for line, row in _rows(path):
        entry, fault = _entry(row)
        if None in row:  # where csv puts what stands behind the last column
            fault = f"expected {len(row) - 1} columns, got more: a text with a comma stands in quotes"
        if fault or entry.id in seen:
            faults.append(f"line {line}: {fault or f'the id {entry.id!r} stands twice'}")
        seen.add(entry.id)
        entries.append(entry)
    if faults:
        raise DataError(
            f"{path}: {len(faults)} faults in the knowledge base:\n" + "\n".join(f"  - {one}" for one in faults)
        )
    return entries


def _rows(path: Path) -> Iterator[tuple[int, dict[str | None, Any]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            if path.suffix.lower() == ".jsonl":
                for number, line in enumerate(stream, 1):
                    if line.strip():
                        yield number, _object(json.loads(line))
                return
            reader = csv.DictReader(stream, strict=True)
            missing = [name for name in FIELDS[:2] if name not in (reader.fieldnames or ())]
            if missing:
                raise DataError(f"{path}: expected the columns {', '.join(FIELDS)}; {', '.join(missing)} missing")
            for row in reader:
                yield reader.line_num, dict(row)
    except (OSError, ValueError, csv.Error) as fault:
        raise DataError(f"{path}: expected a CSV, or a JSONL with a row a line, in UTF-8 ({fault})") from fault


def _object(value: Any) -> dict[str | None, Any]:
    return value if isinstance(value, dict) else {"id": "", "name": ""}


def _entry(row: Mapping[str | None, Any]) -> tuple[Entry, str]:
    """An entry, and what is wrong with it."""
    identity, name, kind = (str(row.get(field) or "").strip() for field in ("id", "name", "type"))
    aliases, hints = _parts(row.get("aliases")), _parts(row.get("hints"))
    unsure = tuple(dict.fromkeys(alias[:-1].strip() for alias in (name, *aliases) if alias.endswith("?")))
    sure = tuple(dict.fromkeys(alias for alias in (name, *aliases) if alias and not alias.endswith("?")))
    entry = Entry(identity, name.removesuffix("?"), sure, unsure, kind, tuple(hints))
    if not identity or not name:
        return entry, f"expected an id and a name, got {identity!r} and {name!r}"
    empty = [alias for alias in (*sure, *unsure) if not key(alias)]
    return entry, f"expected names with letters or digits, got {empty[0]!r}" if empty else ""


def _parts(value: Any) -> list[str]:
    parts = value if isinstance(value, list) else str(value or "").split(";")
    return [str(part).strip() for part in parts if str(part).strip()]
