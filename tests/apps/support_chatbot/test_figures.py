"""The page of figures: its sentence, its shares, its downloads, and the conversations behind an outcome."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from headwater.store import open_store
from support_chatbot import figures
from support_chatbot.records.conversations import Conversations
from support_chatbot.records.outcomes import OUTCOMES, outcomes
from tests.apps.conftest import open_app, words
from tests.apps.support_chatbot.records.conftest import said


@pytest.fixture
def talks(bank: Path) -> Conversations:
    return Conversations(open_store())


def test_without_conversations_it_says_what_to_do(talks: Conversations) -> None:
    page = open_app("support_chatbot", "figures")
    assert not page.exception
    assert "No conversation of this time can be counted yet" in words(page)
    assert "Choose a longer time" in words(page)
    assert not page.metric


def test_the_shares_have_intervals_and_the_outcomes_add_up(talks: Conversations) -> None:
    for text in ("where is my card", "find it", "human please", "no way"):
        said(talks, text)
    page = open_app("support_chatbot", "figures")
    assert not page.exception
    assert "50 % of 4 conversations were resolved by the bot itself" in words(page)
    assert [metric.value for metric in page.metric] == ["50 %", "75 %", "–", "–"]
    assert "95 % interval 15 – 85 %, of 4" in words(page)  # Wilson's of 2 in 4
    table = page.dataframe[0].value
    assert list(table.iloc[:, 1]) == [1, 1, 0, 1, 0, 1]
    assert "no way" in words(page)  # asked and not answered
    assert page.get("download_button")


def test_the_conversations_behind_an_outcome_can_be_opened(talks: Conversations) -> None:
    said(talks, "where is my card")
    key = said(talks, "human *please*")
    page = open_app("support_chatbot", "figures")
    page.selectbox(key="figures.outcome").set_value("handed_over").run()
    assert [button.label for button in page.button] == [r"human \*please\*"]
    page.button[0].click().run()
    assert not page.exception
    assert page.query_params["talk"] in (key, [key])


def test_windows_and_leading_figures() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert figures.since("week", now) == now - timedelta(days=7)
    assert set(figures.INKS) == set(OUTCOMES)


def test_behind_an_outcome_the_latest_come_first(talks: Conversations) -> None:
    keys = [said(talks, "where is my card") for _ in range(3)]
    found = outcomes(talks.store, datetime(2020, 1, 1, tzinfo=UTC))
    assert [talk.key for talk in figures.behind(found, "answered")] == keys[::-1]
    with pytest.raises(KeyError):
        figures.behind(found, "unknown")
