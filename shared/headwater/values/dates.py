"""Dates that a text states in full, as English documents write them, in the forms of ISO 8601.

    a day         "1 May 2024", "May 1st, 2024", "2024-05-01", "Wednesday, 01/05/2024"   -> "2024-05-01"
    a month       "May 2024"                                                             -> "2024-05"
    no year       "1 May"                             -> "--05-01" (gMonthDay of XML Schema 1.1, part 2, 3.3.12)
    days          "3-5 May 2024", "3 to 5 May 2024"                                      -> "2024-05-03/2024-05-05"
    of accounts   "Q3 2024", "first half of 2024", "FY 2024"                      -> "2024-Q3", "2024-H1", "FY2024"

`order` is how figures alone are read, "DMY" or "MDY"; where that cannot be ("05/13/2024"), the other way. Two figures of a
year are of 1969 to 2068 (POSIX, strptime %y). "May", a year and a weekday by themselves are no dates, nor is what no
calendar has ("31 June"). Dates that need a today ("yesterday") are the support bot's to read.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date

from headwater.values.value import Value

__all__ = ["MONTH", "WEEKDAY", "find_dates"]

MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)"
)
WEEKDAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
NUMBERS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
WORDS = frozenset({"may", "mar", "march"})  # in small letters they are other words, unless a day stands before them
DAY = r"[0-3]?[0-9](?:st|nd|rd|th)?"
YEAR = r"(?:1[6-9]|2[01])[0-9]{2}"
LED = rf"(?:\b{WEEKDAY},?[ ]+(?:the[ ]+)?)?"
ORDINALS = {"first": "1", "second": "2", "third": "3", "fourth": "4", "1st": "1", "2nd": "2", "3rd": "3", "4th": "4"}
ORDINAL = "|".join(ORDINALS)
TO = r"\s?(?:-|–|—|\bto\b|\band\b)\s?"
END = r"(?![^\W_])"


def _iso(match: re.Match[str], order: str) -> str:
    return _day(match["y"], match["m"], match["d"])


def _figures(match: re.Match[str], order: str) -> str:
    first, second, year = match["a"], match["b"], match["y"]
    if len(year) == 2:
        year = f"{19 if int(year) >= 69 else 20}{year}"
    ways = [_day(year, second, first), _day(year, first, second)]
    return next(filter(None, ways if order == "DMY" else ways[::-1]), "")


def _written(match: re.Match[str], order: str) -> str:
    """A day with the month's name; of a range, both days."""
    name, year = match["name"], match["y"]
    days = [re.sub(r"\D", "", day) for day in (match["d"], match["until"]) if day]
    read = [_day(year, str(NUMBERS[name[:3].lower()]), day) for day in days]
    if not all(read) or (len(read) == 2 and read[0] >= read[1]):
        return ""
    return "/".join(read)


def _month(match: re.Match[str], order: str) -> str:
    name = match["name"]
    return "" if name.islower() and name in WORDS else f"{match['y']}-{NUMBERS[name[:3].lower()]:02}"


def _period(match: re.Match[str], order: str) -> str:
    groups = {name: value for name, value in match.groupdict().items() if value}
    year = groups["y"] if len(groups["y"]) == 4 else f"20{groups['y']}"
    if part := groups.get("part"):
        return f"{year}-{part.upper() if part[0] in 'QqHh' else part[::-1].upper()}"
    letter = "Q" if groups["unit"].lower() == "quarter" else "H"
    number = ORDINALS[groups["which"].lower()]
    return f"{year}-{letter}{number}" if letter == "Q" or number in "12" else ""


def _fiscal(match: re.Match[str], order: str) -> str:
    year = match["y"] if len(match["y"]) == 4 else f"20{match['y']}"
    return f"FY{year}" + (f"/{match['next'][-2:]}" if match["next"] else "")


def _day(year: str | None, month: str, day: str) -> str:
    """A day of the calendar in ISO 8601, "" where there is none; a day without a year may be the 29th of February."""
    try:
        found = date(int(year or 2000), int(month), int(day))
    except ValueError:
        return ""
    return found.isoformat() if year else f"--{found.month:02}-{found.day:02}"


PATTERNS: tuple[tuple[Callable[[re.Match[str], str], str], re.Pattern[str]], ...] = tuple(
    (read, re.compile(pattern, re.IGNORECASE))
    for read, pattern in (
        (_iso, rf"(?<![\w/.-])(?P<y>{YEAR})(?P<cut>[-/.])(?P<m>[01]?[0-9])(?P=cut)(?P<d>[0-3]?[0-9])(?![\w/-]|\.[0-9])"),
        (_figures, rf"{LED}(?<![\w/.,:-])(?P<a>[0-3]?[0-9])(?P<cut>[./-])(?P<b>[0-3]?[0-9])(?P=cut)(?P<y>{YEAR})(?![\w/-]|\.[0-9])"),
        (_figures, r"(?<![\w/.,:-])(?P<a>[0-3]?[0-9])/(?P<b>[0-3]?[0-9])/(?P<y>[0-9]{2})(?![\w/-]|[.,][0-9])"),
        (_written, rf"{LED}(?<![^\W_])(?<![0-9][.,:/-])(?:(?P<d>{DAY})(?:{TO}(?P<until>{DAY}))?)(?:\s+(?:day\s+)?of)?[\s-]+(?P<name>{MONTH}){END}\.?(?:(?:,?\s+|-)(?P<y>{YEAR}){END})?"),
        (_written, rf"{LED}(?<![^\W_])(?P<name>{MONTH}){END}\.?\s+(?P<d>{DAY})(?:{TO}(?P<until>{DAY}))?(?![^\W_]|[.:/-]?[0-9]|,[0-9]{{3}}{END}|\s?(?:%|per\s?cent|million|billion))(?:,?\s+(?P<y>{YEAR}){END})?"),
        (_month, rf"(?<![^\W_])(?P<name>{MONTH}){END}\.?(?:,?\s+|\s+of\s+|-)(?P<y>{YEAR}){END}"),
        (_period, rf"(?<![^\W_])(?P<part>[QH][1-4]|[1-4]Q|[12]H)(?:\s?(?:of\s)?(?:FY\s?|fiscal\s|'|’)?|-|/)(?P<y>{YEAR}|(?<=['’YQH])[0-9]{{2}}){END}"),
        (_period, rf"\b(?P<which>{ORDINAL})[ -](?P<unit>quarter|half)(?:\sof)?(?:\s(?:the\s)?(?:fiscal|financial)(?:\syear)?)?,?\s(?P<y>{YEAR}){END}"),
        (_fiscal, rf"\b(?:FY|(?:fiscal|financial)(?:\syear)?)\s?(?P<y>{YEAR}|(?<=FY)[0-9]{{2}})(?:[/-](?P<next>{YEAR}|[0-9]{{2}}))?{END}"),
    )
)  # fmt: skip


def find_dates(text: str, order: str = "DMY") -> Iterator[Value]:
    """Dates, none of which overlaps another; of two readings the one that PATTERNS has first."""
    taken: list[tuple[int, int]] = []
    if not any(sign.isdigit() for sign in text):
        return
    for read, pattern in PATTERNS:
        new = [(*match.span(), read(match, order)) for match in pattern.finditer(text) if _is_written(match)]
        for start, end, value in _free(taken, new):
            if value:  # "31 June 2024" is no day, and "June 2024" of it no month
                yield Value(start, end, "date", value)


def _is_written(match: re.Match[str]) -> bool:
    """Whether a month that is a word too is one here: "march 5" in small letters is none, "5 march" is."""
    groups = match.groupdict()
    name = groups.get("name") or ""
    return not (name.islower() and name in WORDS and (not groups.get("d") or match.start("name") < match.start("d")))


def _free(taken: list[tuple[int, int]], new: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Those of `new`, in order, that touch none of `taken`, which grows by them; both lists are gone through once."""
    at, kept = 0, []
    for start, end, value in new:
        while at < len(taken) and taken[at][1] <= start:
            at += 1
        if at == len(taken) or end <= taken[at][0]:
            kept.append((start, end))
            yield start, end, value
    taken[:] = sorted([*taken, *kept])
