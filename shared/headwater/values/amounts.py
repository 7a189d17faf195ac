"""Money, percentages and quantities: a number, and the word or sign beside it that says of what.

    money       "EUR 3m", "$3-5 million", "1.250,50 €", "two hundred dollars"   -> "EUR 3000000", "USD 3000000..5000000"
    percentage  "3.1 %", "three per cent", "25 bps", "0.5 percentage points"     -> "0.031", "0.03", "0.0025", "0.005"
    quantity    "1.2 million barrels", "5 kg", "30 days" (units.toml)            -> "1200000 bbl", "5 kg", "30 d"

Currencies are codes of ISO 4217 (currencies.toml). A number without a currency is no money, so that a year is none; a
minus sign counts where it touches the number or its currency and no word touches the sign. In "between $3 and $5 million"
the first takes the magnitude of the second.
"""

import itertools
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from headwater.values.currencies import currency_after, currency_before, currency_of
from headwater.values.numbers import MAGNITUDES, Number, find_numbers
from headwater.values.value import Value, ranged

__all__ = ["find_money", "find_percentages", "find_quantities"]

PERCENT = re.compile(
    r"(?:[ \u00a0\u202f]?(?P<hundredth>%)(?:-?points?\b|[ ]points?\b)?"
    r"|[ \u00a0-](?P<words>per[ ]?cent(?:age[ -]points?)?)(?!\w)|[ \u00a0]?(?P<short>pct|pp)(?!\w)"
    r"|[ \u00a0-]?(?P<basis>bps?|basis[ -]points?)(?!\w))",
    re.IGNORECASE,
)
MINUS = re.compile(r"(?:^|[\s(\[:;,])([-−])$")
# "between $3 and $5 million", "$3 to 5 million" (the number after it is looked at with its own currency).
JOINED = re.compile(r"[ ]?(?:-|–|—|\bto\b|\band\b|\bor\b)[ ]?")
UNTIL = re.compile(r"[ ]?(?:-|–|—|\bto\b)[ ]?")
# "US$3m-backed": the hyphen goes on with a word, so that the letters belong to the number only beside a currency.
BACKED = re.compile(
    rf"({'|'.join(sorted((w for w in MAGNITUDES if len(w) < 4), key=len, reverse=True))})(?=-[^\W\d_])", re.I
)
LETTERS = frozenset(word for word in MAGNITUDES if len(word) < 4)  # "m" and "bn" multiply money alone


def _units() -> tuple[dict[str, str], dict[str, str]]:
    """Spellings as they stand, and those of words in small letters -> the unit's sign."""
    table = tomllib.loads(Path(__file__).with_name("units.toml").read_text(encoding="utf-8"))
    signs = {spelling: sign for sign, spellings in table["signs"].items() for spelling in spellings.split(", ")}
    words = {word: sign for sign, spellings in table["words"].items() for word in spellings.split(", ")}
    return signs, words | {f"{word}s": sign for word, sign in words.items() if not word.endswith(("s", "z", "feet"))}


SIGNS, WORDS = _units()
UNIT = re.compile(
    rf"[ \u00a0\u202f-]?(?:({'|'.join(map(re.escape, sorted(SIGNS, key=len, reverse=True)))})"
    rf"|((?i:{'|'.join(map(re.escape, sorted(WORDS, key=len, reverse=True)))})))(?![^\W_]|[²³])"
)


def find_money(text: str, decimal: str = "auto") -> Iterator[Value]:
    """Amounts with a currency, sign and all; a currency belongs to one number, in "EUR 20 EUR 30" to the one after it."""
    numbers, last = list(find_numbers(text)), None
    for number, after in itertools.zip_longest(numbers, numbers[1:]):
        found = _money(text, number, after, decimal, last.end if last else 0) or _goes_on(text, number, decimal, last)
        if found:
            last = found
            yield found


def _goes_on(text: str, number: Number, decimal: str, before: Value | None) -> Value | None:
    """The end of a range that has a magnitude and no currency of its own: "5m" of "EUR 3m-5m"."""
    if before is None or not number.magnitude or not UNTIL.fullmatch(text, before.end, number.start):
        return None
    code = before.value.partition(" ")[0]
    return Value(number.start, number.end, "money", f"{code} {ranged(number.values(decimal, money=True))}")


def _money(text: str, number: Number, after: Number | None, decimal: str, taken: int) -> Value | None:
    """The amount of a number, where a currency stands beside it and after character `taken`."""
    if not number.magnitude and (backed := BACKED.match(text, number.bare)) and currency_before(text, number.start):
        number = replace(number, end=backed.end(), magnitude=backed[1].lower())
    place = _with_currency(text, number.start, number.end, taken)
    if place is None and number.magnitude:  # "3 m" is no three millions where the currency is not beside them
        number = Number(number.start, number.bare, number.bare, number.figures, "", number.spelled)
        place = _with_currency(text, number.start, number.bare, taken)
    if place is None or PERCENT.match(text, place[1]):
        return None
    start, end, code = place
    values = number.values(decimal, money=True)
    if shared := _shared_magnitude(text, number, after):
        values = tuple(value.scaleb(MAGNITUDES[shared]) for value in number.values(decimal))
    leads = bool(MINUS.search(text[max(0, start - 2) : start]))  # "-$5", or "$-5"
    if len(values) == 1 and (leads or (start < number.start and text[number.start - 1] in "-−")):
        start, values = start - leads, (-values[0],)
    return Value(start, end, "money", f"{code} {ranged(values)}")


def _with_currency(text: str, start: int, end: int, taken: int) -> tuple[int, int, str] | None:
    """A number with the currency beside it: start, end and code. Of "$20 AUD" the code says more than the sign."""
    before, after = currency_before(text, start), currency_after(text, end)
    if before and before.start < taken:
        before = None
    if before and not (after and before.end - before.start < 3 <= after.end - after.start):
        return before.start, end, before.value
    if after:
        return before.start if before else start, after.end, after.value
    return None


def _shared_magnitude(text: str, number: Number, after: Number | None) -> str:
    """The magnitude of the number that ends a range, where this one begins it and has none of its own."""
    if (
        number.magnitude
        or number.spelled is not None
        or after is None
        or not after.magnitude
        or len(number.figures) > 1
    ):
        return ""
    currency = currency_of(text, after.start, after.end)
    begins = min(after.start, currency.start) if currency else after.start
    return after.magnitude if begins > number.end and JOINED.fullmatch(text, number.end, begins) else ""


def find_percentages(text: str, decimal: str = "auto") -> Iterator[Value]:
    """Percentages, percentage points and basis points, as shares: "3.1 %" is 0.031."""
    for number in find_numbers(text):
        match = PERCENT.match(text, number.bare)
        if match is None:
            continue
        of = Decimal(10_000 if match["basis"] else 100)
        values = tuple(value / of for value in number.values(decimal, scaled=False))
        start = number.start
        if MINUS.search(text[max(0, start - 2) : start]) and len(values) == 1:
            start, values = start - 1, (-values[0],)
        yield Value(start, match.end(), "percentage", ranged(values))


def find_quantities(text: str, decimal: str = "auto") -> Iterator[Value]:
    """Numbers of a unit. Letters multiply none: "5 m" alone is neither metres nor millions."""
    for number in find_numbers(text):
        scaled = bool(number.magnitude) and number.magnitude not in LETTERS
        match = UNIT.match(text, number.end if scaled else number.bare)
        if match is None:
            continue
        unit = SIGNS[match[1]] if match[1] else WORDS[match[2].lower()]
        yield Value(number.start, match.end(), "quantity", f"{ranged(number.values(decimal, scaled=scaled))} {unit}")
