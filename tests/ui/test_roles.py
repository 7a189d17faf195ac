"""Who may do what: the highest role of those that an address or a claim gives, and never by an unverified address."""

from pathlib import Path

import pytest

from headwater.errors import InputError
from headwater.ui.roles import Roles, reaches, read_roles, roles_file

FILE = """
claim = "groups"
visitors = "customer"
[agent]
emails = ["*@desk.example.org", "Ann@example.org"]
claims = ["Support-Desk"]
[admin]
emails = ["maya@desk.example.org"]
claims = ["admins"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "roles.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"email": "ANN@example.org", "email_verified": True}, "agent"),
        ({"email": "bo@desk.example.org", "email_verified": True}, "agent"),
        ({"email": "maya@desk.example.org", "email_verified": True}, "admin"),
        ({"email": "maya@desk.example.org", "email_verified": False}, "customer"),
        ({"email": "maya@desk.example.org"}, "customer"),
        ({"email": "maya@desk.example.org", "email_verified": "true"}, "customer"),
        ({"email": "bo@desk.example.org.evil.example", "email_verified": True}, "customer"),
        ({"email": "bo@evil.example", "email_verified": True}, "customer"),
        ({"groups": ["other", "support-desk"]}, "agent"),
        ({"groups": "admins"}, "admin"),
        ({"groups": [["admins"], 7]}, "customer"),
        ({"groups": {"admins": True}}, "customer"),
        ({"email": "bo@desk.example.org", "email_verified": True, "groups": ["admins"]}, "admin"),
        ({}, "customer"),
    ],
)
def test_the_highest_role_counts(file: Path, claims: dict, role: str) -> None:
    assert read_roles(file).of(claims) == role


def test_unverified_addresses_count_where_the_file_says_so(file: Path) -> None:
    file.write_text(f"unverified = true\n{FILE}", encoding="utf-8")
    assert read_roles(file).of({"email": "maya@desk.example.org"}) == "admin"


def test_a_claim_may_stand_in_a_table_or_have_dots_in_its_name() -> None:
    rules = {"agent": ("desk",)}
    assert Roles("realm_access.roles", claims=rules).of({"realm_access": {"roles": ["desk"]}}) == "agent"
    assert Roles("https://a.example/roles", claims=rules).of({"https://a.example/roles": ["desk"]}) == "agent"
    assert Roles("realm_access.roles", claims=rules).of({"realm_access": "desk"}) == "customer"


def test_without_a_file_everybody_is_a_customer(tmp_path: Path) -> None:
    roles = read_roles(tmp_path / "none.toml")
    assert roles.of({"email": "maya@desk.example.org", "email_verified": True}) == "customer"
    assert roles.visitors == ""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("agents = 3", "expected the keys"),
        ("agent = 3", r"expected \[agent\]"),
        ("[agent]\nmails = []", r"expected \[agent\]"),
        ("[admin]\nemails = 'maya@example.org'", "expected a list of texts as emails"),
        ("[admin]\nemails = ['*']", r"expected ann@example.org or \*@example.org"),
        ("[admin]\nemails = ['ma*@example.org']", r"expected ann@example.org or \*@example.org"),
        ("[admin]\nclaims = ['admins']", "expected claim = "),
        ("visitors = 'admin'", "expected visitors"),
        ("unverified = 1", "expected visitors"),
        ("claim = [", "expected TOML"),
    ],
)
def test_a_wrong_file_is_told(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "roles.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_roles(file)


def test_where_the_file_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEADWATER_ROLES", raising=False)
    monkeypatch.setenv("HEADWATER_HOME", str(tmp_path))
    assert roles_file() == tmp_path / "roles.toml"
    monkeypatch.setenv("HEADWATER_ROLES", str(tmp_path / "other.toml"))
    assert roles_file() == tmp_path / "other.toml"


def test_a_role_reaches_what_lower_ones_may() -> None:
    ranks = ["", "customer", "agent", "admin"]
    for have, role in enumerate(ranks):
        assert [reaches(role, needed) for needed in ranks] == [have >= need for need in range(4)]


def test_the_examples_of_deploy_can_be_read() -> None:
    import tomllib

    folder = Path(__file__).resolve().parents[2] / "deploy" / "signin"
    assert read_roles(folder / "roles.example.toml").visitors == "customer"
    assert set(tomllib.loads((folder / "secrets.example.toml").read_text())["auth"]) >= {"redirect_uri", "client_id"}
