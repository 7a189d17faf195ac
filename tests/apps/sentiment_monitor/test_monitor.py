from datetime import date
from pathlib import Path

from sentiment_monitor.charts import picked_day
from tests.apps.conftest import open_app, words


def test_the_sample_is_counted_and_its_stories_are_shown(shelf: Path) -> None:
    page = open_app("sentiment_monitor")
    assert not page.exception
    assert "20 October – 18 November" in words(page)
    assert words(page).count('class="hw-story"') == 10


def test_another_day_shows_its_own_stories(shelf: Path) -> None:
    page = open_app("sentiment_monitor")
    page.selectbox(key="monitor.day").set_value("2026-10-24").run()
    assert "Stories of 24 October" in words(page)
    assert words(page).count('class="hw-story"') == 3


def test_a_story_says_why(shelf: Path) -> None:
    page = open_app("sentiment_monitor")
    assert 'class="hw-words"' not in words(page)
    page.toggle[0].set_value(True).run()
    assert 'class="hw-words"' in words(page)


def test_days_and_sources_narrow_what_is_counted(shelf: Path) -> None:
    page = open_app("sentiment_monitor")
    page.date_input[0].set_value((date(2026, 11, 1), date(2026, 11, 5))).run()
    assert "1 – 5 November" in words(page)
    page.multiselect[0].set_value(["Corvus Wire"]).run()
    assert not page.exception
    assert "Corvus Wire" in words(page)
    assert "Ticker &amp; Tonic" not in words(page)


def test_a_click_on_a_bar_is_read() -> None:
    assert picked_day({"selection": {"picked": [{"day": "2026-11-11"}]}}) == "2026-11-11"
    assert picked_day({"selection": {"picked": []}}) is None
    assert picked_day({}) is None
