"""A real Chromium on the real dashboards.

`dashboard` is the address of a hub that runs for the whole session, `small` that of one on tiny bundles and a small bank,
with its folder; `page` is a fresh browser page on nothing, and `look(page, name)` waits until a page stands still, takes pictures of it at 1280 and 390 pixels into
build/screenshots, and fails where it shows an exception or is wider than the screen.
"""

import os
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from headwater.cli.dashboards import free_port, running
from tests.apps.support_chatbot.bank import bank_folder
from tests.conftest import browser as chromium

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Request

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
WIDTHS = (1280, 390)
TALLEST = 6000  # pixels of a picture
SWITCHES = [
    "--no-sandbox",  # root in a container has no sandbox to use
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",  # a page that asks further gets nothing
]
HEADS = {"support-intent": "sentiment", "financial-news": "sentiment", "entities": "entities"}
IDLE = "[data-testid='stApp'][data-test-script-state='notRunning']"
# Charts are drawn after the script has ended: they are there, and two frames have passed since the last look.
DRAWN = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(
    [...document.querySelectorAll("[data-testid='stVegaLiteChart']")].every(chart => chart.querySelector("canvas, svg"))
    && !document.querySelector("[data-testid='stSkeleton']")))))"""


@dataclass(frozen=True)
class Small:
    """A hub on tiny bundles: its address, and the folder that holds models, bank, store.sqlite and proposals.yaml."""

    url: str
    root: Path


def said(page: "Page") -> str:
    """The sentence at the top of a page."""
    return page.locator("h1.hw-sentence").inner_text()


@pytest.fixture(scope="session")
def dashboard(headwater_home: Path) -> Iterator[str]:
    """The address of the hub, as `headwater app` starts it."""
    port = free_port("localhost", random.randrange(20000, 40000))
    words = [sys.executable, "-m", "headwater", "app", "hub", "--port", str(port)]
    with running(words, f"http://localhost:{port}", ROOT) as url:
        yield url


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory, tiny: Callable) -> Iterator[Small]:
    """A hub on tiny bundles for the whole session, its home, store and proposals its own."""
    root = tmp_path_factory.mktemp("small")
    for name, head in HEADS.items():
        tiny(root / "models" / name / "bundle", head)
    bank_folder(root / "bank", searched=False)
    places = {
        "MODELS": "models",
        "HOME": "home",
        "SUPPORT": "bank",
        "STORE": "store.sqlite",
        "PROPOSALS": "proposals.yaml",
    }
    port = free_port("localhost", random.randrange(20000, 40000))
    words = [sys.executable, "-m", "headwater", "app", "hub", "--port", str(port)]
    with pytest.MonkeyPatch.context() as patch:
        for name, place in places.items():
            patch.setenv(f"HEADWATER_{name}", str(root / place))
        with running(words, f"http://localhost:{port}", ROOT) as url:
            patch.undo()  # the server has them: other tests go by the session's home
            yield Small(url, root)


@pytest.fixture(scope="module")
def context() -> Iterator["BrowserContext"]:
    """One browser for a file's tests: what a hub's pages are made of is fetched once. Routing requests would undo that.

    It ends with the file: playwright runs an event loop in this thread, which other tests want for their own.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=SWITCHES)
        context = opened.new_context(viewport={"width": WIDTHS[0], "height": 900}, locale="en-GB", timezone_id="UTC")
        context.set_default_timeout(40_000)  # ms; a busy machine draws slowly
        yield context
        opened.close()


@pytest.fixture
def page(context: "BrowserContext") -> Iterator["Page"]:
    """A page without cookies. Fails at its end if scripts broke, or if a page asked another host."""
    abroad: list[str] = []

    def note(request: "Request") -> None:
        if urlsplit(request.url).hostname not in ("localhost", "127.0.0.1", None):
            abroad.append(request.url)

    context.on("requestfailed", note)  # as every request to another host does that a test has not answered itself
    opened, broken = context.new_page(), []
    opened.on("pageerror", lambda error: broken.append(str(error)))
    yield opened
    for left in context.pages:
        left.close()
    context.remove_listener("requestfailed", note)
    context.clear_cookies()
    assert not broken, f"scripts of the page broke: {broken}"
    assert not abroad, f"the page asked other hosts: {sorted(set(abroad))}"


@pytest.fixture(scope="session")
def look() -> Callable[["Page", str], None]:
    """`look(page, name)`: see the top of this file."""
    return _look


@pytest.fixture(scope="session")
def settle() -> Callable[["Page"], None]:
    """`settle(page)`: wait until the script behind the page has run to its end."""
    return _settle


def _settle(page: "Page") -> None:
    for _ in range(2):  # the script may begin again for what was drawn
        page.wait_for_selector(IDLE, timeout=60_000)
        page.wait_for_function(DRAWN, timeout=60_000)


def _look(page: "Page", name: str) -> None:
    _settle(page)
    faults = page.locator("[data-testid='stException']").all_inner_texts()
    assert not faults, f"{name} shows an exception: {faults}"
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(DRAWN)
        # The page scrolls inside a box of its own, so a picture of the whole needs a window as tall as that.
        tall = page.evaluate("document.querySelector(\"[data-testid='stMain']\")?.scrollHeight ?? 900")
        page.set_viewport_size({"width": width, "height": min(max(int(tall), 900), TALLEST)})
        page.wait_for_function(DRAWN)
        page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png", animations="disabled")
        wide = page.evaluate("document.querySelector(\"[data-testid='stMain']\")?.scrollWidth ?? 0")
        assert wide <= width, f"{name} is {wide} pixels wide on a screen of {width}"
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})


os.environ.setdefault("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")  # the system's browser, or none
