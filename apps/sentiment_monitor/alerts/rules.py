"""Rules as people write them: a TOML file, read with every fault at once, and written so that its comments stay."""

import contextlib
import math
import os
import re
import tempfile
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from headwater.errors import InputError
from headwater.home import home
from sentiment_monitor.alerts.rule import Rule
from sentiment_monitor.news import DIMENSIONS, SENTIMENTS

__all__ = ["DEFAULT", "put_in_place", "read_rules", "rules_file", "rules_from", "standing_rules", "write_rules"]

DEFAULT = Path(__file__).with_name("rules.toml")
LEFT = 60.0  # seconds after which what a killed process was writing is tidied away
LONGEST = 168  # hours of a window: history lies before the longest one, and has to be young
KEYS = tuple(field.name for field in fields(Rule))
NEEDED = ("name", "dimension")
Check = tuple[Callable[[Any], bool], str]


def rules_file() -> Path:
    """Where one's own rules stand, or will: `HEADWATER_ALERT_RULES`, or alert-rules.toml in Headwater's home."""
    return Path(os.environ.get("HEADWATER_ALERT_RULES") or home() / "alert-rules.toml")


def standing_rules() -> Path:
    """One's own rules, or those that ship until there are any."""
    return own if (own := rules_file()).is_file() else DEFAULT


def read_rules(path: Path | str = DEFAULT) -> list[Rule]:
    """The rules of a TOML file. Raises InputError with every fault in it, each with its line."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(f"{path}: expected a file of rules in UTF-8: {fault}") from fault
    return rules_from(text, str(path))


def rules_from(text: str, where: str = "rules") -> list[Rule]:
    """The rules in a TOML text; `where` names it in faults."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise InputError(f"{where}: expected TOML: {fault}") from fault
    tables = document.get("rule", [])
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise InputError(f"{where}: expected at least one [[rule]], found none: begin with a copy of {DEFAULT}")
    faults = [f"{key}: no such key: everything stands in a [[rule]]" for key in document if key != "rule"]
    lines, names = _lines(text), set()
    for number, table in enumerate(tables):
        found = _faults(table)
        if isinstance(name := table.get("name"), str):
            found += [("name", f"expected one rule of each name, got a second {name!r}")] if name in names else []
            names.add(name)
        faults += [f"line {_line(lines, number, key)}: {key}: {fault}" for key, fault in found]
    if faults:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise InputError(f"{where}: {count} in the rules:\n" + "\n".join(f"  - {fault}" for fault in faults))
    return [_rule(table) for table in tables]


def write_rules(path: Path | str, rules: Sequence[Rule], like: Path | None = None) -> None:
    """Write rules to a file at once or not at all; comments and keys that still hold stay as they stand there.

    `like` is the file that they stand in so far, where that is another. Rules are told apart by their names. Raises
    InputError for rules that could not be read again.
    """
    import tomlkit

    path, like = Path(path), Path(like or path)
    document = tomlkit.parse(like.read_text(encoding="utf-8")) if like.exists() else tomlkit.document()
    standing = {table.get("name"): table for table in document.get("rule", [])}
    tables = [standing.get(rule.name, tomlkit.table()) for rule in rules]
    for rule, table in zip(rules, tables, strict=True):
        usual = _as_written(Rule(rule.name, rule.dimension))
        for key, value in _as_written(rule).items():
            if table[key] != value if key in table else key in NEEDED or value != usual[key]:
                table[key] = value
    if list(standing) != [rule.name for rule in rules]:  # else each was changed in its place
        document["rule"] = tomlkit.aot()
        for table in tables:
            document["rule"].append(table)
    text = tomlkit.dumps(document)
    if rules_from(text, str(path)) != list(rules):
        raise InputError(f"{path}: expected rules that the file can hold; hours and counts are numbers, names are text")
    put_in_place(path, text)


def put_in_place(path: Path, text: str) -> None:
    """Write beside, and rename: whoever reads meanwhile, or after a kill, reads the old text or the new. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    beside = {"dir": path.parent, "prefix": f".{path.name}.", "suffix": ".part"}
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", delete=False, **beside) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        Path(file.name).chmod(mode)
        os.replace(file.name, path)
    except OSError:
        Path(file.name).unlink(missing_ok=True)
        raise
    for left in path.parent.glob(f".{path.name}.*.part"):
        with contextlib.suppress(FileNotFoundError):
            if left.stat().st_mtime < time.time() - LEFT:
                left.unlink()


def _faults(table: dict[str, Any]) -> list[tuple[str, str]]:
    """(key, what is wrong with it) of one rule."""
    faults = [(key, "no such key; there are " + ", ".join(KEYS)) for key in table if key not in KEYS]
    faults += [(key, "is missing") for key in NEEDED if key not in table]
    for key, (holds, expected) in CHECKS.items():
        if key in table and not holds(table[key]):
            faults.append((key, f"expected {expected}, got {table[key]!r}"))
    return faults


def _number(low: float, high: float) -> Callable[[Any], bool]:
    return lambda given: isinstance(given, int | float) and not isinstance(given, bool) and low <= given <= high


def _names(given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(name, str) and name for name in given)


def _hours(given: Any) -> bool:
    if not isinstance(given, list) or not all(type(hours) is int and 1 <= hours <= LONGEST for hours in given):
        return False
    return 1 <= len(given) <= 6 and given == sorted(set(given))


def _falling(given: Any) -> bool:
    return isinstance(given, list) and len(given) == 2 and all(map(_number(1e-12, 1.0), given)) and given[0] >= given[1]


CHECKS: dict[str, Check] = {
    "name": (
        lambda given: isinstance(given, str) and re.fullmatch(r"[^/\x00-\x1f]{1,64}", given) is not None,
        "1 to 64 characters without a slash",
    ),
    "dimension": (lambda given: given in DIMENSIONS, "one of " + ", ".join(DIMENSIONS)),
    "values": (lambda given: given == "*" or (_names(given) and given != []), '"*" or a list of names'),
    "sentiment": (lambda given: given in SENTIMENTS, "one of " + ", ".join(SENTIMENTS)),
    "windows": (_hours, f"1 to 6 whole numbers of hours, rising, up to {LONGEST}"),
    "chance": (_number(1e-30, 0.1), "a chance above 0 and up to 0.1"),
    "least": (lambda given: type(given) is int and 1 <= given <= 10_000, "a whole number of stories from 1"),
    "close": (_number(1.0, 1e12), "a number from 1: how many times chance"),
    "calm": (_number(0.0, LONGEST), f"hours, 0 to {LONGEST}"),
    "cool_down": (_number(0.0, 720.0), "hours, 0 to 720"),
    "severities": (_falling, "two numbers above 0 and up to 1, the second no larger"),
    "channels": (_names, "a list of names"),
}


def _rule(table: dict[str, Any]) -> Rule:
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    if given.get("values") == "*":
        given["values"] = None
    floats = {key: float(given[key]) for key in ("chance", "close", "calm", "cool_down") if key in given}
    return Rule(**(given | floats))


def _as_written(rule: Rule) -> dict[str, Any]:
    written = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(rule).items()}
    whole = {key: int(value) for key, value in written.items() if isinstance(value, float) and _is_whole(value)}
    return written | whole | {"values": "*" if rule.values is None else list(rule.values)}


def _is_whole(value: float) -> bool:
    return math.isfinite(value) and value == int(value) and abs(value) < 1e6


def _lines(text: str) -> list[dict[str, int]]:
    """The line of each key of each [[rule]], and of its head under ""."""
    found: list[dict[str, int]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(r"\s*\[\[\s*rule\s*\]\]", line):
            found.append({"": number})
        elif found and (key := re.match(r"""\s*["']?([\w-]+)["']?\s*=""", line)):
            found[-1].setdefault(key[1], number)
    return found


def _line(lines: list[dict[str, int]], number: int, key: str) -> int:
    of = lines[number] if number < len(lines) else {"": 1}  # rules written as an inline array have no heads
    return of.get(key, of[""])
