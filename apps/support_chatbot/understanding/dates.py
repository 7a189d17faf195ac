"""Dates: found by cheap patterns, read by dateparser, which is too slow to search a whole message (0.5 ms a date).

A value is a day ("2026-03-04"); a month ("2026-03") or week ("2026-W10", ISO 8601) where no day is said: "in March",
"last week". Where a text could be read in two ways:
- 03/04/2026 is the third of April, as the British write it; 12/25/2026, which cannot be, is the 25th of December.
- A day without a year, a weekday and "the 5th" are the last such day before today or today, since customers tell what
  happened; after "by", "until", "next", "this" or "coming" the next one. "last Friday" is never today.
- "24/7" and fractions are no dates: a day and month in figures need a year, or "on", "since", "from", "until", "dated" or
  "date" before them, or they are all that is said. "the 2nd card" is no date: after "the 2nd" must come the end or a word that goes on about something else.
- "may", "march", "sun", "sat" are words too: they count beside a number, or after "in", "since", "last" and the like.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from threading import Lock

from headwater.values.dates import MONTH, WEEKDAY
from support_chatbot.turn import Slot

__all__ = ["find_dates"]

SHORT = r"(?:mon|tues?|wed|thurs?|fri|sat|sun)"
DAY = r"[0-3]?[0-9](?:st|nd|rd|th)?"
COUNT = r"(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|[0-9]{1,3})"
ON = r"(?:\b(?:on|since|from|until|till|by|dated|before|after)\s+(?:the\s+)?)"
GOES_ON = (
    r"(?=\s*(?:$|[.,;!?)]|(?:and|but|so|at|i|we|it|for|to|from|by|with|was|is|in|because|when|my|until|still|yet)\b))"
)
PATTERNS = (
    ("iso", r"(?<![\w-])[12][0-9]{3}-[01][0-9]-[0-3][0-9](?![\w-])"),
    ("day", r"(?<![\w./-])[0-3]?[0-9](?P<cut>[./-])[0-3]?[0-9](?P=cut)(?:[12][0-9])?[0-9]{2}(?![\w/-])"),
    ("day", rf"{ON}(?P<fraction>[0-3]?[0-9][/.][0-3]?[0-9])(?![\w/.]?[0-9])"),
    ("day", r"(?:^\W*(?:(?:no|sorry|it was|make it)\W+)*(?=[0-9/]+\W*$)|\bdate\b\D{0,12})(?P<figures>(?!24/7)[0-3]?[0-9]/[0-3]?[0-9])(?![\w/.]?[0-9])"),
    ("day", rf"(?<!\w){DAY}(?:\s+of)?[\s-]+{MONTH}\b\.?(?:(?:,?\s+|-)(?:[12][0-9]{{3}})\b)?"),
    ("day", rf"\b{MONTH}\b\.?\s+(?:the\s+)?{DAY}(?!\w|[.,:/-]?[0-9])(?:,?\s+[12][0-9]{{3}}\b)?"),
    ("month", rf"(?:\b(?P<when>in|since|last|during|until|from|early|late)\s+)(?P<name>{MONTH}(?:,?\s+[12][0-9]{{3}})?)\b"),
    ("month", rf"\b(?P<dated>{MONTH}\s+[12][0-9]{{3}})\b"),
    ("weekday", rf"\b(?:(?P<which>last|past|this|next|coming|on|by|until|since|every|each)\s+)?(?P<weekday>{WEEKDAY})\b"),
    ("weekday", rf"\b(?P<which2>last|this|next|on|by|until|since)\s+(?P<weekday2>{SHORT})\b(?!-)"),
    ("day", r"\b(?:the\s+)?day\s+(?:before\s+yesterday|after\s+tomorrow)\b"),
    ("day", rf"\b{COUNT}\s+(?:days?|weeks?|months?|years?)\s+ago\b"),
    ("word", r"\b(?:today|yesterday|tomorrow|tonight|last\s+night|this\s+(?:morning|afternoon|evening))\b"),
    ("period", r"\b(?P<side>last|this|next)\s+(?P<unit>week|month)\b"),
    ("ordinal", rf"\bthe\s+(?P<ordinal>[0-3]?[0-9](?:st|nd|rd|th))\b{GOES_ON}"),
)  # fmt: skip
COMPILED = [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in PATTERNS]
# What every date has at least: most messages have none, and need no more than this.
GUARD = re.compile(
    r"[0-9]|day\b|days\b|\bago\b|night|morning|afternoon|evening|tomorrow|\b(?:last|this|next|on|by|since|until|in|during|early|late)\b",
    re.IGNORECASE,
)
AHEAD = frozenset({"by", "until", "next", "this", "coming"})
DAYS = {"today": 0, "tonight": 0, "this": 0, "yesterday": -1, "last": -1, "tomorrow": 1}
FIRST = {name: number for number, name in enumerate(("mo", "tu", "we", "th", "fr", "sa", "su"))}
MOST = 8  # dates that are read in a message
lock = Lock()  # dateparser keeps what it has learned of a locale in globals


def find_dates(text: str, *, today: date) -> Iterator[Slot]:
    """Date slots; those that name no day that there is ("31/02/2026") are left out."""
    if not GUARD.search(text):
        return
    taken: list[tuple[int, int]] = []
    for kind, pattern in COMPILED:
        for match in pattern.finditer(text):
            start, end = _place(kind, match)
            if len(taken) == MOST or not all(end <= begin or stop <= start for begin, stop in taken):
                continue
            value = _value(kind, match, text[start:end], today)
            if value:
                taken.append((start, end))
                yield Slot("date", value, start, end, text[start:end])


def _place(kind: str, match: re.Match[str]) -> tuple[int, int]:
    """The characters of the date alone, without the word that led to it; "last", "this" and "next" belong to it."""
    groups = {name: value for name, value in match.groupdict().items() if value}
    for name in ("fraction", "figures", "ordinal", "dated"):
        if name in groups:
            return match.span(name)
    if "name" in groups:
        return match.span() if groups["when"].lower() == "last" else match.span("name")
    if kind == "weekday":
        which, day = ("which", "weekday") if "weekday" in groups else ("which2", "weekday2")
        inner = groups.get(which, "").lower() in {"last", "past", "this", "next", "coming"}
        return match.span() if inner else match.span(day)
    return match.span()


def _value(kind: str, match: re.Match[str], words: str, today: date) -> str | None:
    groups = {name: value.lower() for name, value in match.groupdict().items() if value}
    if kind == "weekday":
        return _weekday(groups, today)
    if kind == "word":
        return (today + timedelta(days=DAYS[words.lower().split()[0]])).isoformat()
    if kind == "period":
        return _period(groups["side"], groups["unit"], today)
    if kind == "month":
        words = re.sub(r"^last\s+", "", words, flags=re.IGNORECASE)
        read = _read(words, today)
        return f"{read:%Y-%m}" if read else None
    if figures := groups.get("fraction") or groups.get("figures"):
        first, _, second = figures.replace(".", "/").partition("/")
        words = f"{second}/{first}" if int(second) > 12 else words  # 11/20 is no month of 2020
    ahead = re.search(r"\b(?:by|until|till|before)\s+(?:the\s+)?$", match.string[: match.start()], re.IGNORECASE)
    found = date_of(words) if kind == "iso" else _read(words, today, ahead=bool(ahead))
    return found.isoformat() if found else None


def date_of(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None


def _weekday(groups: dict[str, str], today: date) -> str | None:
    which = groups.get("which") or groups.get("which2") or ""
    if which in {"every", "each"}:
        return None
    day = FIRST[(groups.get("weekday") or groups["weekday2"])[:2]]
    back, on = (today.weekday() - day) % 7, (day - today.weekday()) % 7
    if which in {"last", "past"}:
        back = back or 7
    if which == "next":
        on = on or 7
    return (today + timedelta(days=on if which in AHEAD else -back)).isoformat()


def _period(side: str, unit: str, today: date) -> str:
    step = {"last": -1, "this": 0, "next": 1}[side]
    if unit == "week":
        year, week, _ = (today + timedelta(weeks=step)).isocalendar()
        return f"{year}-W{week:02}"
    months = today.year * 12 + today.month - 1 + step
    return f"{months // 12:04}-{months % 12 + 1:02}"


@lru_cache(maxsize=4_096)  # "yesterday" and "two weeks ago" come again all day
def _read(words: str, today: date, *, ahead: bool = False) -> date | None:
    """What dateparser makes of the words of one date."""
    words = re.sub(r"(?i)\b(?:the|of)\b", " ", words)
    try:
        with lock:
            read = _parser(today, ahead).get_date_data(words.strip()).date_obj
    except (ValueError, OverflowError):  # a year that no calendar has
        return None
    return read.date() if read else None


@lru_cache(maxsize=8)
def _parser(today: date, ahead: bool):  # type: ignore[no-untyped-def]
    from dateparser.date import DateDataParser  # 70 ms to import, and most messages have no date

    settings = {
        "DATE_ORDER": "DMY",
        "PREFER_DATES_FROM": "future" if ahead else "past",
        "PREFER_DAY_OF_MONTH": "first",
        "RELATIVE_BASE": datetime.combine(today, time(12)),
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    return DateDataParser(languages=["en"], settings=settings)
