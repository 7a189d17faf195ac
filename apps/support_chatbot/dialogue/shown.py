"""Values as customers read them: a date in words, an amount with its sign, nothing that Markdown would obey."""

import re
from collections.abc import Mapping
from datetime import date

__all__ = ["shown"]

SIGNS = {"GBP": "£", "EUR": "€", "USD": "$"}
MARKS = re.compile(r"([\\`*_\[\]<>#|~$!])")


def shown(slots: Mapping[str, str], currency: str) -> dict[str, str]:
    """The slots that are known, readable, with `money` beside an amount; `currency` is meant where none was named.

    >>> shown({"amount": "20.50", "date": "2026-11-02", "card": "1234"}, "GBP")
    {'amount': '20.50', 'date': '2 November 2026', 'card': 'card ending in 1234', 'money': '£20.50', 'currency': 'GBP'}
    """
    readable = {name: _readable(name, value) for name, value in slots.items() if value}
    if slots.get("amount"):
        code = slots.get("currency") or currency
        amount = readable["amount"]
        readable["money"] = f"{SIGNS[code]}{amount}" if code in SIGNS else f"{amount} {code}"
        readable["currency"] = code
    return readable


def _readable(name: str, value: str) -> str:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            return value
        return f"{day.day} {day:%B %Y}"
    if name.startswith("card"):
        return (
            f"card ending in {value[-4:]}" if value.isdigit() else f"{value} card" if value.isalpha() else plain(value)
        )
    return plain(value)


def plain(value: str) -> str:
    """A customer's words on one line, with Markdown's marks made harmless."""
    return MARKS.sub(r"\\\1", " ".join(value.split()))
