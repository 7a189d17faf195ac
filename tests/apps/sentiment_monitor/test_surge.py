from datetime import UTC, datetime, timedelta

import numpy as np

from sentiment_monitor.feed import Item
from sentiment_monitor.sample_stories import Story
from sentiment_monitor.surge import find, leader
from sentiment_monitor.trend import daily

START = datetime(2026, 10, 20, 9, tzinfo=UTC)


def month(counts: list[int], name: str = "Larkmoor Bank") -> list[Story]:
    """Negative stories by day; those of busy days name the bank. One neutral story a day."""
    stories = []
    for number, count in enumerate(counts):
        when = START + timedelta(days=number)
        text = f"Shares in {name} fall" if count > 8 else "Shares in Acme fall"
        stories += [
            Story(Item(f"{number}-{i}", when, "", "", text), "negative", {"negative": 0.9}) for i in range(count)
        ]
        stories.append(Story(Item(f"{number}-n", when, "", "", "a bank met"), "neutral", {"neutral": 0.9}))
    return stories


def test_the_surge_is_found_with_its_days_rates_and_name() -> None:
    counts = [3] * 20 + [20, 22] + [3] * 8
    stories = month(counts)
    found = find(daily(stories), stories)
    assert found is not None
    assert (found.first.isoformat(), found.last.isoformat()) == ("2026-11-09", "2026-11-10")
    assert found.rate == 21
    assert 2.9 < found.usual < 3.1
    assert (found.name, found.named, found.count) == ("Larkmoor Bank", 42, 42)


def test_quiet_months_rarely_show_a_surge() -> None:
    draw = np.random.default_rng(3)
    months = [month(draw.poisson(3, 30).tolist()) for _ in range(40)]
    shown = sum(find(daily(stories), stories) is not None for stories in months)
    assert shown <= 4


def test_a_week_or_less_is_too_little_to_compare_with() -> None:
    stories = month([3, 3, 30, 3])
    assert find(daily(stories), stories) is None


def test_a_word_that_is_also_written_small_leads_nothing() -> None:
    inside = ["Shares of Northbank fall", "Shares in Northbank's peers slump", "Shares down, Northbank says"]
    assert leader(inside, ["the shares rose", "nothing new"]) == ("Northbank", 3)
    assert leader(["all small"], []) == ("", 0)
