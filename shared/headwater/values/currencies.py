"""Currencies beside a number, as signs, ISO 4217 codes or words: currencies.toml -> the code that each stands for.

A code says more than a sign, so that "$20 AUD" is AUD. Codes count in capitals; those of `alone` in any case.
"""

import re
import tomllib
from pathlib import Path

from headwater.values.phrases import Phrase, Phrases

__all__ = ["ALONE", "BESIDE", "CODED", "SYMBOLS", "WORDS", "currency_after", "currency_before", "currency_of"]

DATA = tomllib.loads(Path(__file__).with_name("currencies.toml").read_text(encoding="utf-8"))
SYMBOLS: dict[str, str] = {symbol.casefold(): code for symbol, code in DATA["symbols"].items()}
ALONE = frozenset(DATA["codes"]["alone"].split())
BESIDE = frozenset(DATA["codes"]["beside"].split())
WORDS = Phrases(
    DATA["words"] | {f"{word}s": code for word, code in DATA["words"].items() if not word.endswith(("s", "kroner"))}
)
SIGNS = "|".join(re.escape(symbol) for symbol in sorted(SYMBOLS, key=len, reverse=True))
BEFORE = re.compile(rf"(?:(?<![^\W_])([A-Za-z]{{3}})|({SIGNS}))[ \u00a0]?-?$", re.IGNORECASE)
AFTER = re.compile(rf"[ \u00a0-]?(?:({SIGNS})|([A-Za-z]{{3}}))(?![^\W_])", re.IGNORECASE)
# A place right after a code, where a number may begin: "EUR3bn", but no "RON95", which is petrol.
CODED = rf"(?<=(?<![^\W_])(?:{'|'.join(sorted(ALONE - {'RON'}))}))"
GAP = re.compile(r"[ \u00a0-]*")
WIDEST = 6  # characters before a number that its currency can take, with the space and the minus sign


def currency_before(text: str, place: int) -> Phrase | None:
    """The currency that ends right before `place`, or a space or minus sign before it."""
    offset = max(0, place - WIDEST)
    match = BEFORE.search(text[offset:place])
    if not match:
        return None
    code, symbol = match[1], match[2]
    if symbol:
        return Phrase(offset + match.start(2), offset + match.end(2), SYMBOLS[symbol.casefold()])
    if code in BESIDE or code.upper() in ALONE:
        return Phrase(offset + match.start(1), offset + match.end(1), code.upper())
    return None


def currency_after(text: str, place: int) -> Phrase | None:
    """The currency that begins at `place`, or after a space or hyphen there: "€", "EUR", "euros"."""
    match = AFTER.match(text, place)
    if match and match[1]:
        return Phrase(*match.span(1), SYMBOLS[match[1].casefold()])
    if match and (match[2] in BESIDE or match[2].upper() in ALONE):
        return Phrase(*match.span(2), match[2].upper())
    gap = GAP.match(text, place)
    return WORDS.at(text, gap.end() if gap else place)


def currency_of(text: str, start: int, end: int) -> Phrase | None:
    """The currency of the number at `text[start:end]`: the one after it where there is none before, or where it is a code or a word."""
    before, after = currency_before(text, start), currency_after(text, end)
    return after if after and (not before or after.end - after.start >= 3) else before
