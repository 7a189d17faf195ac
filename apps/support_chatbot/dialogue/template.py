"""Sentences with {slots}: what stands in them, and how they are filled."""

import re
from collections.abc import Mapping

from headwater.errors import InputError

__all__ = ["fields", "fill"]

FIELD = re.compile(r"\{(\w+)(?:\|([^{}]*))?\}")


def fields(template: str) -> dict[str, bool]:
    """Slots of a template -> whether each must be known, because somewhere no words stand in for it.

    >>> fields("{amount|the amount} to {name}")
    {'amount': False, 'name': True}
    """
    found: dict[str, bool] = {}
    for match in FIELD.finditer(template):
        found[match[1]] = found.get(match[1], False) or match[2] is None
    return found


def fill(template: str, slots: Mapping[str, str]) -> str:
    """Return the sentence with its slots filled; braces within a value stay as they are.

    Raises InputError where a slot is not known and no words stand in for it.

    >>> fill("{amount|the amount} to {name}", {"name": "Ana"})
    'the amount to Ana'
    """

    def value(match: re.Match[str]) -> str:
        name, otherwise = match[1], match[2]
        if slots.get(name):
            return slots[name]
        if otherwise is None:
            raise InputError(
                f"the text needs {{{name}}}, which is not known; write {{{name}|words}} with what to say then"
            )
        return otherwise

    return FIELD.sub(value, template)
