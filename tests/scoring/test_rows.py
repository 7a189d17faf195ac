"""Fields of a record: dates, links, texts that cannot be scored."""

import doctest
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

import headwater.scoring.dates
import headwater.scoring.feeds
import headwater.scoring.rows
import headwater.scoring.web
from headwater.scoring.dates import to_utc
from headwater.scoring.rows import MAX_TEXT, Reject, Row, as_text, make_row, safe_link

MOMENTS = [
    ("2026-10-20T06:00:00Z", "2026-10-20T06:00:00Z"),
    ("2026-10-20T08:00:00+02:00", "2026-10-20T06:00:00Z"),
    ("2026-10-20 06:00", "2026-10-20T06:00:00Z"),  # no zone: UTC
    ("2026-10-20", "2026-10-20T00:00:00Z"),
    (" Tue, 20 Oct 2026 02:00:00 -0400 ", "2026-10-20T06:00:00Z"),
    ("20 Oct 2026 06:00:00 GMT", "2026-10-20T06:00:00Z"),
    (1792476000, "2026-10-20T06:00:00Z"),  # 20,746 days x 86,400 s + 6 h
    (1792476000000, "2026-10-20T06:00:00Z"),
    ("1792476000", "2026-10-20T06:00:00Z"),
    (datetime(2026, 10, 20, 8, tzinfo=timezone(timedelta(hours=2))), "2026-10-20T06:00:00Z"),
    (date(2026, 10, 20), "2026-10-20T00:00:00Z"),
]
UNREADABLE = [
    "yesterday",
    "",
    "2026-13-40",
    True,
    None,
    20261020,
    float("nan"),
    10**30,
    [],
    datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
]


@pytest.mark.parametrize(("given", "expected"), MOMENTS)
def test_a_date_becomes_iso_8601_in_utc(given, expected):
    assert to_utc(given) == expected
    assert datetime.fromisoformat(expected).tzinfo == UTC


@pytest.mark.parametrize("given", UNREADABLE)
def test_what_is_no_date_is_none(given):
    assert to_utc(given) is None


def test_an_unreadable_date_is_kept_as_it_came():
    row = make_row(1, {"text": "Oil rose", "published": "yesterday noon"})
    assert (row.published, row.published_original) == (None, "yesterday noon")
    assert make_row(1, {"text": "Oil rose", "published": "2026-10-20"}).published_original is None


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", " JavaScript:alert(1)", "java\nscript:x", "data:text/html,x", "file:///etc/passwd",
     "//host/path", "/path", "", None, 7, "http://", "https://a b", "http://a/\nSet-Cookie: x", "vbscript:x"],
)  # fmt: skip
def test_a_link_that_is_not_http_is_dropped(link):
    assert safe_link(link) is None


def test_a_web_link_stays():
    assert safe_link(" HTTPS://example.org/a?b=c#d ") == "HTTPS://example.org/a?b=c#d"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "expected a text in 'text', got none"),
        ({"text": None}, "expected a text in 'text', got none"),
        ({"text": 7}, "expected a text in 'text', got int"),
        ({"text": ["a"]}, "expected a text in 'text', got list"),
        ({"text": ""}, "the text is empty"),
        ({"text": " \t\n\u3000\ufeff\0"}, "the text is empty"),
        ({"text": "x" * (MAX_TEXT + 1)}, "the text has 1,000,001 characters; at most 1,000,000 are scored"),
        ({"text": "caf\udce9"}, "the text is not UTF-8: byte 0xe9 at character 3"),
    ],
)
def test_a_bad_text_is_rejected_with_its_reason(fields, reason):
    reject = make_row(4, {**fields, "id": "a"})
    assert isinstance(reject, Reject)
    assert (reject.number, reject.reason, reject.id) == (4, reason, "a")
    assert len(reject.raw) <= 500


def test_a_text_at_the_limit_is_scored():
    assert isinstance(make_row(1, {"text": "x" * MAX_TEXT}), Row)


def test_nul_and_lone_surrogates_become_one_character_each():
    row = make_row(1, {"text": "a\0b\ud800c", "id": "\0", "source": {"name": "x"}, "url": "http://a/\ud800"})
    assert row.text == "a\ufffdb\ufffdc"
    assert (row.id, row.source, row.url) == ("\ufffd", '{"name": "x"}', "http://a/\ufffd")


def test_fields_of_other_types_are_written_out():
    row = make_row(1, {"body": "Oil rose", "id": 17, "source": ""}, "body")
    assert (row.text, row.id, row.source) == ("Oil rose", "17", None)


@pytest.mark.parametrize(
    "module",
    [headwater.scoring.dates, headwater.scoring.feeds, headwater.scoring.web, headwater.scoring.rows],
)
def test_the_examples_in_docstrings(module):
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed


def test_what_has_a_thousand_levels_is_told_and_not_raised():
    deep: object = "x"
    for _ in range(5000):
        deep = {"texts": deep}
    found = make_row(3, {"text": deep, "url": deep})
    assert isinstance(found, Reject)
    assert "expected a text" in found.reason
    assert as_text(deep) == "<dict of too many levels>"
