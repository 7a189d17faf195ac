"""What people change of a set-up, one thing at a time: a Setup -> another one. `own.save` says what is wrong with it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import tomlkit

from entity_extractor.finding.precedence import ROLES
from entity_extractor.finding.setup import DictionaryRule, PatternRule, Setup, ValueRule, parse_setup
from headwater.values import KINDS

__all__ = [
    "Source",
    "kinds_on",
    "pattern_of",
    "ranked",
    "sources",
    "with_dictionary",
    "with_pattern",
    "with_values",
    "without",
]

RANKS = {"iban": 40, "isin": 40, "lei": 40, "card": 40}  # as finding.toml has them: check digits are hardly ever wrong


@dataclass(frozen=True)
class Source:
    """A source of spans, as a row of the table of precedence; `kind` is model, dictionary, pattern or value."""

    kind: str
    name: str
    rank: int
    role: str


def sources(setup: Setup) -> list[Source]:
    """Every source, strongest first; each kind of value is one."""
    found = [Source(kind, rule.name, rule.rank, rule.role) for kind, rules in _named(setup) for rule in rules]
    found += [Source("value", kind, rule.rank, rule.role) for rule in setup.values for kind in rule.kinds]
    return sorted(found, key=lambda one: (one.role == "fills", -one.rank, one.kind, one.name))


def ranked(setup: Setup, changed: Sequence[Source]) -> Setup:
    """The set-up with these ranks and roles; sources that are not named keep theirs."""
    by = {(one.kind, one.name): one for one in changed}

    def own(kind: str, rule: Any) -> Any:
        one = by.get((kind, rule.name))
        return replace(rule, rank=one.rank, role=one.role) if one else rule

    named = {kind: tuple(own(kind, rule) for rule in rules) for kind, rules in _named(setup)}
    apart = [replace(rule, kinds=(kind,), types=_only(rule, kind)) for rule in setup.values for kind in rule.kinds]
    values = [replace(one, rank=by[key].rank, role=by[key].role) if (key := ("value", one.kinds[0])) in by else one for one in apart]  # fmt: skip
    return replace(setup, models=named["model"], dictionaries=named["dictionary"], patterns=named["pattern"], values=_joined(values))  # fmt: skip


def with_dictionary(setup: Setup, rule: DictionaryRule) -> Setup:
    """The set-up with a list, in the place of one of the same name, whose rank and role it takes over."""
    old = next((one for one in setup.dictionaries if one.name == rule.name), None)
    rule = replace(rule, rank=old.rank, role=old.role) if old else rule
    return replace(setup, dictionaries=(*(one for one in setup.dictionaries if one.name != rule.name), rule))


def pattern_of(name: str, kind: str, expression: str) -> PatternRule:
    """The pattern that was typed. Raises InputError as a set-up with it alone does."""
    given = {"name": name.strip(), "type": kind.strip(), "regex": expression}
    text = tomlkit.dumps({"pattern": [{key: value for key, value in given.items() if value}]})
    return parse_setup(text, given["name"] or "pattern").patterns[0]


def with_pattern(setup: Setup, rule: PatternRule) -> Setup:
    """The set-up with a pattern, in the place of one of the same name, whose rank and role it takes over."""
    old = next((one for one in setup.patterns if one.name == rule.name), None)
    rule = replace(rule, rank=old.rank, role=old.role, seconds=old.seconds) if old else rule
    return replace(setup, patterns=(*(one for one in setup.patterns if one.name != rule.name), rule))


def without(setup: Setup, kind: str, name: str) -> Setup:
    """The set-up without a list ("dictionary") or a pattern."""
    if kind == "dictionary":
        return replace(setup, dictionaries=tuple(one for one in setup.dictionaries if one.name != name))
    return replace(setup, patterns=tuple(one for one in setup.patterns if one.name != name))


def kinds_on(setup: Setup) -> list[str]:
    """The kinds of values that are looked for, in the order of headwater.values."""
    on = {kind for rule in setup.values for kind in rule.kinds}
    return [kind for kind in KINDS if kind in on]


def with_values(setup: Setup, on: Collection[str], order: str, decimal: str) -> Setup:
    """The set-up with these kinds of values, dates and numbers read so; a new kind has the rank of the set-up that ships."""
    kept = [replace(rule, kinds=(kind,), types=_only(rule, kind)) for rule in setup.values for kind in rule.kinds if kind in on]  # fmt: skip
    new = [ValueRule((kind,), RANKS.get(kind, 20)) for kind in KINDS if kind in on and kind not in kinds_on(setup)]
    return replace(setup, values=_joined([replace(one, order=order, decimal=decimal) for one in (*kept, *new)]))


def _named(setup: Setup) -> list[tuple[str, tuple[Any, ...]]]:
    return [("model", setup.models), ("dictionary", setup.dictionaries), ("pattern", setup.patterns)]


def _only(rule: ValueRule, kind: str) -> Mapping[str, str]:
    return {one: label for one, label in rule.types.items() if one == kind}


def _joined(rules: Sequence[ValueRule]) -> tuple[ValueRule, ...]:
    """Rules of one kind each, together where nothing but the kind sets them apart."""
    found: dict[tuple[Any, ...], ValueRule] = {}
    for rule in rules:
        key = (rule.rank, ROLES.index(rule.role), rule.decimal, rule.order)
        held = found.get(key)
        found[key] = replace(held, kinds=held.kinds + rule.kinds, types={**held.types, **rule.types}) if held else rule
    return tuple(found.values())
