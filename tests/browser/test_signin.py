"""Signing in through a real provider of OpenID Connect on this machine: the way there, back, the roles, and out again."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headwater.cli.dashboards import command, free_port, running, script
from tests.apps.support_chatbot.bank import bank_folder
from tests.browser.conftest import HEADS, said

ROOT = Path(__file__).resolve().parents[2]
SECRETS = """
[auth]
redirect_uri = "http://localhost:{port}/oauth2callback"
cookie_secret = "a-secret-of-this-test-and-of-nothing-else"
client_id = "headwater"
client_secret = "secret"
server_metadata_url = "http://localhost:{provider}/.well-known/openid-configuration"
"""
ROLES = """
claim = "groups"
[agent]
claims = ["support-desk"]
[admin]
emails = ["maya@example.org"]
"""
PEOPLE = {
    "ann": {"name": "Ann Lee", "email": "ann@example.org", "email_verified": True, "groups": ["support-desk"]},
    "maya": {"name": "Maya Roy", "email": "maya@example.org", "email_verified": True},
    "eve": {"name": "Eve Fox", "email": "maya@example.org", "email_verified": False},
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, tiny: Callable) -> Iterator[str]:
    """The address of a hub that asks who its readers are, and a provider that knows three."""
    provider = pytest.importorskip("oidc_provider_mock")
    root = tmp_path_factory.mktemp("signin")
    for name, head in HEADS.items():
        tiny(root / "models" / name / "bundle", head)
    people = [provider.User(sub=sub, claims=claims) for sub, claims in PEOPLE.items()]
    port = free_port("localhost", random.randrange(20000, 40000))
    with provider.run_server_in_thread(user_claims=people) as server, pytest.MonkeyPatch.context() as patch:
        (root / ".streamlit").mkdir()
        content = SECRETS.format(port=port, provider=server.server_port)
        (root / ".streamlit/secrets.toml").write_text(content, encoding="utf-8")
        (root / "roles.toml").write_text(ROLES, encoding="utf-8")
        patch.setenv("HOME", str(root))  # Streamlit reads ~/.streamlit/secrets.toml
        patch.setenv("HEADWATER_ROLES", str(root / "roles.toml"))
        patch.setenv("HEADWATER_MODELS", str(root / "models"))
        patch.setenv("HEADWATER_HOME", str(root / "home"))
        patch.setenv("HEADWATER_SUPPORT", str(bank_folder(root / "bank", searched=False)))
        with running(command(script("hub"), "localhost", port), f"http://localhost:{port}", ROOT) as url:
            yield url


def sign_in(page, hub: str, sub: str, settle: Callable) -> None:
    # The provider's own page takes its style from another host, which a test never asks.
    page.route("https://cdn.jsdelivr.net/**", lambda route: route.fulfill(body="", content_type="text/css"))
    page.goto(f"{hub}/?lang=en")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=sub, exact=True).click()  # the provider's page
    page.get_by_role("button", name="Sign out").wait_for()
    settle(page)


def test_nothing_is_shown_before(hub: str, page, look: Callable) -> None:
    for address in ("", "support", "models", "batch"):
        page.goto(f"{hub}/{address}?lang=en")
        look(page, f"signin-{address or 'door'}")
        assert said(page) == "Please sign in to open this page"
        assert page.get_by_test_id("stSidebarNavLink").count() == 0
        assert page.get_by_test_id("stChatInputTextArea").count() == 0


def test_a_customer_has_the_chat_alone(hub: str, page, settle: Callable, look: Callable) -> None:
    sign_in(page, hub, "eve", settle)  # her address is an admin's, and not verified
    assert page.get_by_text("Signed in: Eve Fox · customer").is_visible()
    assert page.get_by_test_id("stChatInputTextArea").is_visible()
    page.goto(f"{hub}/models?lang=en")
    look(page, "signin-refused")
    assert said(page) == "This page is for administrators"
    page.get_by_role("link", name="Go to: Chat").click()
    page.get_by_test_id("stChatInputTextArea").wait_for()


def test_an_agent_has_the_rest_by_a_claim(hub: str, page, settle: Callable, look: Callable) -> None:
    sign_in(page, hub, "ann", settle)
    look(page, "signin-agent")
    assert page.get_by_text("Signed in: Ann Lee · agent").is_visible()
    links = page.get_by_test_id("stSidebarNavLink").all_inner_texts()
    assert any("Batch scoring" in link for link in links)
    assert not any("Models" in link for link in links)
    page.goto(f"{hub}/models?lang=en")
    settle(page)
    assert said(page) == "This page is for administrators"


def test_an_admin_has_all_and_signs_out(hub: str, page, settle: Callable) -> None:
    sign_in(page, hub, "maya", settle)
    page.goto(f"{hub}/models?lang=en")
    settle(page)
    assert "models are verified" in said(page)
    page.get_by_role("button", name="Sign out").click()
    page.locator("form button").first.click()  # the provider asks whether it may forget her too
    page.get_by_role("button", name="Sign in").wait_for()
    page.goto(f"{hub}/models?lang=en")
    settle(page)
    assert said(page) == "Please sign in to open this page"
