"""The service team's day in a real browser: the queue, one conversation to its end, the figures, and what can be learnt.

The hub runs on tiny bundles and a small bank; a store with a few conversations stands there before.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from headwater.store import open_store
from headwater.store.corrections import recorded
from headwater.store.tables import METADATA
from support_chatbot.learning.proposals import New, Proposals, digest, write_proposals
from support_chatbot.learning.reading import read_proposals
from support_chatbot.records.conversations import Conversations
from tests.apps.support_chatbot.records.conftest import ORIGIN, Echo
from tests.browser.conftest import Small

BIKES = New("bike_insurance", "Bike insurance", ("insure my bike", "cover my bicycle"), "Not yet.")


@pytest.fixture(params=[(1280, 900), (390, 844)], ids=["wide", "narrow"])
def sized(request, page):
    page.set_viewport_size({"width": request.param[0], "height": request.param[1]})
    yield page
    assert page.locator("[data-testid='stException']").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= request.param[0]


@pytest.fixture
def root(small: Small) -> Path:
    """The hub's folder, in its store three conversations and nothing else, and one proposal."""
    with open_store(str(small.root / "store.sqlite")) as store:
        with store.write() as connection:
            for table in reversed(METADATA.sorted_tables):
                if "subject" in table.c:
                    connection.execute(table.delete())
        talks = Conversations(store)
        for texts in (["where is my card"], ["no way"], ["find it", "human please"]):
            key = talks.begin("web", "en", origin=ORIGIN)
            for text in texts:
                talks.say(key, text, Echo().reply)
    write_proposals(Proposals(new=(replace(BIKES, made=digest(BIKES)),)), small.root / "proposals.yaml")
    return small.root


@pytest.fixture
def hub(small: Small, root: Path) -> str:
    return small.url


def test_the_day_of_an_agent(hub: str, root: Path, sized, settle: Callable) -> None:
    _take_and_close(hub, root, sized, settle)
    _read_the_figures(hub, sized, settle)
    _accept_a_proposal(hub, root, sized, settle)


def _take_and_close(hub: str, root: Path, page, settle: Callable) -> None:
    page.goto(f"{hub}/support-desk?lang=en")
    page.get_by_text("1 customer waits for a person").wait_for()
    page.get_by_role("button", name="Open").click()
    page.get_by_text("This customer has waited").wait_for()
    assert page.get_by_role("button", name="Take over").is_disabled()
    name = page.get_by_role("textbox", name="Your name at this desk")
    name.fill("Ann Lee")
    name.press("Enter")
    settle(page)
    page.get_by_role("button", name="Take over").click()
    page.get_by_text("You have this conversation").wait_for()
    page.get_by_role("button", name="Correct this").first.click()
    page.get_by_role("combobox", name="What the customer meant").fill("neutral")
    page.get_by_role("option", name="neutral").click()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Corrected to: neutral").wait_for()
    page.keyboard.press("Escape")
    field = page.get_by_test_id("stChatInputTextArea")
    field.fill("Good morning, I am Ann.")
    field.press("Enter")
    page.get_by_test_id("stChatMessage").get_by_text("Good morning, I am Ann.").wait_for()
    page.get_by_role("button", name="Close").click()
    page.get_by_text("What was said stays here").wait_for()
    page.get_by_role("button", name="Yes, close it").click()
    page.get_by_text("This conversation is closed").wait_for()
    assert page.get_by_test_id("stChatMessage").get_by_text("Good morning, I am Ann.").is_visible()
    page.get_by_role("button", name="All conversations").click()
    page.get_by_text("Nobody waits for a person").wait_for()
    with open_store(str(root / "store.sqlite")) as store:
        assert [(one.right, one.who) for one in recorded(store)] == [("neutral", "Ann Lee")]


def _read_the_figures(hub: str, page, settle: Callable) -> None:
    page.goto(f"{hub}/support-figures?lang=en")
    page.get_by_text("of 3 conversations were resolved").wait_for()
    page.get_by_test_id("stVegaLiteChart").first.wait_for()
    settle(page)
    page.get_by_role("button", name="where is my card").click()
    page.get_by_text("The bot has this conversation").wait_for()


def _accept_a_proposal(hub: str, root: Path, page, settle: Callable) -> None:
    page.goto(f"{hub}/support-learning?lang=en")
    page.get_by_text("1 proposal waits for your decision").wait_for()
    page.get_by_role("button", name="Accept", exact=True).click()
    page.get_by_text("Every proposal has been decided on").wait_for()
    page.get_by_text("2 rows, for").wait_for()
    assert read_proposals(root / "proposals.yaml").new[0].status == "accepted"


@pytest.mark.parametrize("address", ["support-desk", "support-figures", "support-learning"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_of_the_team_looks_right_at_both_widths(
    hub: str, page, look: Callable, address: str, language: str
) -> None:
    page.goto(f"{hub}/{address}?lang={language}")
    page.locator("h1.hw-sentence").wait_for()
    look(page, f"{address}-{language}")
