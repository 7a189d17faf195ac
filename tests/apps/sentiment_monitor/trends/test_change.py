"""What changed, against scipy's tests and a case worked by hand."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from scipy.stats import binomtest

from headwater.errors import InputError
from sentiment_monitor.news import Counts
from sentiment_monitor.trends import changes, net, net_of, ratio
from sentiment_monitor.trends.change import surprise

NOW = datetime(2026, 3, 2, tzinfo=UTC)
PAIRS = [(0, 0), (1, 0), (0, 1), (5, 5), (6, 5), (14, 3), (3, 14), (40, 90), (2000, 1500)]


@pytest.mark.parametrize(("now", "before"), PAIRS)
def test_the_surprise_is_that_of_the_exact_test(now: int, before: int) -> None:
    chance = binomtest(now, now + before).pvalue if now + before else 1.0
    assert surprise(now, before) == pytest.approx(-math.log10(chance), abs=1e-6)


@pytest.mark.parametrize(("now", "before"), PAIRS[5:])
def test_the_interval_is_that_of_the_share(now: int, before: int) -> None:
    found, share = ratio(now, before), binomtest(now, now + before).proportion_ci(method="wilson")
    assert found.value == pytest.approx(now / before)
    assert found.low == pytest.approx(share.low / (1 - share.low), rel=1e-3)
    assert found.high == pytest.approx(share.high / (1 - share.high), rel=1e-3)


def test_where_one_side_is_empty() -> None:
    assert ratio(0, 0).low == 0 and ratio(0, 0).high == math.inf
    assert ratio(7, 0).value == math.inf > ratio(7, 0).low > 1
    assert ratio(0, 7).value == 0 < ratio(0, 7).high < 1


class Told:
    """Counts of two days."""

    def tops(self, dimension: str, start: datetime, end: datetime, limit: int | None) -> list[tuple[str, Counts]]:
        today = {"legal": Counts(negative=14, positive=1), "macro": Counts(negative=30), "new": Counts(negative=1)}
        yesterday = {"legal": Counts(negative=3), "macro": Counts(negative=29, unsure=9), "gone": Counts(negative=9)}
        assert (end - start, limit) == (timedelta(days=1), None)
        return list((today if end == NOW else yesterday).items())


def test_what_changed_most_stands_first() -> None:
    found = changes(Told(), "topic", NOW)
    assert [change.value for change in found] == ["gone", "legal", "macro", "new"]
    assert found[1].ratio.value == pytest.approx(14 / 3) and found[1].net.stories == 15
    assert found[1].net.value == pytest.approx(-13 / 15) and found[2].net_before.stories == 29
    assert len(changes(Told(), "topic", NOW, limit=1)) == 1
    with pytest.raises(InputError, match="windows apart"):
        changes(Told(), "topic", NOW, back=timedelta(hours=3))


def test_an_unsure_story_says_neither() -> None:
    found = net_of(Counts(1, 2, 5, unsure=99))
    assert (found.value, found.low, found.high) == net(1, 2, 5) and found.stories == 8
