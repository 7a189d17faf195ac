"""Values as customers read them: a date in words, an amount with its sign."""

import re
from collections.abc import Mapping
from datetime import date

__all__ = ["shown"]

SIGNS = {"GBP": "£", "EUR": "€", "USD": "$"}


def shown(slots: Mapping[str, str], currency: str) -> dict[str, str]:
    """The slots that are known, readable, an amount with its currency; `currency` is meant where none was named.

    >>> shown({"amount": "20.50", "date": "2026-11-02", "card": "1234"}, "GBP")
    {'amount': '£20.50', 'date': '2 November 2026', 'card': 'card ending in 1234', 'currency': 'GBP'}
    """
    readable = {name: _readable(name, value) for name, value in slots.items() if value}
    if slots.get("amount"):
        code = slots.get("currency") or currency
        amount = readable["amount"]
        readable["amount"] = f"{SIGNS[code]}{amount}" if code in SIGNS else f"{amount} {code}"
        readable["currency"] = code
    return readable


def _readable(name: str, value: str) -> str:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            day = date.fromisoformat(value)
            return f"{day.day} {day:%B %Y}"
        if re.fullmatch(r"\d{4}-W\d{2}", value):
            return f"the week of {_readable(name, date.fromisoformat(value).isoformat())}"
        if re.fullmatch(r"\d{4}-\d{2}", value):
            return f"{date.fromisoformat(value + '-01'):%B %Y}"
    except ValueError:  # a reference that only looks like a date: "2026-W99"
        return value
    if name == "card" and value.isdigit():
        return f"card ending in {value[-4:]}"
    return f"{value} card" if name == "card" and value.isalpha() else value
