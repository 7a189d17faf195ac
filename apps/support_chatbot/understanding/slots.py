"""The values in a message: amounts, dates, numbers, countries, names, each with its exact characters.

Each family of slots is a file of its own and says there how it reads what could be read in two ways. Where two families
claim the same characters, the first of ORDER has them: check digits and cues weigh more than the look of a number.
"""

from collections.abc import Callable, Iterator
from datetime import date

from support_chatbot.turn import Slot
from support_chatbot.understanding.dates import find_dates
from support_chatbot.understanding.money import find_money
from support_chatbot.understanding.names import find_names
from support_chatbot.understanding.numbers import (
    find_accounts,
    find_card_kinds,
    find_cards,
    find_contacts,
    find_orders,
)
from support_chatbot.understanding.places import find_countries

__all__ = ["SLOTS", "find_slots"]

SLOTS = ("account", "amount", "card", "card_kind", "country", "currency", "date", "email", "name", "order", "phone")
ORDER: tuple[Callable[[str], Iterator[Slot]], ...] = (find_accounts, find_orders, find_cards)
LAST: tuple[Callable[[str], Iterator[Slot]], ...] = (find_money, find_card_kinds, find_countries, find_names)
CHECKED = frozenset({"email", "card", "account"})


def find_slots(text: str, *, today: date) -> tuple[Slot, ...]:
    """All slots in the order of the text: `text[start:end] == slot.text`, and none overlaps another.

    `today` is the customer's day, from which "yesterday" is told.

    >>> [(slot.name, slot.value) for slot in find_slots("£20 on 3 March", today=date(2026, 11, 22))]
    [('currency', 'GBP'), ('amount', '20'), ('date', '2026-03-03')]
    """
    found: list[Slot] = []
    for slot in _claims(text, today):
        if all(slot.end <= other.start or other.end <= slot.start for other in found):
            found.append(slot)
    return tuple(sorted(found, key=lambda slot: slot.start))


def _claims(text: str, today: date) -> Iterator[Slot]:
    """What each family claims, strongest first."""
    contacts = list(find_contacts(text)) if "@" in text or _digits(text) else []
    yield from (slot for slot in contacts if slot.name in CHECKED)
    if _digits(text):
        for find in ORDER:
            yield from find(text)
    yield from contacts
    yield from find_dates(text, today=today)
    for find in LAST:
        yield from find(text)


def _digits(text: str) -> bool:
    return any(letter in "0123456789" for letter in text)
