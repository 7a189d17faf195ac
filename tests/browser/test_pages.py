"""Every page of the hub opens in a real browser, at both widths, and asks no other host for anything."""

from collections.abc import Callable

import httpx
import pytest

PAGES = (
    "home",
    "support",
    "support-desk",
    "support-figures",
    "support-learning",
    "support-settings",
    "monitor",
    "monitor-alerts",
    "monitor-subject",
    "monitor-unsure",
    "monitor-sources",
    "monitor-rules",
    "monitor-replay",
    "extractor",
    "extractor-correct",
    "extractor-types",
    "extractor-redact",
    "extractor-compare",
    "extractor-setup",
    "batch",
    "models",
)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_opens_by_its_address(page, dashboard: str, look: Callable, address: str) -> None:
    page.goto(f"{dashboard}/{address}")
    look(page, f"hub-{address}")
    assert page.locator("h1, h2, h3").first.is_visible()
    assert "Headwater" in page.title()
    assert page.get_by_role("dialog").count() == 0  # it would say that there is no such page


def test_the_navigation_leads_to_every_page(page, dashboard: str, settle: Callable) -> None:
    page.goto(dashboard)
    settle(page)
    assert page.locator("h1.hw-sentence").inner_text()
    links = page.locator("[data-testid='stSidebarNavLink']")
    assert links.count() == len(PAGES)
    for number in range(links.count()):
        links.nth(number).click()
        settle(page)
        assert page.locator("[data-testid='stException']").count() == 0


def test_health_and_settings_of_the_server(dashboard: str) -> None:
    assert httpx.get(f"{dashboard}/_stcore/health", trust_env=False).text == "ok"
    host = httpx.get(f"{dashboard}/_stcore/host-config", trust_env=False)
    assert host.status_code == 200
