"""The work that people come for, done in a real browser: ask, paste a text, score a file, change language.

The hub runs on tiny bundles, so that what is clicked is tested also where no model has been trained.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import Small, said

ROOT = Path(__file__).resolve().parents[2]
SIZES = [(1280, 900), (390, 844)]


@pytest.fixture
def hub(small: Small) -> str:
    return small.url


@pytest.fixture(params=SIZES, ids=["wide", "narrow"])
def sized(request, page) -> Iterator:
    """A page of either size that notes what the console complains about."""
    page.set_viewport_size({"width": request.param[0], "height": request.param[1]})
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.size = request.param
    yield page
    # Streamlit looks for its own endpoints beside a page's address first, and finds them at the root.
    assert [line for line in complaints if "404" not in line] == []
    assert page.locator("[data-testid='stException']").count() == 0


def picture(page, name: str) -> None:
    folder = ROOT / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"work-{name}-{page.size[0]}.png", animations="disabled")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.size[0]


def test_a_question_is_asked_and_answered(hub: str, sized, settle: Callable) -> None:
    sized.goto(f"{hub}/support?lang=en")
    settle(sized)
    field = sized.get_by_test_id("stChatInputTextArea")
    field.fill("Acme shares fell in London")
    field.press("Enter")
    sized.get_by_text("Acme shares fell in London").first.wait_for()
    sized.locator(".hw-bars").first.wait_for()
    settle(sized)
    assert said(sized) == "Mere is answering your questions"
    picture(sized, "chat")


def test_a_pasted_text_is_marked(hub: str, sized, settle: Callable) -> None:
    sized.goto(f"{hub}/extractor?lang=en")
    settle(sized)
    field = sized.get_by_role("textbox").first
    field.fill("Acme Bank <script>document.title='broken'</script> rose in London")
    field.press("Control+Enter")
    sized.locator(".hw-doc").wait_for()
    settle(sized)
    assert "<script>" in sized.locator(".hw-doc").inner_text()
    assert "broken" not in sized.title()
    picture(sized, "extractor")


def test_a_file_is_scored(hub: str, sized, settle: Callable) -> None:
    sized.goto(f"{hub}/batch?lang=en")
    settle(sized)
    rows = b'{"text": "oil rose"}\n{"text": "gold fell"}\nnot json\n'
    sized.locator("input[type=file]").set_input_files(
        {"name": "mine.jsonl", "mimeType": "application/json", "buffer": rows}
    )
    settle(sized)
    sized.get_by_role("button", name="Score the file").click()
    sized.get_by_role("button", name="Download CSV").wait_for()
    settle(sized)
    assert said(sized).startswith("2 texts scored")
    assert sized.get_by_text("1 record was set aside").is_visible()
    picture(sized, "batch")


def test_the_language_changes_in_place_and_stays(hub: str, page, settle: Callable) -> None:
    page.goto(f"{hub}/?lang=en")
    settle(page)
    page.get_by_role("button", name="中文").or_(page.get_by_role("radio", name="中文")).first.click()
    page.get_by_text("三个替您读文本的应用").first.wait_for()
    page.get_by_role("link", name="查找名称与数值").first.click()
    page.get_by_text("提供一段文本").first.wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_theme_of_the_system(hub: str, page, settle: Callable, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{hub}/?lang=en")
    settle(page)
    colour = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert colour == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 24, 31)"}[scheme]
