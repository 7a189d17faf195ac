"""A real Chromium on the real dashboards.

`dashboard` is the address of a hub that runs for the whole session, `page` a fresh browser page on nothing, and
`look(page, name)` waits until a page stands still, takes pictures of it at 1280 and 390 pixels into
build/screenshots, and fails where it shows an exception or is wider than the screen.
"""

import os
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from headwater.cli.dashboards import free_port, running
from tests.conftest import browser as chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

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
]
IDLE = "[data-testid='stApp'][data-test-script-state='notRunning']"


@pytest.fixture(scope="session")
def dashboard(headwater_home: Path) -> Iterator[str]:
    """The address of the hub, as `headwater app` starts it."""
    port = free_port("localhost", random.randrange(20000, 40000))
    words = [sys.executable, "-m", "headwater", "app", "hub", "--port", str(port)]
    with running(words, f"http://localhost:{port}", ROOT) as url:
        yield url


@pytest.fixture(scope="session")
def chrome() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=SWITCHES)
        yield opened
        opened.close()


@pytest.fixture
def page(chrome: "Browser") -> Iterator["Page"]:
    """A page in a context of its own. Fails at its end if scripts broke, or if the page asked another host."""
    context = chrome.new_context(viewport={"width": WIDTHS[0], "height": 900}, locale="en-GB", timezone_id="UTC")
    context.set_default_timeout(40_000)  # ms; a busy machine draws slowly
    abroad: list[str] = []

    def guard(route: "Route") -> None:
        if urlsplit(route.request.url).hostname in ("localhost", "127.0.0.1", None):
            route.continue_()
        else:
            abroad.append(route.request.url)
            route.abort()

    context.route("**/*", guard)
    opened, broken = context.new_page(), []
    opened.on("pageerror", lambda error: broken.append(str(error)))
    yield opened
    context.close()
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
    page.wait_for_selector(IDLE, timeout=60_000)
    page.wait_for_timeout(300)  # charts are drawn after the script has ended
    page.wait_for_selector(IDLE, timeout=60_000)


def _look(page: "Page", name: str) -> None:
    _settle(page)
    faults = page.locator("[data-testid='stException']").all_inner_texts()
    assert not faults, f"{name} shows an exception: {faults}"
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        _settle(page)
        # The page scrolls inside a box of its own, so a picture of the whole needs a window as tall as that.
        tall = page.evaluate("document.querySelector(\"[data-testid='stMain']\")?.scrollHeight ?? 900")
        page.set_viewport_size({"width": width, "height": min(max(int(tall), 900), TALLEST)})
        _settle(page)
        page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png")
        wide = page.evaluate("document.querySelector(\"[data-testid='stMain']\")?.scrollWidth ?? 0")
        assert wide <= width, f"{name} is {wide} pixels wide on a screen of {width}"
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})


os.environ.setdefault("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")  # the system's browser, or none
