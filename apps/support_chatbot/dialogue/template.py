"""Sentences of the team with {slots}: the team's own words go in as they are, a customer's as plain text."""

import re
from collections.abc import Mapping

from support_chatbot.content import fill, slots_of
from support_chatbot.content.templates import PIECE

__all__ = ["fields", "worded"]


def fields(template: str) -> dict[str, bool]:
    """Slots of a template -> whether each must be known, because somewhere no words stand in for it.

    >>> fields("{amount|the amount} to {name}")
    {'amount': False, 'name': True}
    """
    found: dict[str, bool] = {}
    for use in slots_of(template):
        found[use.name] = found.get(use.name, False) or use.fallback is None
    return found


def worded(template: str, own: Mapping[str, str], said: Mapping[str, str]) -> str:
    """The sentence filled: `own` may hold Markdown, of `said` nothing is obeyed; `own` comes first.

    Raises InputError where a slot is not known and no words stand in for it.

    >>> worded("Call {phone}, {name|dear customer}.", {"phone": "**0117**"}, {"name": "*Ana*"})
    'Call **0117**, \\\\*Ana\\\\*.'
    """

    def word(match: re.Match[str]) -> str:
        value = own.get(match[2] or "")
        return match[0] if value is None else value.replace("{", "{{").replace("}", "}}")

    return fill(PIECE.sub(word, template), said)
