"""The support bot in a real browser, with the models and the bank that ship: a customer's way to a person and back.

The customer's page and the agent's are two tabs of one hub, so that what one writes must come to the other by the store.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from headwater.store import open_store
from headwater.store.corrections import recorded

BUNDLES = Path(__file__).resolve().parents[2] / "models"
pytestmark = pytest.mark.skipif(
    not all((BUNDLES / name / "bundle" / "model.onnx").is_file() for name in ("support-intent", "sentences")),
    reason="the bundles support-intent and sentences are not there",
)
SIZES = [(1280, 900), (390, 844)]
SLOW = 90_000  # ms: the first visit reads the help centre into its index


@pytest.fixture(params=SIZES, ids=["wide", "narrow"])
def customer(request, page, dashboard: str, settle: Callable):
    """A customer who has just opened the chat."""
    page.set_viewport_size({"width": request.param[0], "height": request.param[1]})
    page.goto(f"{dashboard}/support?lang=en")
    page.get_by_text("Hello, I'm Mere").wait_for(timeout=SLOW)
    settle(page)
    yield page
    assert page.locator("[data-testid='stException']").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= request.param[0]


def say(page, text: str, settle: Callable) -> None:
    field = page.get_by_test_id("stChatInputTextArea")
    field.fill(text)
    field.press("Enter")
    page.get_by_test_id("stChatMessage").get_by_text(text, exact=True).last.wait_for()
    settle(page)


def press(page, words: str, settle: Callable) -> None:
    page.get_by_role("button", name=words, exact=True).last.click()
    settle(page)


def told(page, words: str) -> None:
    """The last message says so, now or in a moment."""
    from playwright.sync_api import expect

    expect(page.get_by_test_id("stChatMessage").last).to_contain_text(words, timeout=30_000)


def test_it_answers_asks_back_finds_and_fills_in_a_form(customer, settle: Callable) -> None:
    customer.get_by_role("button", name="My new card still has not arrived").click()
    customer.get_by_text("free of charge").wait_for()
    settle(customer)
    told(customer, "4 to 6 working days")
    say(customer, "I was charged a fee", settle)
    told(customer, "Do you mean")
    press(customer, "A fee on a transfer", settle)
    told(customer, "fee")
    say(customer, "Can I get an overdraft?", settle)
    told(customer, "This is what our help centre says")
    customer.get_by_role("button", name="Read it in: Overdrafts").last.click()
    dialog = customer.get_by_role("dialog")
    dialog.get_by_text("What the reply quotes is marked.").wait_for()
    customer.keyboard.press("Escape")
    say(customer, "I have lost my card", settle)
    press(customer, "debit", settle)
    press(customer, "freeze", settle)
    told(customer, "Shall I freeze your debit card")
    press(customer, "Yes, please", settle)
    told(customer, "It's done")
    customer.reload()
    customer.get_by_text("It's done").wait_for()


def test_a_person_takes_over_answers_puts_an_intent_right_and_ends_it(
    customer, dashboard: str, settle: Callable, headwater_home: Path
) -> None:
    say(customer, "My new card still has not arrived", settle)
    say(customer, "talk to a person", settle)
    customer.get_by_text("A person has been asked to come.").wait_for()
    key = customer.url.partition("talk=")[2]
    desk = customer.context.new_page()
    desk.goto(f"{dashboard}/support-desk?lang=en")
    desk.get_by_role("heading", name=re.compile("waits? for a person")).wait_for()
    desk.goto(f"{dashboard}/support-desk?lang=en&talk={key}")
    desk.get_by_role("textbox", name="Your name at this desk").fill("Sam")
    desk.get_by_role("textbox", name="Your name at this desk").press("Enter")
    settle(desk)
    desk.get_by_role("button", name="Take over").click()
    customer.get_by_role("heading", name="A person from Northmere Bank is here").wait_for()
    customer.get_by_text("Sam has taken over").wait_for()  # by itself: nothing was pressed in the chat
    field = desk.get_by_test_id("stChatInputTextArea")
    field.fill("Good morning, your card is on its way.")
    field.press("Enter")
    customer.get_by_text("Good morning, your card is on its way.").wait_for()
    say(customer, "thank you so much", settle)
    desk.get_by_text("thank you so much").wait_for()
    _put_right(desk, settle)
    with open_store(str(headwater_home / "store.sqlite")) as store:
        assert [found.right for found in recorded(store)][-1] == "card_delivery_estimate"
    desk.get_by_role("button", name="Close").click()
    desk.get_by_role("button", name="Yes, close it").click()
    customer.get_by_role("heading", name="This conversation has ended").wait_for()
    customer.locator("[data-testid=stChatInputTextArea]:disabled").wait_for()
    desk.close()


def _put_right(desk, settle: Callable) -> None:
    """The first message was about how long delivery takes."""
    from playwright import sync_api as playwright

    desk.get_by_role("button", name="Correct this").first.click()
    box, save = desk.get_by_role("combobox").last, desk.get_by_role("button", name="Save")
    for _ in range(10):  # the transcript is drawn again every two seconds, which can close the list in between
        box.fill("")
        box.fill("how long card delivery takes")
        try:
            desk.get_by_role("option", name="how long card delivery takes").wait_for(timeout=4_000)
        except playwright.TimeoutError:
            continue
        box.press("Enter")
        settle(desk)
        if save.is_enabled():
            break
    save.click()
    desk.get_by_text("Written down as a correction.").first.wait_for()
    desk.keyboard.press("Escape")  # the open box hides the rest of the page from who cannot see it


def test_the_settings_say_what_the_bot_keeps_to(page, dashboard: str) -> None:
    page.goto(f"{dashboard}/support-settings?lang=en")  # both widths of it: test_pages.py
    page.get_by_text("How many of the answers may be wrong?").wait_for(timeout=SLOW)
    assert "At most 2 % of the answers may be wrong" in page.locator("h1.hw-sentence").inner_text()
