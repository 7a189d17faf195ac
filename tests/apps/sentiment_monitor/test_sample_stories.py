from datetime import UTC, datetime

from sentiment_monitor.feed import Item
from sentiment_monitor.sample_stories import fingerprint, gather


def item(name: str, text: str, hour: int = 8) -> Item:
    return Item(name, datetime(2026, 11, 1, hour, tzinfo=UTC), f"wire {name}", "", text)


def test_copies_are_counted_with_the_first() -> None:
    items = [
        item("a", "Shares fall, bank says"),
        item("b", "Oil rises"),
        item("c", "UPDATE 2-SHARES FALL:  bank says", 9),
    ]
    stories = gather(items, ("negative", "positive"), [(0.9, 0.1), (0.2, 0.8), (0.4, 0.6)])
    assert [story.first.id for story in stories] == ["a", "b"]
    assert [copy.id for copy in stories[0].copies] == ["c"]
    assert stories[0].sources == ("wire a", "wire c")
    assert (stories[0].label, stories[0].probability) == ("negative", 0.9)  # of the first, not of the copy


def test_numbers_and_other_scripts_tell_stories_apart() -> None:
    assert fingerprint("up 3 %") != fingerprint("up 4 %")
    assert fingerprint("银行股价下跌") != fingerprint("银行股价上涨")
    assert fingerprint("📈") != fingerprint("📉")
