"""An alert in words: what rose, by how much against what was expected, and which stories led it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from headwater.store import Store
from headwater.store.news import NEWS_STORY
from headwater.ui.texts import Catalogue, catalogue
from sentiment_monitor.naming import short

__all__ = ["Note", "chance_words", "expected_words", "leaders", "note", "plain_number", "worded"]

LEADERS = 3
LONGEST = 120  # characters of a title
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
FEW = 0.1  # expected stories below which the figure itself says no more


@dataclass(frozen=True)
class Note:
    """What is sent of an alert: one line, and the lines below it."""

    title: str
    body: str


def worded(reason: Mapping[str, Any], titles: Sequence[str] = (), language: str = "en") -> str:
    """The reason of an alert as a sentence without its stop; `titles` are those of the stories that led it.

    >>> worded({"code": "surge", "sentiment": "negative", "stories": 14, "hours": 2, "expected": 3.1, "p": 0.0004})
    '14 negative stories in 2 h where 3.1 were expected, p = 0.0004'
    """
    t = catalogue(language)
    said = t.count(
        f"newsalert.{reason['code']}", reason["stories"], hours=reason["hours"], p=chance_words(reason["p"]),
        expected=expected_words(t, reason["expected"]), sentiment=t(f"sentiment.{reason.get('sentiment', 'negative')}"),
    )  # fmt: skip
    if not titles:
        return said
    quoted = t("newsalert.between").join(t("newsalert.quoted", title=short(title, LONGEST)) for title in titles)
    return t("newsalert.led", reason=said, titles=quoted)


def note(
    payload: Mapping[str, Any], titles: Sequence[str], language: str = "en", names: Mapping[str, str] | None = None
) -> Note:
    """The message about an alert, from what the outbox keeps of it. `names`: of companies, by id."""
    t = catalogue(language)
    value = payload["value"] or t("newsalert.everything")
    if payload["dimension"] == "topic":
        value = t.get(f"topic.{value}", value)
    if payload["dimension"] == "company":
        value = (names or {}).get(value, value)
    severity = t(f"newsalert.severity.{payload['severity']}")
    key = "newsalert.raised" if payload["change"] == "raised" else "newsalert.title"
    opened = datetime.fromisoformat(payload["opened"]).strftime("%Y-%m-%d %H:%M")
    since = t("newsalert.since", opened=opened, rule=payload["rule"], alert=payload["alert"])
    return Note(t(key, severity=severity, value=value), f"{worded(payload['reason'], titles, language)}\n{since}")


def leaders(store: Store, led: Sequence[int], limit: int = LEADERS) -> list[str]:
    """Titles of the stories with the most items among these; of as many, the younger first."""
    chosen = sa.select(NEWS_STORY.c.title).where(NEWS_STORY.c.id.in_(list(led)))
    with store.read() as connection:
        most = connection.execute(chosen.order_by(NEWS_STORY.c["items"].desc(), NEWS_STORY.c.id.desc()).limit(limit))
        return [row.title for row in most]


def expected_words(t: Catalogue, value: float) -> str:
    """How many stories were expected, as the end of a sentence.

    >>> expected_words(catalogue("en"), 3.14), expected_words(catalogue("en"), 0.0049)
    ('3.1 were expected', 'under 0.1 was expected')
    """
    return t("newsalert.expected.few") if value < FEW else t("newsalert.expected.some", number=plain_number(value))


def chance_words(value: float) -> str:
    """A chance for people to read; the rules and their fields take it as `plain_number` writes it.

    >>> chance_words(0.0004), chance_words(6.65e-07)
    ('0.0004', '7\\xa0×\\xa010⁻⁷')
    """
    digit, raised, power = plain_number(value).partition("e")
    return f"{digit}\u00a0×\u00a010{str(int(power)).translate(RAISED)}" if raised else digit


def plain_number(value: float) -> str:
    """Two digits that matter: 3.1, 26, 0.0004, and 1e-07 where the noughts would be too many.

    >>> plain_number(3.14159), plain_number(0.00042), plain_number(1.3e-7), plain_number(1234.5)
    ('3.1', '0.00042', '1e-07', '1,234')
    """
    if value == 0:
        return "0"
    if value < 1e-4:
        return f"{value:.0e}"
    return f"{value:,.0f}" if value >= 10 else f"{float(f'{value:.2g}'):f}".rstrip("0").rstrip(".")
