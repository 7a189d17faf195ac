"""A Setup -> the TOML text that says it, without what the defaults say already."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

import tomlkit

from entity_extractor.finding.setup import NEEDED, TABLES, Setup

__all__ = ["text_of"]

HEAD = "What to find, and who wins. The finding.toml that ships says what every key does; higher ranks win."


def text_of(setup: Setup) -> str:
    """The text, from which `parse_setup` makes the same Setup again."""
    document = tomlkit.document()
    document.add(tomlkit.comment(HEAD))
    if setup.minimum:
        document["minimum"] = dict(setup.minimum)
    if setup.knowledge:
        document["knowledge"] = {"file": setup.knowledge}
    for kind, rules in zip(TABLES, (setup.models, setup.dictionaries, setup.patterns, setup.values), strict=True):
        if rules:
            tables = tomlkit.aot()
            for rule in rules:
                tables.append(tomlkit.item(_said(kind, rule)))
            document[kind] = tables
    return tomlkit.dumps(document)


def _said(kind: str, rule: Any) -> dict[str, Any]:
    """The keys of a rule that are needed or not as usual; the rank always, since people look for it."""
    table: dict[str, Any] = {}
    for one in fields(rule):
        value = getattr(rule, one.name)
        usual = one.default if one.default_factory is MISSING else one.default_factory()
        if one.name in (*NEEDED[kind], "rank") or value != usual:
            if isinstance(value, Mapping):
                inline = tomlkit.inline_table()
                inline.update(dict(value))
                value = inline
            table[one.name] = list(value) if isinstance(value, tuple) else value
    return table
