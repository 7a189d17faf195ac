"""Numbers, days and names as people write them, in the language of the page."""

from datetime import date

__all__ = ["day", "days", "number", "percent", "plain", "points", "size", "within"]

MONTHS = ("January February March April May June July August September October November December").split()
MARKDOWN = r"\`*_{}[]()<>#+-.!|~$:"


def percent(share: float) -> str:
    """A share of 1 as a percentage; what is not whole is never shown as 100 % or 0 %.

    >>> percent(0.937), percent(0.9996), percent(0.0004), percent(1)
    ('94 %', '> 99 %', '< 1 %', '100 %')
    """
    if 0.995 <= share < 1:
        return "> 99 %"
    if 0 < share < 0.005:
        return "< 1 %"
    return f"{share * 100:.0f} %"


def within(value: float, low: float, high: float) -> str:
    """A share with its interval, in percent with one decimal.

    >>> within(0.9345, 0.926, 0.9431)
    '93.5 % (92.6 – 94.3)'
    """
    return f"{value * 100:.1f} % ({low * 100:.1f} – {high * 100:.1f})"


def points(difference: float) -> str:
    """A difference of two shares in points, with its sign.

    >>> points(0.41), points(-0.03), points(0.001)
    ('+41', '−3', '0')
    """
    rounded = round(difference * 100)
    return f"+{rounded}" if rounded > 0 else f"−{-rounded}" if rounded < 0 else "0"


def number(value: float) -> str:
    """A count or an average: whole from 10 on, one decimal below, thousands apart.

    >>> number(21.4), number(2.96), number(12000), number(3)
    ('21', '3', '12,000', '3')
    """
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}".removesuffix(".0")


def size(count: int) -> str:
    """A file's size.

    >>> size(23_400_000), size(900)
    ('23.4 MB', '900 B')
    """
    for unit, step in (("MB", 10**6), ("kB", 10**3)):
        if count >= step:
            return f"{count / step:.1f} {unit}"
    return f"{count} B"


def day(when: date, language: str) -> str:
    """A day of the year.

    >>> day(date(2026, 11, 3), "en"), day(date(2026, 11, 3), "zh")
    ('3 November', '11月3日')
    """
    return f"{when.month}月{when.day}日" if language == "zh" else f"{when.day} {MONTHS[when.month - 1]}"


def days(first: date, last: date, language: str) -> str:
    """A run of days, shortened where they share a month.

    >>> days(date(2026, 11, 11), date(2026, 11, 12), "en"), days(date(2026, 10, 20), date(2026, 11, 18), "en")
    ('11 – 12 November', '20 October – 18 November')
    """
    if first == last:
        return day(first, language)
    if (first.year, first.month) == (last.year, last.month):
        return (
            f"{first.month}月{first.day}–{last.day}日" if language == "zh" else f"{first.day} – {day(last, language)}"
        )
    return f"{day(first, language)} – {day(last, language)}"


def plain(text: str) -> str:
    r"""Text from outside, made safe for a place that reads Markdown.

    >>> plain("*buy* [here](x)")
    '\\*buy\\* \\[here\\]\\(x\\)'
    """
    return "".join(f"\\{character}" if character in MARKDOWN else character for character in text)
