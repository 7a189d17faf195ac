"""Every page of the extractor walked with the models that ship: wide and light in English, narrow and dark in Chinese.

Real files go in (a PDF, a DOCX, a CSV); corrections, answers on a new type and the set-up are found again after a reload; what was
redacted is put back. Pictures of each page go into build/screenshots.
"""

import random
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from headwater.cli.dashboards import free_port, running
from headwater.store import open_store
from headwater.store.corrections import recorded
from headwater.ui.texts import Catalogue, catalogue
from tests.apps.entity_extractor.documents.files import docx
from tests.browser.conftest import SCREENSHOTS, TALLEST, said
from tests.documents.pdf_files import pdf

ROOT = Path(__file__).resolve().parents[2]
BUNDLES = ("entities", "entities-open", "sentences")
pytestmark = pytest.mark.skipif(
    not all((ROOT / "models" / name / "bundle" / "model.onnx").is_file() for name in BUNDLES),
    reason=f"the bundles {', '.join(BUNDLES)} are not there",
)
SLOW = 120_000  # ms: the first page opens the models
NEWS = "Angela Moreau of Northbank Group met officials of the European Central Bank in Frankfurt on 3 November 2026."
FILES = {
    "report.pdf": pdf(NEWS, "Kenji Watanabe left Barclays. The office in Paris costs EUR 12 million."),
    "note.docx": docx(NEWS, "The European Central Bank must agree.", rows=(("Name", "Place"), ("Kenji Watanabe", "London"))),
    "rows.csv": b"id,text\n1,Kenji Watanabe left Barclays in London\n2,Shares of Siemens rose in Berlin\n",
}  # fmt: skip
PRODUCTS = ("Galaxy S9", "Kindle Paperwhite", "Surface Pro", "Pixel 8", "Model 3", "Walkman Z", "ThinkPad X1")
ADVERTS = " ".join(f"Reviewers in {place} praised the new {name} this week." for name, place in zip(PRODUCTS, ("London", "Paris", "Oslo", "Rome", "Bern", "Kyiv", "Lyon"), strict=True))  # fmt: skip


@dataclass
class Walk:
    """A page under way in one size and language, and how to press what stands on it."""

    page: Any
    hub: str
    t: Catalogue
    settle: Callable

    @property
    def width(self) -> int:
        return int(self.page.viewport_size["width"])

    def go(self, address: str) -> None:
        self.page.goto(f"{self.hub}/{address}?lang={self.t.language}")
        self.page.locator("h1.hw-sentence").first.wait_for(timeout=SLOW)
        self.settle(self.page)

    def press(self, key: str, **values: object) -> None:
        self.page.get_by_role("button", name=self.t(key, **values)).first.click()
        self.settle(self.page)

    def tab(self, key: str) -> None:
        self.page.get_by_role("tab", name=self.t(key)).click()
        self.settle(self.page)

    def fill(self, key: str, text: str) -> None:
        """The field of that label that is seen."""
        field = self.page.get_by_label(self.t(key), exact=True).and_(self.page.locator("input:visible, textarea:visible")).first  # fmt: skip
        field.fill(text)
        field.press("Control+Enter" if field.evaluate("one => one.tagName") == "TEXTAREA" else "Enter")
        self.settle(self.page)

    def upload(self, name: str, content: bytes, at: int = 0) -> None:
        box = self.page.get_by_test_id("stFileUploader").locator("visible=true").nth(at).locator("input[type=file]")
        box.set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": content})
        self.settle(self.page)

    def look(self, name: str) -> None:
        """A picture of the whole page; none shows an exception or is wider than the screen."""
        assert self.page.get_by_test_id("stException").count() == 0, name
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        main, width = "document.querySelector(\"[data-testid='stMain']\")", self.width
        tall = min(max(int(self.page.evaluate(f"{main}.scrollHeight")), 900), TALLEST)
        self.page.set_viewport_size({"width": width, "height": tall})
        self.settle(self.page)
        self.page.screenshot(path=SCREENSHOTS / f"extractor-{name}-{width}.png", animations="disabled")
        self.page.set_viewport_size({"width": width, "height": 900})
        assert self.page.evaluate(f"{main}.scrollWidth") <= width, name


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, tiny: Callable) -> Iterator[tuple[str, Path]]:
    """A hub on the models that ship, in a home of its own with a small model of relations: none ships."""
    home = tmp_path_factory.mktemp("extractor")
    tiny(home / "models" / "relations", "relation", seed=2)
    port = free_port("localhost", random.randrange(20000, 40000))
    words = [sys.executable, "-m", "headwater", "app", "extractor", "--port", str(port)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADWATER_HOME", str(home))
        with running(words, f"http://localhost:{port}", ROOT) as url:
            patch.undo()
            yield url, home


@pytest.fixture(params=[(1280, "en", "light"), (390, "zh", "dark")], ids=["wide", "narrow"])
def walk(request, page, hub: tuple[str, Path], settle: Callable) -> Walk:
    width, language, scheme = request.param
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    return Walk(page, hub[0], catalogue(language), settle)


def test_every_page_of_the_extractor(walk: Walk, hub: tuple[str, Path]) -> None:
    _find(walk)
    _set_up(walk)
    _correct(walk, hub[1])
    _teach(walk, hub[1])
    _redact(walk)
    _compare(walk)


def _find(walk: Walk) -> None:
    walk.go("extractor")
    walk.look("find-empty")
    walk.press("extract.example_button")
    walk.page.locator(".hw-doc").wait_for()
    walk.look("find")
    for name in ("entities", "table", "relations"):
        walk.tab(f"extract.tab.{name}")
        walk.look(f"find-{name}")
    walk.page.get_by_role("radio", name=walk.t("extract.way.file"), exact=True).click()
    walk.settle(walk.page)
    for number, (name, content) in enumerate(FILES.items()):
        if number:
            walk.page.get_by_test_id("stFileChipDeleteBtn").locator("button").first.click()
            walk.settle(walk.page)
        walk.upload(name, content)
        walk.page.locator(".hw-doc").wait_for()
        shown = walk.page.locator(".hw-doc").first.inner_text()
        assert "Moreau" in shown or "Watanabe" in shown
        walk.look(f"find-{name.rpartition('.')[2]}")


def _set_up(walk: Walk) -> None:
    name = f"clients{walk.width}"
    walk.go("extractor-setup")
    walk.look("setup")
    walk.upload("clients.csv", b"name,aliases,type\nHarbour Pension Fund,HPF,CLIENT\n")
    walk.fill("setup.name", name)
    walk.press("setup.add_list")
    walk.page.get_by_test_id("stAlert").get_by_text(name).first.wait_for()
    walk.fill("setup.try_text", "HPF wrote to Northbank about contract no. AB-1234.")
    assert "CLIENT" in walk.page.locator(".hw-doc").last.inner_text()
    walk.tab("setup.tab.patterns")
    walk.fill("setup.regex", "no. (")
    walk.look("setup-pattern-wrong")
    walk.fill("setup.name", f"contract{walk.width}")
    walk.fill("setup.type", "CONTRACT")
    walk.fill("setup.regex", r"no\. (?P<mention>[A-Z]{2}-\d+)")
    assert "CONTRACT" in walk.page.locator(".hw-doc").last.inner_text()
    walk.look("setup-pattern")
    walk.press("setup.add_pattern")
    for tab in ("values", "base", "ranks", "text"):
        walk.tab(f"setup.tab.{tab}")
        walk.look(f"setup-{tab}")
    walk.page.reload()
    walk.page.get_by_text(name).first.wait_for(timeout=SLOW)
    walk.go("extractor")
    walk.fill("extract.paste", "HPF wrote about contract no. AB-1234.")
    shown = walk.page.locator(".hw-doc").inner_text()
    assert "CLIENT" in shown and "CONTRACT" in shown


def _correct(walk: Walk, home: Path) -> None:
    name, before = f"news{walk.width}", len(_stored(home, "entities"))
    walk.go("extractor-correct")
    if walk.page.get_by_test_id("stFileUploader").locator("visible=true").count() == 0:
        walk.page.get_by_text(walk.t("correct.new")).click()
    walk.look("correct-empty" if not before else "correct-again")
    text = f"Kenji Watanabe left {name}. Siemens rose in Berlin. {NEWS}"
    walk.upload(f"{name}.txt", text.encode())
    walk.press("correct.make")
    walk.page.get_by_text(walk.t("correct.save")).wait_for()
    walk.fill("newsdesk.person", "ann")
    walk.look("correct")
    walk.press("correct.save")
    assert len(_stored(home, "entities")) == before + 1
    walk.go("extractor-correct")
    walk.look("correct-after")
    assert {1, before + 1} & {int(number) for number in re.findall(r"\d+", said(walk.page))}


def _teach(walk: Walk, home: Path) -> None:
    kind = f"PRODUCT{walk.width}"
    walk.go("extractor-types")
    walk.look("types-empty")
    choice = walk.page.get_by_role("combobox").first
    if walk.page.get_by_label(walk.t("newtype.kind_new"), exact=True).count() == 0 and choice.count():
        choice.click()
        walk.page.get_by_role("option", name=walk.t("newtype.kind_new")).click()
        walk.settle(walk.page)
        walk.fill("newtype.kind_new", kind)
    else:
        walk.fill("newtype.kind", kind)
    walk.fill("newsdesk.person", "ann")
    walk.fill("extract.paste", ADVERTS)
    for name in PRODUCTS[:5]:
        for _ in range(6):  # a redraw may put a new field in the place of the one that is filled
            walk.fill("newtype.mark", name)
            if walk.page.get_by_role("button", name=walk.t("newtype.mark_button")).first.is_enabled():
                break
        walk.press("newtype.mark_button")
    walk.page.get_by_role("button", name=walk.t("newtype.accept")).first.wait_for(timeout=SLOW)
    walk.look("types")
    walk.press("newtype.accept")
    assert len(_stored(home, f"new-type:{kind}")) == 6
    walk.go("extractor-types")
    walk.look("types-after")
    assert "PRODUCT" in said(walk.page)


def _redact(walk: Walk) -> None:
    walk.go("extractor-redact")
    walk.fill("extract.paste", NEWS)
    walk.page.locator(".hw-doc").nth(1).wait_for()
    walk.look("redact")
    taken = {}
    for name in ("text_file", "key_file"):
        with walk.page.expect_download() as waiting:
            walk.page.get_by_role("button", name=walk.t(f"redact.{name}"), exact=True).click()
        taken[name] = Path(waiting.value.path()).read_bytes()
    assert b"Moreau" not in taken["text_file"]
    walk.page.get_by_text(walk.t("redact.way.back"), exact=True).click()
    walk.settle(walk.page)
    walk.look("restore-empty")
    walk.upload("redacted.txt", taken["text_file"])
    walk.upload("key.json", taken["key_file"], 1)
    walk.page.get_by_text(walk.t("redact.back_done")).wait_for()
    walk.look("restore")
    with walk.page.expect_download() as waiting:
        walk.press("redact.back_file")
    assert Path(waiting.value.path()).read_text(encoding="utf-8") == NEWS


def _compare(walk: Walk) -> None:
    walk.go("extractor-compare")
    walk.fill("extract.paste", NEWS)
    walk.page.locator(".hw-doc").nth(1).wait_for(timeout=SLOW)
    walk.look("compare")
    walk.page.get_by_text(walk.t("versus.way.set"), exact=True).click()
    walk.settle(walk.page)
    walk.look("compare-set-empty")
    gold = b'{"text": "Kenji Watanabe left Barclays.", "entities": [{"start": 0, "end": 14, "label": "PER"}]}\n'
    walk.upload("gold.jsonl", gold * 3)
    walk.page.get_by_text(walk.t("versus.table.strict")).wait_for(timeout=SLOW)
    walk.look("compare-set")


def _stored(home: Path, head: str) -> list:
    with open_store(str(home / "store.sqlite")) as store:
        return recorded(store, head=head)
