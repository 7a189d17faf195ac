"""What to find, and who wins: a TOML file that people edit -> frozen rules, every fault in it told at once, with its line.

finding.toml, which stands beside this file, is the default and says what each key does.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import regex

from entity_extractor.finding.precedence import ROLES
from headwater.errors import InputError
from headwater.values import KINDS, ORDERS

__all__ = ["CASES", "DEFAULT", "DictionaryRule", "ModelRule", "PatternRule", "Setup", "ValueRule", "load_setup", "parse_setup"]  # fmt: skip

DEFAULT = Path(__file__).with_name("finding.toml")
CASES = ("any", "capital", "exact")
LONGEST = 2_000  # characters of a pattern


@dataclass(frozen=True)
class ModelRule:
    """A bundle with a token head. `bundle` is a folder or a server's address; none: whoever opens the Finder has it."""

    name: str
    rank: int = 10
    role: str = "claims"
    bundle: str = ""
    head: str = ""
    types: Mapping[str, str] = field(default_factory=dict)  # the head's type -> the one it is called by; "": left out


@dataclass(frozen=True)
class DictionaryRule:
    """A file of names (see dictionary.py)."""

    name: str
    file: str
    rank: int = 30
    role: str = "claims"
    type: str = ""  # of rows without one
    case: str = "capital"  # of rows without one


@dataclass(frozen=True)
class PatternRule:
    """A regular expression, in the syntax of the library regex."""

    name: str
    type: str
    regex: str
    rank: int = 35
    role: str = "claims"
    seconds: float = 1.0  # that it may take for a paragraph


@dataclass(frozen=True)
class ValueRule:
    """Values of headwater.values; each kind is a type in capitals, or as `types` says."""

    kinds: tuple[str, ...]
    rank: int = 20
    role: str = "claims"
    types: Mapping[str, str] = field(default_factory=dict)
    decimal: str = "auto"
    order: str = "DMY"


@dataclass(frozen=True)
class Setup:
    """All rules, and the file of a knowledge base ("" for none); `folder` is where relative paths begin."""

    models: tuple[ModelRule, ...] = ()
    dictionaries: tuple[DictionaryRule, ...] = ()
    patterns: tuple[PatternRule, ...] = ()
    values: tuple[ValueRule, ...] = ()
    minimum: Mapping[str, float] = field(default_factory=dict)
    knowledge: str = ""
    folder: Path = field(default=Path(), compare=False)

    def file_of(self, rule: DictionaryRule) -> Path:
        return self.folder / rule.file

    @property
    def base(self) -> Path | None:
        """Where the knowledge base stands."""
        return self.folder / self.knowledge if self.knowledge else None


TABLES: dict[str, type] = {"model": ModelRule, "dictionary": DictionaryRule, "pattern": PatternRule, "value": ValueRule}
NEEDED = {"model": ("name",), "dictionary": ("name", "file"), "pattern": ("name", "type", "regex"), "value": ("kinds",)}
Check = tuple[Callable[[Any], bool], str]


def _text(given: Any) -> bool:
    return isinstance(given, str) and bool(given.strip())


def _types(given: Any) -> bool:
    return isinstance(given, dict) and all(isinstance(value, str) for value in given.values())


def _share(given: Any) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and 0 <= given <= 1


CHECKS: dict[str, Check] = {
    "name": (lambda given: _text(given) and len(given) <= 64, "1 to 64 characters"),
    "rank": (lambda given: type(given) is int and 0 <= given <= 1000, "a whole number from 0 to 1000"),
    "bundle": (_text, "a folder or a server's address"),
    "head": (_text, "the name of a head"),
    "types": (_types, 'a table such as { MISC = "OTHER" }'),
    "file": (lambda given: _text(given) and given.lower().endswith((".csv", ".jsonl")), "a file .csv or .jsonl"),
    "type": (_text, "the name of a type"),
    "case": (lambda given: given in CASES, "one of " + ", ".join(CASES)),
    "regex": (lambda given: _text(given) and len(given) <= LONGEST, f"1 to {LONGEST:,} characters"),
    "seconds": (lambda given: type(given) in (int, float) and 0.001 <= given <= 60, "seconds, 0.001 to 60"),
    "kinds": (lambda given: isinstance(given, list) and given != [] and all(kind in KINDS for kind in given), "a list of " + ", ".join(KINDS)),
    "decimal": (lambda given: given in ("auto", ".", ","), '"auto", "." or ","'),
    "order": (lambda given: given in ORDERS, "one of " + ", ".join(ORDERS)),
}  # fmt: skip


def load_setup(path: Path | str = DEFAULT) -> Setup:
    """The set-up in a TOML file. Raises InputError with every fault in it."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(f"{path}: expected a set-up in UTF-8: {fault}; begin with a copy of {DEFAULT}") from fault
    return parse_setup(text, str(path), Path(path).resolve().parent)


def parse_setup(text: str, where: str = "set-up", folder: Path = Path()) -> Setup:
    """The set-up in a TOML text; `where` names it in faults, `folder` is where the paths in it begin."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise InputError(f"{where}: expected TOML: {fault}") from fault
    lines = _lines(text)
    faults = [f"{key}: no such table; there are minimum, knowledge, {', '.join(f'[[{name}]]' for name in TABLES)}" for key in document if key not in (*TABLES, "minimum", "knowledge")]  # fmt: skip
    minimum = document.get("minimum", {})
    if not isinstance(minimum, dict) or not all(map(_share, minimum.values())):
        faults.append(f"minimum: expected a table of types and probabilities from 0 to 1, got {minimum!r}")
    faults += _knowledge_faults(document.get("knowledge", {}), folder)
    for kind in TABLES:
        faults += _table_faults(kind, document.get(kind, []), lines.get(kind, []), folder)
    if not any(document.get(kind) for kind in TABLES):
        faults.append(f"expected at least one of {', '.join(f'[[{name}]]' for name in TABLES)}, found none")
    if faults:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise InputError(f"{where}: {count} in the set-up:\n" + "\n".join(f"  - {fault}" for fault in faults))
    made = {kind: tuple(_rule(TABLES[kind], table) for table in document.get(kind, [])) for kind in TABLES}
    least = {label: float(value) for label, value in minimum.items()}
    base = document.get("knowledge", {}).get("file", "")
    return Setup(made["model"], made["dictionary"], made["pattern"], made["value"], least, base, folder)


def _rule(kind: type, table: Mapping[str, Any]) -> Any:
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in table.items()})


def _knowledge_faults(table: Any, folder: Path) -> list[str]:
    if table == {}:
        return []
    if not isinstance(table, dict) or set(table) != {"file"} or not CHECKS["file"][0](table["file"]):
        return [f'knowledge: expected a table with file = "NAME.csv" or "NAME.jsonl" and nothing else, got {table!r}']
    place = folder / table["file"]
    return [] if place.is_file() else [f"knowledge: file: expected a file at {place}, found none"]


def _table_faults(kind: str, tables: Any, lines: list[dict[str, int]], folder: Path) -> list[str]:
    """What is wrong with the tables of a kind, each with its line."""
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        return [f"{kind}: expected [[{kind}]] tables, got {tables!r}"]
    faults = []
    names = Counter(str(table.get("name")) for table in tables if "name" in table)
    for number, table in enumerate(tables):
        found = _faults(kind, table, folder)
        if names[str(table.get("name"))] > 1:
            found.append(("name", f"expected one {kind} of each name, got {table['name']!r} more than once"))
        of = lines[number] if number < len(lines) else {"": 1}
        faults += [f"line {of.get(key, of[''])}: {kind}: {key}: {fault}" for key, fault in found]
    return faults


def _faults(kind: str, table: Mapping[str, Any], folder: Path) -> list[tuple[str, str]]:
    """(key, what is wrong with it) of one table."""
    known = [item.name for item in fields(TABLES[kind])]
    roles = [role for role in ROLES if role != "retypes" or kind in ("dictionary", "pattern")]
    checks = CHECKS | {"role": (lambda given: given in roles, "one of " + ", ".join(roles))}
    faults = [(key, "no such key; there are " + ", ".join(known)) for key in table if key not in known]
    faults += [(key, "is missing") for key in NEEDED[kind] if key not in table]
    wrong = [key for key in known if key in table and not checks[key][0](table[key])]
    faults += [(key, f"expected {checks[key][1]}, got {table[key]!r}") for key in wrong]
    if "file" in table and "file" not in wrong and not (folder / table["file"]).is_file():
        faults.append(("file", f"expected a file at {folder / table['file']}, found none"))
    if "regex" in table and "regex" not in wrong and (fault := _pattern_fault(table["regex"])):
        faults.append(("regex", fault))
    if kind == "value" and not {"types", "kinds"} & set(wrong):
        strange = sorted(set(table.get("types", {})) - set(table.get("kinds", [])))
        faults += [("types", f"expected kinds of this table, got {', '.join(strange)}")] if strange else []
    return faults


def _pattern_fault(pattern: str) -> str:
    try:
        empty = regex.compile(pattern).match("", timeout=1.0)
    except (regex.error, TimeoutError) as fault:
        return f"expected a regular expression: {fault}"
    return "expected a pattern of something, and this one matches nothing at all too" if empty else ""


def _lines(text: str) -> dict[str, list[dict[str, int]]]:
    """By kind of table, for each of them: the line of each key, and of its head under ""."""
    found: dict[str, list[dict[str, int]]] = {}
    current: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if head := re.match(r"\s*\[\[?\s*([\w-]+)\s*\]\]?", line):
            current = {"": number}
            found.setdefault(head[1], []).append(current)
        elif key := re.match(r"""\s*["']?([\w-]+)["']?\s*=""", line):
            current.setdefault(key[1], number)
    return found
