"""Numbers in a text, in figures or English words, with what multiplies them: "1,250.5", "1.2 million", "3-5", "two hundred".

Where figures could be read in two ways:
- Of a point and a comma the last one, if it stands once, is the decimal sign: "1.234.567,89", "1,234,567.89".
- Spaces and apostrophes between groups of three are thousands, and so is a sign that stands more than once.
- One comma before three digits is thousands ("1,250"), unless a zero alone stands before it ("0,125").
- One point before three digits is decimal ("1.250 billion"); of money without a magnitude it is thousands ("1.250 €").
`decimal` settles this: "." or "," is then the decimal sign, and the other one thousands.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from text_to_num import text2num

from headwater.values.currencies import CODED

__all__ = ["MAGNITUDES", "Number", "find_numbers", "find_spelled", "plain_decimal", "read_figures"]

UNITS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million".split()
SPELT = "|".join(sorted([*UNITS, *TENS], key=len, reverse=True))
SPELLED = re.compile(rf"\b(?:a[ -])?(?:{SPELT})(?:(?:[ -]and)?[ -](?:{SPELT}))*\b", re.IGNORECASE)
MAGNITUDES = {
    "k": 3, "thousand": 3, "thousands": 3, "grand": 3, "lakh": 5, "lakhs": 5, "m": 6, "mm": 6, "mn": 6, "mln": 6, "mio": 6, "million": 6,
    "millions": 6, "crore": 7, "crores": 7, "b": 9, "bn": 9, "bln": 9, "mrd": 9, "milliard": 9, "billion": 9, "billions": 9, "t": 12,
    "tn": 12, "trn": 12, "trillion": 12, "trillions": 12,
}  # fmt: skip
LETTERS = "k b t".split()  # right after the number alone: "$20 T-shirts" are no trillions
SHORT = [word for word in MAGNITUDES if len(word) < 4 and word not in LETTERS]
LONG = sorted((word for word in MAGNITUDES if len(word) > 3), key=len, reverse=True)
ENDS = r"(?![^\W_]|[-'’&][^\W\d_])"
MAGNITUDE = re.compile(
    rf"[ \u00a0-]?({'|'.join(LONG)})\b|[ \u00a0]?({'|'.join(sorted(SHORT, key=len, reverse=True))}){ENDS}|([kbt]){ENDS}",
    re.IGNORECASE,
)
FIGURES = (
    r"[0-9]{{1,3}}(?:(?P<{0}>[,.'’ \u00a0\u202f\u2009])[0-9]{{3}})(?:(?P={0})[0-9]{{3}}){{0,6}}(?:[.,][0-9]{{1,8}})?(?![0-9])"
    r"|[0-9]{{1,2}}(?:,[0-9]{{2}}){{1,5}},[0-9]{{3}}(?:\.[0-9]{{1,8}})?(?![0-9])"  # 1,50,00,000, as India writes it
    r"|[0-9]{{1,18}}(?:[.,][0-9]{{1,8}})?(?![0-9])|[.][0-9]{{1,8}}(?![0-9])"
)
# No number: the end of a word, of a date, of a time, of "#4", and what goes on as one of those.
NUMBER = re.compile(
    rf"(?:(?<![^\W_])|{CODED})(?<![0-9][./:,])(?:(?<![^\W\d_][-/#])|(?<=[0-9][kKmMbB]-)|(?<=[0-9][mb]n-))(?<!#)(?P<low>{FIGURES.format('group')})"
    rf"(?:\s?(?:-|–|—|\bto\b)\s?(?P<high>{FIGURES.format('other')}))?(?![.,/:]?[0-9]|-[0-9])"
)


@dataclass(frozen=True)
class Number:
    """A number at `text[start:end]`. `figures` is one number as written, or two of a range, none where it is in words.

    `magnitude` is the word after it, in small letters, and `end` where the number ends with it; `bare` where without.
    """

    start: int
    bare: int
    end: int
    figures: tuple[str, ...]
    magnitude: str = ""
    spelled: Decimal | None = None

    def values(self, decimal: str = "auto", money: bool = False, scaled: bool = True) -> tuple[Decimal, ...]:
        """Its one value, or both of a range; `scaled`: with the magnitude."""
        scale = MAGNITUDES.get(self.magnitude, 0) if scaled else 0
        if self.spelled is not None:
            return (self.spelled.scaleb(scale),)
        grouped = money and not scale
        return tuple(read_figures(figures, decimal, grouped).scaleb(scale) for figures in self.figures)


def find_numbers(text: str) -> Iterator[Number]:
    """Numbers of at most 18 digits before the decimal sign, in the order of the text; of a range both ends at once."""
    end = 0
    for start, stop, figures, value in sorted([*_figures(text), *_words(text)], key=lambda found: found[:2]):
        if start >= end:  # else the magnitude of the number before
            number = _with_magnitude(text, start, stop, figures, value)
            end = number.end
            yield number


def _figures(text: str) -> Iterator[tuple[int, int, tuple[str, ...], Decimal | None]]:
    for match in NUMBER.finditer(text):
        yield *match.span(), tuple(part for part in (match["low"], match["high"]) if part), None


def _words(text: str) -> Iterator[tuple[int, int, tuple[str, ...], Decimal | None]]:
    for start, end, value in find_spelled(text):
        if not text[start:end].lower().startswith(("hundred", "thousand", "million")):  # no number: "million euros"
            yield start, end, (), value


def _with_magnitude(text: str, start: int, end: int, figures: tuple[str, ...], spelled: Decimal | None) -> Number:
    match = MAGNITUDE.match(text, end)
    if match:
        word = next(filter(None, match.groups())).lower()
        return Number(start, end, match.end(), figures, word, spelled)
    return Number(start, end, end, figures, "", spelled)


def find_spelled(text: str) -> Iterator[tuple[int, int, Decimal]]:
    """Numbers in English words, as (start, end, value).

    >>> list(find_spelled("about two hundred and fifty of them"))
    [(6, 27, Decimal('250'))]
    """
    for match in SPELLED.finditer(text):
        words = re.sub(r"^a(?=[ -])", "one", re.sub(r"\s+", " ", match[0].lower()))
        if words.startswith(("hundred", "thousand", "million")):
            words = "one " + words
        try:
            yield *match.span(), Decimal(text2num(words, "en"))
        except (ValueError, InvalidOperation):  # "two fifty": words of numbers that are no one number
            continue


def read_figures(figures: str, decimal: str = "auto", grouped: bool = False) -> Decimal:
    """One number as written -> its value; `grouped`: one point before three digits is of thousands.

    >>> read_figures("1.234.567,89"), read_figures("1,250"), read_figures("1.250"), read_figures("1.250", grouped=True)
    (Decimal('1234567.89'), Decimal('1250'), Decimal('1.250'), Decimal('1250'))
    """
    figures = re.sub(r"[^0-9.,]", "", figures)
    sign = decimal if decimal in (".", ",") else _decimal_sign(figures, grouped)
    for other in ".,":
        if other != sign:
            figures = figures.replace(other, "")
    whole, _, part = figures.rpartition(sign) if sign and sign in figures else (figures, "", "")
    return Decimal(f"{re.sub('[.,]', '', whole) or '0'}.{part or '0'}") if part else Decimal(whole)


def _decimal_sign(figures: str, grouped: bool) -> str:
    """The decimal sign among a number's signs, "" where they are all thousands."""
    signs = [sign for sign in figures if sign in ".,"]
    if not signs:
        return ""
    last = signs[-1]
    if signs.count(last) > 1:
        return ""
    if len(set(signs)) > 1:
        return last
    before, _, after = figures.partition(last)
    thousands = len(after) == 3 and 1 <= len(before) <= 3 and before.strip("0") and (last == "," or grouped)
    return "" if thousands else last


def plain_decimal(value: Decimal) -> str:
    """A number without thousands, exponent or zeros at its end.

    >>> plain_decimal(Decimal("3E+6")), plain_decimal(Decimal("0.0310"))
    ('3000000', '0.031')
    """
    return format(value.normalize(), "f") if value else "0"
