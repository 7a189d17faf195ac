"""Names of one's own, by thousands: a CSV or JSONL file -> where its names stand in a text.

    name,type,id,aliases,case
    Deutsche Bank AG,BANK,lei:7LTWFZYICNSX8D621K86,Deutsche Bank;DB,exact

Only `name` is needed where the set-up gives a type. `aliases`, between semicolons (a list in JSONL), are looked for with the
same type, id and case. `case` is how an occurrence must be written:
    any      whatever its case: gap, Gap, GAP
    capital  as any, but where the name begins with a capital, so does the occurrence: Gap, GAP, never gap
    exact    as the name stands
Whole words are found, whatever white space stands between them, and without regard to accents unless `exact`. Names are kept by their words
joined, beside every beginning of them: the words of a text are gone through once, however many names there are.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from entity_extractor.finding.setup import CASES, DictionaryRule
from headwater.errors import DataError
from headwater.names import plain
from headwater.text import words

__all__ = ["Dictionary", "Entry", "Hit", "read_dictionary"]

COLUMNS = ("name", "type", "id", "aliases", "case")
MOST = 20  # faults that are told of one file


@dataclass(frozen=True)
class Entry:
    """A name as it is looked for; `line` is where it stands in its file."""

    name: str
    type: str
    id: str = ""
    case: str = "capital"
    line: int = 0

    def allows(self, written: str) -> bool:
        if self.case == "exact":
            return _spaced(self.name) == _spaced(written)
        return self.case == "any" or not self.name[:1].isupper() or written[:1].isupper()


class Hit(NamedTuple):
    """A name at `text[start:end]`."""

    start: int
    end: int
    type: str
    id: str


class Dictionary:
    """Names, and `find`, which finds them. `notes` says of names that stand in the file with two types or ids."""

    def __init__(self, entries: Iterable[Entry], name: str = "dictionary") -> None:
        self.name = name
        self.names: dict[str, tuple[Entry, ...]] = {}
        self.beginnings: set[str] = set()
        for entry in entries:
            self._add(entry)
        self.notes = tuple(self._notes())

    def _add(self, entry: Entry) -> None:
        parts = _keys(entry.name)
        whole = " ".join(parts)
        held = self.names.get(whole, ())
        if not any((entry.type, entry.id, entry.case) == (other.type, other.id, other.case) for other in held) or (
            entry.case == "exact" and all(entry.name != other.name for other in held)
        ):
            self.names[whole] = (*held, entry)
        for length in range(1, len(parts)):
            self.beginnings.add(" ".join(parts[:length]))

    def _notes(self) -> Iterator[str]:
        doubts = [held for held in self.names.values() if len({(entry.type, entry.id) for entry in held if entry.case != "exact"}) > 1]  # fmt: skip
        if doubts:
            lines = " and ".join(str(entry.line) for entry in doubts[0])
            yield (
                f"{self.name}: {len(doubts):,} names stand with two types or ids, such as {doubts[0][0].name!r} in lines "
                f"{lines}: the first type counts, and no id"
            )

    def __len__(self) -> int:
        return len(self.names)

    def find(self, text: str) -> Iterator[Hit]:
        """The longest name that begins at each word; names that begin inside another are given too."""
        places = words(text)
        keys = [plain(text[start:end]) for start, end in places]
        for first, key in enumerate(keys):
            hit = self._longest(text, places, keys, first, key)
            if hit:
                yield hit

    def _longest(self, text: str, places: list[tuple[int, int]], keys: list[str], first: int, key: str) -> Hit | None:
        found, last = None, first
        while True:
            if key in self.names:
                start, end = places[first][0], places[last][1]
                fits = [entry for entry in self.names[key] if entry.allows(text[start:end])]
                if fits:
                    same = all(entry.id == fits[0].id for entry in fits)
                    found = Hit(start, end, fits[0].type, fits[0].id if same else "")
            last += 1
            if key not in self.beginnings or last == len(keys):
                return found
            key = f"{key} {keys[last]}"


def read_dictionary(rule: DictionaryRule, file: Path) -> Dictionary:
    """The names of a CSV or JSONL file in UTF-8. Raises DataError with the faults in its rows, each with its line."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = _from_csv(stream, file) if file.suffix.lower() == ".csv" else _from_jsonl(stream)
            faults: list[str] = []
            entries = [entry for line, row in rows for entry in _entries(rule, line, row, faults)]
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise DataError(f"{file}: expected a dictionary in UTF-8, CSV or JSONL: {fault}") from fault
    if faults:
        more = [f"and {len(faults) - MOST:,} more"] if len(faults) > MOST else []
        raise DataError(f"{file}: {len(faults):,} faults:\n" + "\n".join(f"  - {one}" for one in faults[:MOST] + more))
    return Dictionary(entries, file.name)


def _from_csv(stream: Iterable[str], file: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.DictReader(stream)
    columns = list(reader.fieldnames or ())
    strange = [column for column in columns if column not in COLUMNS]
    if "name" not in columns or strange:
        raise DataError(
            f"{file}: line 1: expected the columns {', '.join(COLUMNS)}, of which name is needed; got {columns}"
        )
    for row in reader:
        aliases = [alias.strip() for alias in (row.get("aliases") or "").split(";")]
        yield reader.line_num, {**row, "aliases": list(filter(None, aliases))}


def _from_jsonl(stream: Iterable[str]) -> Iterator[tuple[int, Any]]:
    for line, text in enumerate(stream, 1):
        if text.strip():
            try:
                yield line, json.loads(text)
            except ValueError as fault:
                yield line, fault


def _entries(rule: DictionaryRule, line: int, row: Any, faults: list[str]) -> list[Entry]:
    """A row's name and aliases; what is wrong with it goes to `faults`."""
    if not isinstance(row, Mapping):
        faults.append(f"line {line}: expected a JSON object with a name, got {str(row)[:80]}")
        return []
    aliases = row.get("aliases") or []
    given = {key: row.get(key) or "" for key in ("name", "type", "id", "case")}
    kind, case = given["type"] or rule.type, given["case"] or rule.case
    wrong = [f"{key}: expected a text, got {value!r}" for key, value in given.items() if not isinstance(value, str)]
    wrong += [f"{key}: no such key; there are {', '.join(COLUMNS)}" for key in row if key not in (*COLUMNS, None)]
    if None in row:  # what csv has left over
        wrong.append(f"expected no more cells than line 1 has, got {row[None]} too: quote what holds a comma")
    if not isinstance(aliases, list) or not all(isinstance(alias, str) and _keys(alias) for alias in aliases):
        wrong.append(f"aliases: expected a list of names, got {aliases!r}")
    if isinstance(given["name"], str) and not _keys(given["name"]):
        wrong.append("name: is missing")
    if not kind:
        wrong.append("type: is missing, and the set-up gives none")
    if isinstance(case, str) and case not in CASES:
        wrong.append(f"case: expected one of {', '.join(CASES)}, got {case!r}")
    faults += [f"line {line}: {fault}" for fault in wrong]
    return [] if wrong else [Entry(name.strip(), kind, given["id"], case, line) for name in (given["name"], *aliases)]


def _keys(name: str) -> list[str]:
    return [plain(name[start:end]) for start, end in words(name)]


def _spaced(name: str) -> list[str]:
    return [name[start:end].replace("’", "'") for start, end in words(name)]
