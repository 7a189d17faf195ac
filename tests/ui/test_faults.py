"""A fault on a page: never without a sentence of the catalogue, never as markup."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    path
    for app in ("support_chatbot", "hub", "entity_extractor", "sentiment_monitor")
    for path in (ROOT / "apps" / app).rglob("*.py")
]
BARE = re.compile(r"st\.(?:error|warning|info|code)\(\s*(?:str\()?(?:fault|why|error|wrong|f\")")

HEADED = re.compile(r"frame\.head\([^\n]+\n\s*st\.code\(")  # the page's own head is the sentence above it


@pytest.mark.parametrize("mild", [False, True])
def test_a_sentence_and_beneath_it_the_fault_as_plain_text(mild: bool) -> None:
    def page(mild: bool) -> None:
        from headwater.ui.faults import draw_fault

        draw_fault("没有办成：", ValueError("a/[b](http://x): expected *two*"), mild)

    shown = AppTest.from_function(page, kwargs={"mild": mild}).run()
    box, other = (shown.warning, shown.error) if mild else (shown.error, shown.warning)
    assert [said.value for said in box] == ["没有办成："] and not other
    assert [said.value for said in shown.code] == ["a/[b](http://x): expected *two*"]


def test_no_page_shows_a_fault_alone() -> None:
    assert len(PAGES) > 100
    assert BARE.search("st.error(str(fault))") and not BARE.search('st.error(t("x"))')
    assert [str(path) for path in PAGES if BARE.search(HEADED.sub("", path.read_text(encoding="utf-8")))] == []
