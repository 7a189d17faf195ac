"""Numbers with check digits: IBANs, ISINs, LEIs and payment cards. One whose digits do not hold is none.

    iban  ISO 13616-1: the number turned by four, letters as 10 to 35, modulo 97 is 1 (ISO/IEC 7064, MOD 97-10)
    isin  ISO 6166: country, nine signs, and Luhn's digit over the digits that the letters become
    lei   ISO 17442-1: 18 signs and two check digits, modulo 97 is 1 (ISO/IEC 7064, MOD 97-10)
    card  ISO/IEC 7812-1: 13 to 19 digits, the last one Luhn's (US patent 2,950,048)
The arithmetic is python-stdnum's, which knows the countries of ISINs and the lengths of each country's IBANs besides.
Blanks and dashes of print part groups as plain ones do; IBANs and cards may go on in the next line.
"""

import re
import string
from collections.abc import Iterator

from headwater.signs import plain
from headwater.values.value import Value

__all__ = ["find_cards", "find_ibans", "find_isins", "find_leis"]

CARD = re.compile(r"(?<![\w-])(?:\d[ -]?){12,18}\d(?![\w-])")
# As cards are printed: more digits may follow, and a line may end between two groups.
GAP = r"(?:[ -]?\r?\n ?|[ -])?"
GROUPED = re.compile(rf"(?<![\w-])(?:(?:\d{{4}}{GAP}){{3}}\d{{4}}|\d{{4}}{GAP}\d{{6}}{GAP}\d{{5}})(?![\w-])")
IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:(?: ?\r?\n| )?[A-Z0-9]){11,30}(?!\w)")
ISIN = re.compile(r"(?<![^\W_])[A-Z]{2} ?[A-Z0-9]{3} ?[A-Z0-9]{3} ?[A-Z0-9]{3} ?[0-9](?![^\W_])")
LEI = re.compile(r"(?<![^\W_])[A-Z0-9]{4} ?[A-Z0-9]{14}[0-9]{2}(?![^\W_])")
# Issuers of payment cards begin with 2 (Mastercard) to 6 (Discover, UnionPay): ISO/IEC 7812-1, major industry identifiers.
ISSUERS = frozenset("23456")
BASE_36 = {ord(letter): str(number) for number, letter in enumerate(string.ascii_uppercase, 10)}


def find_ibans(text: str) -> Iterator[Value]:
    """IBANs in capitals, with or without spaces."""
    from stdnum import iban

    def holds(number: str) -> bool:
        # Tried at each end of what may be one: the library, with its tables of countries, is asked where the sum is right.
        return int((number[4:] + number[:4]).translate(BASE_36)) % 97 == 1 and iban.is_valid(number)

    text, at = plain(text), 0
    while match := IBAN.search(text, at):
        # Words in capitals may follow: the number is the longest beginning whose check digits hold.
        ends = (end for end in range(match.end(), match.start() + 14, -1) if not text[end - 1].isspace())
        end = next((end for end in ends if holds(_bare(text[match.start() : end]))), None)
        at = match.start() + 4 if end is None else end  # what follows it may be the beginning of the next one
        if end is not None and not text[end : end + 1].isalnum() and text.count("\n", match.start(), end) < 2:
            yield Value(match.start(), end, "iban", _bare(text[match.start() : end]))


def find_cards(text: str, issuers: frozenset[str] = ISSUERS) -> Iterator[Value]:
    """Card numbers whose check digit holds and that begin as `issuers` say; of digits all alike none."""
    from stdnum import luhn

    text, last = plain(text), 0
    found = sorted({match.span() for pattern in (CARD, GROUPED) for match in pattern.finditer(text)}, key=_longest)
    for start, end in found:
        digits = re.sub(r"\D", "", text[start:end])
        if start < last or text.count("\n", start, end) > 1:
            continue
        if digits[0] in issuers and len(set(digits)) > 1 and luhn.is_valid(digits):
            last = end
            yield Value(start, end, "card", digits)


def _longest(place: tuple[int, int]) -> tuple[int, int]:
    return place[0], -place[1]


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def find_isins(text: str) -> Iterator[Value]:
    """ISINs of countries that there are, in capitals."""
    from stdnum import isin

    for match in ISIN.finditer(plain(text)):
        if isin.is_valid(match[0]):
            yield Value(*match.span(), "isin", match[0].replace(" ", ""))


def find_leis(text: str) -> Iterator[Value]:
    """LEIs in capitals; a number all in digits is none, though the standard would allow it."""
    from stdnum import lei

    for match in LEI.finditer(plain(text)):
        if not match[0].replace(" ", "").isdigit() and lei.is_valid(match[0]):
            yield Value(*match.span(), "lei", match[0].replace(" ", ""))
