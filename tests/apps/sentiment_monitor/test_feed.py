import json
from datetime import UTC, datetime
from pathlib import Path

from sentiment_monitor import feed


def test_the_sample_is_read_whole() -> None:
    items, rejects = feed.read(feed.SAMPLE)
    assert (len(items), rejects) == (300, [])
    assert (items[0].day.isoformat(), items[-1].day.isoformat()) == ("2026-10-20", "2026-11-18")
    assert all(item.source and item.url.startswith("https://") for item in items)


def test_items_stand_in_the_order_of_time_and_bad_lines_aside(tmp_path: Path) -> None:
    rows = [
        {"text": "later", "published": "2026-11-02T10:00:00+02:00", "url": "javascript:alert(1)"},
        {"text": "sooner", "published": "2026-11-01T10:00:00Z", "id": "a"},
        {"text": "no date"},
        {"text": "  "},
    ]
    path = tmp_path / "feed.jsonl"
    path.write_text("\n".join([*map(json.dumps, rows), "{"]))
    items, rejects = feed.read(path)
    assert [item.text for item in items] == ["sooner", "later"]
    assert items[1].published == datetime(2026, 11, 2, 8, tzinfo=UTC)
    assert items[1].url == ""
    assert [reject.number for reject in rejects] == [3, 4, 5]
    assert "expected a date" in rejects[0].reason
