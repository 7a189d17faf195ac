"""When a feed is looked at next."""

from datetime import UTC, datetime, timedelta

import pytest

from sentiment_monitor.intake.schedule import LONGEST, next_look, retry_after

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)


def wait(**options) -> float:
    return (next_look("ecb", NOON, 300, **options) - NOON).total_seconds()


def test_an_interval_less_up_to_a_tenth() -> None:
    waits = [(next_look(f"feed {n}", NOON, 300) - NOON).total_seconds() for n in range(200)]
    assert 270 <= min(waits) < 275 and 295 < max(waits) <= 300


@pytest.mark.parametrize(
    ("failures", "full"), [(1, 300), (2, 600), (3, 1200), (7, 19_200), (8, 21_600), (5000, 21_600)]
)
def test_failures_double_it_up_to_six_hours(failures: int, full: float) -> None:
    assert full / 2 <= wait(failures=failures) <= full <= LONGEST.total_seconds()


def test_a_feed_looked_at_less_often_than_that_keeps_its_interval() -> None:
    later = next_look("ecb", NOON, 86_400, failures=9) - NOON
    assert timedelta(hours=12) <= later <= timedelta(hours=24)


def test_what_the_server_asks_is_kept_to_a_day() -> None:
    assert wait(failures=1, asked=timedelta(hours=2)) == 7200
    assert wait(failures=1, asked=timedelta(seconds=1)) >= 150
    assert wait(failures=1, asked=timedelta(days=400)) == 86_400


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("120", 120), (" 7 ", 7), ("0", 0), ("Thu, 12 Nov 2026 12:30:00 GMT", 1800), ("Thu, 12 Nov 2026 11:30:00 GMT", None),
     ("soon", None), ("", None), (None, None), ("-5", None), ("9" * 400, 86_400), ("²", None), ("Thu, 99 Nov 2026", None)],
)  # fmt: skip
def test_retry_after(written: str | None, seconds: float | None) -> None:
    found = retry_after(written, NOON)
    assert (None if found is None else found.total_seconds()) == seconds
