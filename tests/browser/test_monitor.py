"""An analyst's morning in a real browser: what stands out, its stories, why they are scored so, one put right, the alert acknowledged.

On the shipped sample, whose surge on Larkmoor Bank stands open at the moment that the pages begin with.
"""

from collections.abc import Callable

from tests.browser.conftest import SCREENSHOTS, said

SIZES = ((1280, 900), (390, 844))
NAME = "Larkmoor Bank"


def test_the_morning_of_an_analyst(dashboard: str, page, settle: Callable) -> None:
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        _read_the_overview(dashboard, page, settle)
        _open_a_bar(page, settle)
        _put_a_story_right(page, settle)
        _acknowledge(dashboard, page, settle)
        _look_at_the_sources(dashboard, page, settle)


def picture(page, name: str) -> None:
    """Of the window as it stands: no page is wider than that, and none shows an exception."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    width = page.viewport_size["width"]
    page.screenshot(path=SCREENSHOTS / f"morning-{name}-{width}.png", animations="disabled")
    assert page.get_by_test_id("stException").count() == 0, name
    assert page.evaluate("document.querySelector(\"[data-testid='stMain']\").scrollWidth") <= width, name


def link(page, name: str):
    return page.get_by_test_id("stMain").get_by_role("link", name=name).first


def _read_the_overview(hub: str, page, settle: Callable) -> None:
    """From what stands out to the alert, and from the alert to its company."""
    page.goto(f"{hub}/monitor?lang=en&news=sample")
    page.get_by_text(f"Negative stories on {NAME}").wait_for(timeout=120_000)  # the sample is made on the first visit
    settle(page)
    picture(page, "overview")
    link(page, "The alert").click()
    page.get_by_role("button", name="All alerts").wait_for()
    page.get_by_test_id("stVegaLiteChart").wait_for()
    settle(page)
    assert "where under 0.1 was expected" in said(page)
    picture(page, "alert")
    page.get_by_test_id("stMain").get_by_role("link", name=NAME).last.click()  # headlines name it too
    page.get_by_role("link", name="What changed since yesterday").wait_for()
    settle(page)
    assert said(page).startswith(f"{NAME}: ")


def _open_a_bar(page, settle: Callable) -> None:
    """The last bar is of the day of the surge; the negative ones hang below the line."""
    chart = page.get_by_test_id("stVegaLiteChart").first
    chart.scroll_into_view_if_needed()
    box = chart.locator("canvas, svg").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 8, box["y"] + 0.68 * box["height"])
    page.get_by_role("heading", name="Stories from 12 November").wait_for()
    settle(page)
    picture(page, "bar")
    assert page.get_by_role("button", name="The whole range again").is_visible()


def _put_a_story_right(page, settle: Callable) -> None:
    link(page, "Peel Lockhart slashes").click()
    page.get_by_text("Why?").click()
    page.locator(".hw-words").first.wait_for()
    assert page.locator(".hw-word").count() > 5
    picture(page, "why")
    page.get_by_text("Put it right").click()
    name = page.get_by_role("textbox", name="Your name or address")
    if not name.input_value():
        name.fill("Ann Lee")
        name.press("Enter")
        settle(page)
    page.get_by_test_id("stForm").get_by_text("positive", exact=True).click()
    page.get_by_role("button", name="Keep").click()
    page.get_by_test_id("stAlert").wait_for()
    picture(page, "righted")


def _acknowledge(hub: str, page, settle: Callable) -> None:
    """And taken back, as it was found."""
    page.goto(f"{hub}/monitor-alerts?lang=en&news=sample")
    page.get_by_text("1 alert is open").wait_for()
    picture(page, "inbox")
    page.get_by_role("button", name="Open", exact=True).last.click()
    page.get_by_role("button", name="Acknowledge").click()
    page.get_by_text("acknowledged by").wait_for()
    page.get_by_role("button", name="Take back").click()
    page.get_by_role("button", name="Acknowledge").wait_for()
    settle(page)


def _look_at_the_sources(hub: str, page, settle: Callable) -> None:
    """The sample's, and then one's own, where there is none yet."""
    page.goto(f"{hub}/monitor-sources?lang=en&news=sample")
    page.get_by_text("The source is well").wait_for()
    page.get_by_text("Your news", exact=True).click()
    page.get_by_text("No source is known yet").wait_for()
    settle(page)
    picture(page, "sources")
