"""Rules as the page edits them: fields and text become rules, all faults at once; saved where the alerts read them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import tomlkit

from headwater.errors import InputError
from headwater.store import Store
from sentiment_monitor.alerts.rule import Alert, Rule
from sentiment_monitor.alerts.rules import put_in_place, rules_file, rules_from, write_rules
from sentiment_monitor.alerts.wording import plain_number
from sentiment_monitor.replay.run import told, trace
from sentiment_monitor.replay.sources import from_store
from sentiment_monitor.sample import sample_rules_file

__all__ = ["chance_of", "edited", "parts_of", "place_of", "saved", "saved_text", "text_of", "would_have"]

LEARNT = timedelta(days=64)  # history before the days that are asked for: eight weeks, and the guard before the window


def edited(rules: Sequence[Rule], name: str, values: Mapping[str, Any]) -> list[Rule]:
    """The rules with other values for the one of this name, checked as a file's are. Raises InputError with every fault."""
    changed = [replace(rule, **values) if rule.name == name else rule for rule in rules]
    return rules_from(text_of(changed))


def text_of(rules: Sequence[Rule]) -> str:
    """Rules as TOML."""
    document, tables = tomlkit.document(), tomlkit.aot()
    for rule in rules:
        table = tomlkit.table()
        for key, value in vars(rule).items():
            table[key] = (
                "*" if key == "values" and value is None else list(value) if isinstance(value, tuple) else value
            )
        tables.append(table)
    document["rule"] = tables
    return tomlkit.dumps(document)


def place_of(news: str) -> Path:
    """Where rules are saved for the sample or for one's own news."""
    return sample_rules_file() if news == "sample" else rules_file()


def saved(standing: Path, place: Path, rules: Sequence[Rule]) -> None:
    """Write rules to their place at once or not at all; the comments of the file that stood for them stay. Raises InputError."""
    try:
        write_rules(place, rules, standing)
    except OSError as fault:
        raise InputError(f"{place}: expected a file that can be written ({fault})") from fault


def saved_text(place: Path, text: str) -> list[Rule]:
    """Write a text of rules to their place at once or not at all. Raises InputError with every fault in it."""
    rules = rules_from(text)
    try:
        put_in_place(place, text)
    except OSError as fault:
        raise InputError(f"{place}: expected a file that can be written ({fault})") from fault
    return rules


def would_have(store: Store, rules: Sequence[Rule], now: datetime, days: int) -> list[Alert]:
    """What these rules would have told in the days up to a moment, from what the store holds; the newest first.

    Raises InputError where there is too little history to learn from.
    """
    history = from_store(store, now - timedelta(days=days) - LEARNT, now, {"all", *(rule.dimension for rule in rules)})
    since = now - timedelta(days=days)
    alerts = told(trace(history, rules, since), rules)
    return sorted((alert for alert in alerts if alert.opened >= since), key=lambda alert: alert.opened, reverse=True)


def parts_of(text: str) -> tuple[str, ...]:
    """What stands between semicolons.

    >>> parts_of("credit; legal;")
    ('credit', 'legal')
    """
    return tuple(part.strip() for part in text.split(";") if part.strip())


def chance_of(text: str, rule: Rule) -> Any:
    """A chance as it is typed, the rule's own where it was not touched; what is no number is left for the check to refuse."""
    if text == plain_number(rule.chance):
        return rule.chance
    try:
        return float(text)
    except ValueError:
        return text
