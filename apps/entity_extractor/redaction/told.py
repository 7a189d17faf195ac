"""Personal values that only the words beside them tell: dates of birth, numbers of documents, streets with a number.

A date alone is no date of birth, and nine digits alone are no passport. In a chat the value may
stand in the answer, a line below the question. Streets are known by their form in English, Germanic and Romance
languages, postcodes by that of Britain and America, elsewhere by the place beside them.
"""

import re
from collections.abc import Iterable, Iterator

from headwater.signs import plain
from headwater.spans import Span

__all__ = ["find_told", "postcodes"]

DATE = (  # beside a word for birth any word between a day and a year is a month
    r"(?:\d{4}[-./年] ?\d{1,2}[-./月] ?\d{1,2}日?|\d{1,2}[-./ ]\d{1,2}[-./ ]\d{2,4}"
    r"|\d{1,2}(?:st|nd|rd|th|\.)?(?: of| de)? [^\W\d_]{3,10}\.?,?(?: de)? \d{2,4}"
    r"|[^\W\d_]{3,10}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4})"
)
BORN = re.compile(
    r"(?:\bborn|\bd\.?\s?o\.?\s?b\b\.?|\bbirth(?:day|date)?|\bgeb(?:oren|urtsdatum|\.)|\bnée? le|\bnaissance"
    r"|\bnacid[oa]|\bnacimiento|\bnascid[oa]|\bnascimento|\bnat[oa] il|\bnascita|\burodzon[ya]|\bsyntynyt|\bfødt|\bfödd"
    rf"|出生)[^\d]{{0,60}}?(?P<value>(?<!\d){DATE})(?!\d)",
    re.IGNORECASE,
)
PAPER = (
    r"(?:passport|(?:national |personal )?id(?:entity)?(?: card)?|driv(?:ing|er['’]?s?) licen[cs]e|licen[cs]e"
    r"|national insurance|nino?|social security|ssn|tax(?:payer)?(?: id| identification)?|nhs|visa|residence permit"
    r"|health card|medicare|aadhaar|pan card|personalausweis|ausweis|reisepass|steuer-?id|dni|nie|nif|codice fiscale"
    r"|pesel|personnummer|bsn|cpf|curp)"
)
DOCUMENT = re.compile(
    rf"\b{PAPER}\b(?:[^\w\n]*(?:number|no\.?|num\.?|nr\.?|n[°º]|code)\b)?(?:\?\s*\w+:)?(?:[\s:#=(]*(?:is|was|to)\b)?[\s:#=(.]*"
    r"(?P<value>(?=[A-Z -]{0,16}\d)(?=(?:[^\d\n]*\d){3})[A-Z0-9]+(?:[ .-](?=[A-Z0-9]*\d|[A-Z](?![A-Za-z]))[A-Z0-9]+)*)",
    re.IGNORECASE,
)
# In small letters, as no name begins, and few: a word that could be either is tried in every way, exponentially many.
PARTICLES = r"(?:[a-z]{2,3} ){0,3}"
NAME = r"[^\W\d_a-z][\w'’.-]*"
STREETS = (
    r"street|st|road|rd|avenue|ave|lane|ln|drive|dr|close|crescent|court|ct|place|pl|way|terrace|gardens|square|sq"
    r"|boulevard|blvd|hill|row|mews|grove|park|parade|walk|quay|wharf|north|south"
)
ADDRESSES = (
    re.compile(
        rf"\b(?:(?i:flat|apt\.?|apartment|unit|suite) \w{{1,5}},? )?\d{{1,5}}[A-Za-z]?,? (?:{NAME} ){{1,3}}(?i:{STREETS})\b"
        r"(?:,? (?i:flat|apt\.?|apartment|unit|suite|#) ?[\w-]{1,6})?"
    ),
    re.compile(
        r"\b[^\W\d_a-z][\w-]{0,60}(?:(?i:straße|strasse|str\.|weg|platz|allee|gasse|ring|damm|ufer|straat|laan|gracht|plein|kade|gatan|vägen|gade|vej|gata)| (?:Straße|Allee|Platz|Ring))"
        r" \d{1,4} ?[a-z]?\b"
    ),
    re.compile(
        rf"\b\d{{1,4}}(?: ?(?:bis|ter))?,? (?i:rue|avenue|boulevard|place|quai|chemin) (?:\w{{1,3}}['’ ])*{NAME}(?:[ -]{NAME})*"
    ),
    re.compile(
        rf"\b(?i:via|viale|piazza|corso|calle|c/|carrer|avenida|av\.|plaza|rua|ul\.|ulica)\s{PARTICLES}{NAME}"
        rf"(?: {PARTICLES}{NAME}){{0,6}},? (?:n\.?[ºo]? ?)?\d{{1,4}}\b(?:/\d+)?"
    ),
    re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b"),
    re.compile(
        r"\b(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]"
        r"|W[AIVY]) \d{5}(?:-\d{4})?\b"
    ),
)
CODE_BEFORE = re.compile(
    r"(?<![\w.,-])(?!(?:19|20)\d\d\b)(?:\d{4,6}|\d{3} \d{2}|\d{2}-\d{3}|\d{4}-\d{3}|\d{4} [A-Z]{2}) $"
)
CODE_AFTER = re.compile(r",? (?:\d{5,6}|\d{3} \d{3})(?![\w-])")


def postcodes(text: str, places: Iterable[tuple[int, int]]) -> Iterator[Span]:
    """Numbers right before or after the names of `places` that are like a postcode; 1999 and 2024 are years.

    >>> [span.text for span in postcodes("80331 Berlin, Chennai 600020", [(6, 12), (14, 21)])]
    ['80331', '600020']
    """
    typed = plain(text)
    for start, end in places:
        before = CODE_BEFORE.search(typed, max(0, start - 9), start)
        if before:
            yield _span(text, "address", before.start(), start - 1)
        after = CODE_AFTER.match(typed, end)
        if after:
            digits = re.search(r"\d", after[0])
            yield _span(text, "address", end + (digits.start() if digits else 0), after.end())


def find_told(text: str) -> Iterator[Span]:
    """Spans labelled birth, document or address; they may overlap.

    >>> [(span.label, span.text) for span in find_told("born 3 May 1990, passport no. X1234567, of 4 Elm Street")]
    [('birth', '3 May 1990'), ('document', 'X1234567'), ('address', '4 Elm Street')]
    """
    typed = plain(text)
    for label, pattern in (("birth", BORN), ("document", DOCUMENT)):
        for match in pattern.finditer(typed):
            yield _span(text, label, *match.span("value"))
    for pattern in ADDRESSES:
        for match in pattern.finditer(typed):
            yield _span(text, "address", *match.span())


def _span(text: str, label: str, start: int, end: int) -> Span:
    return Span(start, end, label, text=text[start:end])
