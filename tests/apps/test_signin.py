"""Sign-in as a page sees it: off, asked for, and what each role may open. The provider itself: tests/browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit import config
from streamlit.runtime.secrets import secrets_singleton
from streamlit.testing.v1 import AppTest

from tests.apps.conftest import APPS, words

ROLES = """
visitors = "{visitors}"
[agent]
emails = ["ann@example.org"]
[admin]
emails = ["maya@example.org"]
"""
SECRETS = """
[auth]
redirect_uri = "http://localhost:8501/oauth2callback"
cookie_secret = "twenty-four-letters-or-more"
client_id = "headwater"
client_secret = "secret"
server_metadata_url = "http://localhost:1/.well-known/openid-configuration"
"""


@pytest.fixture
def asked(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installation where people sign in; yields its file of roles."""
    secrets, roles = tmp_path / "secrets.toml", tmp_path / "roles.toml"
    secrets.write_text(SECRETS, encoding="utf-8")
    roles.write_text(ROLES.format(visitors=""), encoding="utf-8")
    monkeypatch.setenv("HEADWATER_ROLES", str(roles))
    before = config.get_option("secrets.files")
    config.set_option("secrets.files", [str(secrets)])
    secrets_singleton._reset()
    yield roles
    config.set_option("secrets.files", before)
    secrets_singleton._reset()


def opened(email: str = "", app: str = "hub", view: str = "") -> AppTest:
    page = AppTest.from_file(str(APPS / app / "app.py"), default_timeout=60)
    page.session_state["language"] = "en"
    if email:
        page.user = {"is_logged_in": True, "email": email, "email_verified": True, "name": "*Ann* <b>"}
    page.run()
    return page.switch_page(str(APPS / view)).run() if view else page


def test_without_secrets_every_page_is_open_and_says_so(shelf: Path) -> None:
    page = opened()
    assert "Sign-in is off" in words(page)
    assert not [button for button in page.button if "Sign in" in button.label]


def test_who_has_not_signed_in_sees_the_door_alone(asked: Path) -> None:
    for page in (opened(), opened(view="sentiment_monitor/views/overview.py")):
        assert not page.exception
        assert "Please sign in" in words(page)
        assert words(page).count('<h1 class="hw-sentence">') == 1
        assert [button.label for button in page.button] == ["Sign in"]


def test_visitors_may_chat_where_the_file_says_so(asked: Path) -> None:
    asked.write_text(ROLES.format(visitors="customer"), encoding="utf-8")
    page = opened()
    assert not page.exception
    assert page.chat_input
    assert "Staff: sign in" in [button.label for button in page.button]
    assert "Please sign in" in words(opened(view="hub/views/models.py"))


def test_a_customer_begins_in_the_chat_and_is_refused_elsewhere_in_words(asked: Path) -> None:
    page = opened("eve@example.org")
    assert page.chat_input
    assert "customer" in words(page)
    assert r"\*Ann\* \<b\>" in words(page)  # a name is text, whatever it looks like
    refused = opened("eve@example.org", view="hub/views/models.py")
    assert not refused.exception
    assert "This page is for administrators" in words(refused)
    assert "This page is for the service team" in words(opened("eve@example.org", view="hub/views/home.py"))


def test_an_agent_reads_all_but_what_admins_keep(asked: Path) -> None:
    assert "Three apps that read text" in words(opened("ann@example.org"))
    assert "This page is for administrators" in words(opened("ann@example.org", view="hub/views/models.py"))
    assert "models are verified" in words(opened("maya@example.org", view="hub/views/models.py"))


def test_a_role_that_was_taken_away_is_gone_with_the_next_click(asked: Path) -> None:
    page = opened("maya@example.org", view="hub/views/models.py")
    assert "models are verified" in words(page)
    asked.write_text("", encoding="utf-8")
    assert "This page is for administrators" in words(page.run())


def test_with_a_broken_file_of_roles_nobody_is_staff(asked: Path) -> None:
    asked.write_text("admins = 3", encoding="utf-8")
    page = opened("maya@example.org")
    assert not page.exception
    assert page.chat_input
    assert "This page is for administrators" in words(opened("maya@example.org", view="hub/views/models.py"))
