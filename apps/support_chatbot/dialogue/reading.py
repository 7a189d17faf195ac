"""policy.toml -> Policy: every value read by the type it must have, every fault told at once with its place."""

import tomllib
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from headwater.errors import InputError
from support_chatbot.dialogue.checks import faults_in
from support_chatbot.dialogue.policy import Policy

__all__ = ["looked_over", "policy_of", "read_policy"]

NAMES: dict[Any, str] = {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}


def read_policy(file: Path) -> Policy:
    """Read policy.toml.

    Raises InputError that names the file and, one line each, every fault in it.
    """
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as fault:
        raise InputError(f"{file}: cannot be read ({fault.strerror}); a bot's folder needs a policy.toml") from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise InputError(f"{file}: is no TOML: {fault}") from fault
    return policy_of(content, str(file))


def policy_of(content: Mapping[str, Any], where: str = "policy.toml") -> Policy:
    """A Policy from the tables of a policy.toml; raises InputError with all faults."""
    policy, faults = looked_over(content)
    if policy is None or faults:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise InputError(f"{where}: {count} in the policy:\n" + "\n".join(f"  - {fault}" for fault in faults))
    return policy


def looked_over(content: Mapping[str, Any]) -> tuple[Policy | None, list[str]]:
    """The Policy, where the tables are of its form, and a sentence for each fault, which begins with its place."""
    faults: list[str] = []
    policy = _table(Policy, content, "", faults)
    return policy, faults or faults_in(policy)


def _table(kind: Any, content: Any, place: str, faults: list[str]) -> Any:
    """A dataclass from a table, None where it has a fault."""
    if not isinstance(content, Mapping):
        return _fault(faults, place, "a table", content)
    before, hints = len(faults), get_type_hints(kind)
    known = {item.name: item for item in fields(kind)}
    for key in content:
        if key not in known:
            faults.append(_unknown(_under(place, key), key, list(known)))
    for name, item in known.items():
        if name not in content and item.default is MISSING and item.default_factory is MISSING:
            faults.append(f"{_under(place, name)}: missing, and expected {_name(hints[name])}")
    values = {key: _value(hints[key], content[key], _under(place, key), faults) for key in content if key in known}
    if len(faults) > before:
        return None
    try:
        return kind(**values)
    except InputError as fault:  # of a dataclass that checks itself
        faults.append(str(fault))
        return None


def _value(kind: Any, value: Any, place: str, faults: list[str]) -> Any:
    """A value of the type that its key must have; a fault is added where it has not."""
    if isinstance(kind, types.UnionType):  # float | None: TOML has no null
        kind = get_args(kind)[0]
    if is_dataclass(kind):
        return _table(kind, value, place, faults)
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            return _fault(faults, place, _name(kind), value)
        item = get_args(kind)[0]
        return tuple(_value(item, entry, f"{place}[{number}]", faults) for number, entry in enumerate(value, 1))
    if get_origin(kind) is Mapping:
        if not isinstance(value, Mapping):
            return _fault(faults, place, "a table", value)
        item = get_args(kind)[1]
        return {key: _value(item, entry, _under(place, key), faults) for key, entry in value.items()}
    return _plain(kind, value, place, faults)


def _plain(kind: Any, value: Any, place: str, faults: list[str]) -> Any:
    fits = isinstance(value, (int, float) if kind is float else kind)
    if not fits or (kind is not bool and isinstance(value, bool)):
        return _fault(faults, place, NAMES[kind], value)
    return value.strip() if isinstance(value, str) else value


def _fault(faults: list[str], place: str, expected: str, value: Any) -> None:
    said = repr(value)
    faults.append(f"{place}: expected {expected}, got {said if len(said) <= 60 else said[:57] + '...'}")


def _unknown(place: str, key: str, known: list[str]) -> str:
    near = get_close_matches(key, known, 1, 0.6)
    return f"{place}: unknown key; " + (f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}")


def _name(kind: Any) -> str:
    return "a list" if get_origin(kind) is tuple else NAMES.get(kind, "a table")


def _under(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key
