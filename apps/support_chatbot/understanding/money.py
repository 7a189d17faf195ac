"""Amounts and currencies: "£20", "1.250,50 €", "two hundred and fifty dollars", "50p".

Where a text could be read in two ways:
- A group of three digits after a point or comma is thousands, as customers write money with two decimals or none:
  "1.250 €" and "€1,250" are both 1250. Otherwise the last point or comma is the decimal one, whichever it is.
- "pound" is GBP, "$", "dollar" and "buck" are USD; "$20 AUD" is AUD, since the code says more than the sign.
- "5 pounds and 50 pence" is one amount, 5.50, and its currency stands at the last word.
- "50p" and "50 pence" are 0.50 GBP; "50 cents" is 0.50 of a currency that is not said.
- A minus sign is no part of an amount: it says which way money went.
- A number without a currency is an amount where it has thousands in words or a "k" ("five grand", "5k"), where a verb
  of money stands before it and no thing that is counted after ("withdraw 50 from", not "top up 3 times"), or where it
  is the whole message. Four digits as a whole message are a card's (see cards.py) unless they end in 00.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import zip_longest
from typing import NamedTuple

from price_parser import Price

from headwater.values.currencies import ALONE, CODED, SYMBOLS, WORDS, currency_of
from headwater.values.numbers import find_spelled
from headwater.values.phrases import Phrase
from support_chatbot.turn import Slot

__all__ = ["find_money", "plain_number"]

DIGITS = (
    r"[0-9]{1,3}(?:(?P<group>[,.'’ \u00a0\u202f])[0-9]{3})(?:(?P=group)[0-9]{3})*(?:[.,][0-9]{1,2})?(?![0-9])"
    r"|[0-9]+(?:[.,][0-9]{1,2})?(?![0-9])|[.][0-9]{2}(?![0-9])"
)
NUMBER = re.compile(
    rf"(?:(?<![^\W_])|(?i:{CODED}))(?<![0-9][./:,])(?<![^\W\d_][-/#])(?<!#)(?:{DIGITS})(?![.,/:-]?[0-9])"
)
SLANG = {"fiver": "5", "tenner": "10"}
SLANG_WORD = re.compile(r"\b(?:fiver|tenner)\b", re.IGNORECASE)
MAGNITUDE = re.compile(r"(k|m|mn|bn)(?![^\W_])|[ -]?(thousand|grand|million|mio|billion)\b", re.IGNORECASE)
TIMES = {"k": 3, "thousand": 3, "grand": 3, "m": 6, "mn": 6, "mio": 6, "million": 6, "bn": 9, "billion": 9}
SMALL = re.compile(r"[ ]?(p|pence|pennies|penny)(?![^\W_])|[ ]?(cents?|c|¢)(?![^\W_])", re.IGNORECASE)
JOINS = re.compile(r"\s*(?:,|&|and)?\s*", re.IGNORECASE)  # between the pounds and the pence of one amount
SPEND = re.compile(
    r"\b(?:transfer|send|sen[dt]ing|pay|paid|withdr[ae]w|withdrawing|top(?:ped|ping)? up|deposit(?:ed)?|charged(?: me)?|"
    r"spent|refund(?: of)?|asked for|got|gave me|given|received|amount(?: of)?(?: is)?|(?:transfer|payment|charge|fee|deposit|withdrawal|purchase|top[- ]up) of|make (?:it|that)|transferred|sent|took out|take out)(?: exactly| about| only| just)?[ :]+$",
    re.IGNORECASE,
)
ON_ITS_OWN = re.compile(
    r"\s*(?:$|[.,;!?)]|(?:to|from|into|onto|in|on|at|for|by|via|and|but|with|back|made|sent|that|which|i|yesterday|today|last|instead|please)\b)",
    re.IGNORECASE,
)


class Number(NamedTuple):
    """A number in the text, not yet known to be money."""

    start: int
    end: int
    value: Decimal
    spelled: bool = False


def find_money(text: str) -> Iterator[Slot]:
    """Amount and currency slots, each with its own characters; a currency also where it stands by itself."""
    taken: list[tuple[int, int]] = []
    numbers, joined = sorted(_numbers(text)), -1
    for number, after in zip_longest(numbers, numbers[1:]):
        if number.start == joined:
            continue
        slots = list(_read(text, number))
        if after and (both := _with_small(text, slots, after)):
            slots, joined = both, after.start
        for slot in slots:
            taken.append((slot.start, slot.end))
            yield slot
    for start, end, code in _currencies(text):
        if all(end <= begin or stop <= start for begin, stop in taken):
            yield Slot("currency", code, start, end, text[start:end])


def plain_number(value: Decimal) -> str:
    """As a slot holds it: no sign of thousands, no decimals or at least two.

    >>> plain_number(Decimal("1250.5"))
    '1250.50'
    """
    if value == value.to_integral_value():
        return str(int(value))
    return str(value.normalize() if -value.normalize().as_tuple().exponent > 2 else value.quantize(Decimal("0.01")))


def _numbers(text: str) -> Iterator[Number]:
    for match in NUMBER.finditer(text):
        amount = Price.fromstring(match[0]).amount
        if amount is not None and match.end() - match.start() <= 15:
            yield Number(*match.span(), amount)
    for start, end, value in find_spelled(text):
        yield Number(start, end, value, spelled=True)
    for match in SLANG_WORD.finditer(text):
        yield Number(*match.span(), Decimal(SLANG[match[0].lower()]))


def _read(text: str, number: Number) -> Iterator[Slot]:
    """The slots of a number: none where it is no money."""
    start, end, value, _ = number
    magnitude = MAGNITUDE.match(text, end)
    if magnitude:
        word = (magnitude[1] or magnitude[2]).lower()
        value, end = value.scaleb(TIMES[word]), magnitude.end()
    if text[end : end + 2].strip()[:1] == "%":
        return
    currency, part = currency_of(text, start, end), SMALL.match(text, end)
    if currency is None and part and not magnitude:
        value /= 100
        if part[1]:
            currency = Phrase(*part.span(1), "GBP")
        else:
            end = part.end()
    elif currency is None and not (text[start:end].lower() in SLANG or _bare(text, number, end, bool(magnitude))):
        return
    yield Slot("amount", plain_number(value), start, end, text[start:end])
    if currency:
        yield Slot("currency", currency.value, currency.start, currency.end, text[currency.start : currency.end])


def _with_small(text: str, slots: list[Slot], after: Number) -> list[Slot]:
    """The slots of pounds with the pence that follow them, as one amount; none where no pence do."""
    if len(slots) != 2 or "." in slots[0].value or not 0 < after.value < 100 or after.value % 1:
        return []
    (amount, currency), part = slots, SMALL.match(text, after.end)
    between = text[max(amount.end, currency.end) : after.start]
    if not part or (part[2] is None) != (currency.value == "GBP") or not JOINS.fullmatch(between):
        return []
    value, end = plain_number(Decimal(amount.value) + after.value / 100), after.end
    if currency.start > amount.start:
        start, stop = part.span(1 if part[1] else 2)
        currency = Slot("currency", currency.value, start, stop, text[start:stop])
    return [Slot("amount", value, amount.start, end, text[amount.start : end]), currency]


def _bare(text: str, number: Number, end: int, large: bool) -> bool:
    """Whether a number without a currency is an amount all the same."""
    if not (text[: number.start].strip() or text[end:].strip(" .!")):
        whole = text[number.start : end]
        return not (len(whole) == 4 and whole.isdigit()) or whole.endswith("00")
    if text[end : end + 1].isalpha():
        return False
    if large:
        return re.search(r"k$|grand$", text[number.start : end], re.IGNORECASE) is not None
    if number.spelled:
        return False
    return bool(SPEND.search(text[max(0, number.start - 30) : number.start]) and ON_ITS_OWN.match(text, end))


def _currencies(text: str) -> Iterator[Phrase]:
    """Currencies by themselves: names, signs, and codes that are no words."""
    yield from WORDS.find(text)
    for match in re.finditer(r"(?<![^\W_])[A-Za-z]{3}(?![^\W_])", text):
        if match[0].upper() in ALONE and (match[0].isupper() or match[0].islower()):
            yield Phrase(*match.span(), match[0].upper())
    for match in re.finditer(r"[£€]", text):
        yield Phrase(*match.span(), SYMBOLS[match[0]])
