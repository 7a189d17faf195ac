"""A question as the classifier should read it: what a customer names stands for any such thing.

The model learnt from questions with few names and amounts, and takes an unknown one for a sign: "my transfer of £250 to
Anna hasn't arrived" says nothing that "my transfer to my friend hasn't arrived" does not.
"""

import re
from collections.abc import Iterator, Sequence

from support_chatbot.turn import Slot

__all__ = ["plainly"]

SENT = re.compile(r"\b(?:sen[dt]|sending|transfer\w*|wired?|money)\b.*\bto\s+$", re.IGNORECASE | re.DOTALL)
OF = re.compile(r"\s*\b(?:of|worth)\s+$", re.IGNORECASE)


def plainly(text: str, slots: Sequence[Slot]) -> str:
    """The text with whom money was sent to as "my friend", and without the "of £250" of a transfer or payment.

    `slots` are those of `text`. Other amounts stay: a question may be about being charged £1.
    """
    parts, at = [], 0
    for name, start, end in _values(text, slots):
        before = text[at:start]
        if name == "name" and SENT.search(text[:start]):
            parts += [before, "my friend"]
        elif name == "amount" and (of := OF.search(before)):
            parts.append(before[: of.start()])
        else:
            continue
        at = end
    return "".join([*parts, text[at:]])


def _values(text: str, slots: Sequence[Slot]) -> Iterator[tuple[str, int, int]]:
    """Slots in the order of the text, an amount together with its currency: "£", "250" as one amount."""
    money = ("amount", "currency")
    held: tuple[str, int, int] | None = None
    for slot in sorted(slots, key=lambda one: one.start):
        if held and {held[0], slot.name} == set(money) and not text[held[2] : slot.start].strip():
            held = ("amount", held[1], slot.end)
            continue
        if held:
            yield held
        held = (slot.name, slot.start, slot.end)
    if held:
        yield held
