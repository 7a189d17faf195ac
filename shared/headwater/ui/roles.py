"""Who may open what: three roles, given by e-mail or by a claim of the identity provider, in a file that an admin edits.

    claim = "groups"                  # the claim that names groups; "realm_access.roles" looks into a table
    visitors = "customer"             # the role of who has not signed in; left out: everybody must sign in
    [agent]
    emails = ["*@desk.example.org"]   # addresses, or all of a domain
    claims = ["support-desk"]         # values of the claim
    [admin]
    emails = ["maya@example.org"]

Who has signed in and is named nowhere is a customer. Of several roles the highest counts.
"""

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from headwater.errors import InputError
from headwater.home import home

__all__ = ["ADMIN", "AGENT", "CUSTOMER", "NOBODY", "Roles", "reaches", "read_roles", "roles_file"]

NOBODY, CUSTOMER, AGENT, ADMIN = RANKS = ("", "customer", "agent", "admin")
KEYS = ("claim", "visitors", "unverified", AGENT, ADMIN)


@dataclass(frozen=True)
class Roles:
    """The file's content: for each role addresses and values of `claim`, both in lower case.

    `unverified`: addresses count that the provider has not said to be verified. Only for a provider in which nobody
    can enter an address of their own.
    """

    claim: str = ""
    visitors: str = NOBODY
    unverified: bool = False
    emails: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, person: Mapping[str, Any]) -> str:
        """The role of who has signed in, by the claims of their identity token.

        >>> Roles(emails={"agent": ("*@desk.example.org",)}).of(
        ...     {"email": "Ann@desk.example.org", "email_verified": True}
        ... )
        'agent'
        """
        email = str(person.get("email") or "").lower()
        if not self.unverified and person.get("email_verified") is not True:
            email = ""
        held = {value.lower() for value in _values(person, self.claim)} if self.claim else set()
        for role in (ADMIN, AGENT):
            known = any(_is(email, pattern) for pattern in self.emails.get(role, ()))
            if known or held & set(self.claims.get(role, ())):
                return role
        return CUSTOMER


def reaches(role: str, needed: str) -> bool:
    """Whether a role may do what needs another: an admin may do all that an agent may, an agent all that a customer may.

    >>> reaches("admin", "agent"), reaches("customer", "agent"), reaches("", "customer")
    (True, False, False)
    """
    return RANKS.index(role) >= RANKS.index(needed)


def roles_file() -> Path:
    """`HEADWATER_ROLES`, or roles.toml in Headwater's home."""
    return Path(os.environ.get("HEADWATER_ROLES") or home() / "roles.toml")


def read_roles(file: Path) -> Roles:
    """The file; where there is none, everybody who signs in is a customer. Raises InputError for one that is wrong."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Roles()
    except (OSError, ValueError) as fault:
        raise InputError(f"{file}: expected TOML that can be read ({fault})") from fault
    if strange := sorted(set(content) - set(KEYS)):
        raise InputError(f"{file}: expected the keys {', '.join(KEYS)}, got {', '.join(strange)}")
    visitors, unverified, claim = (
        content.get("visitors", ""),
        content.get("unverified", False),
        content.get("claim", ""),
    )
    if visitors not in (NOBODY, CUSTOMER) or not isinstance(unverified, bool) or not isinstance(claim, str):
        raise InputError(
            f'{file}: expected visitors = "customer" or none, unverified = true or false, claim = a name; '
            f"got {visitors!r}, {unverified!r}, {claim!r}"
        )
    tables = {role: _table(file, role, content.get(role, {})) for role in (AGENT, ADMIN)}
    lists = {name: {role: table[name] for role, table in tables.items()} for name in ("emails", "claims")}
    if not claim and any(lists["claims"].values()):
        raise InputError(f'{file}: expected claim = "..." at the top, since roles are given by values of it; got none')
    return Roles(claim, visitors, unverified, lists["emails"], lists["claims"])


def _table(file: Path, role: str, table: Any) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    if not isinstance(table, dict) or set(table) - {"emails", "claims"}:
        raise InputError(f"{file}: expected [{role}] with emails and claims, got {table!r}")
    for name in ("emails", "claims"):
        values = table.get(name, [])
        if not isinstance(values, list) or not all(isinstance(value, str) and value.strip() for value in values):
            raise InputError(f"{file}: expected a list of texts as {name} of [{role}], got {values!r}")
        found[name] = tuple(value.strip().lower() for value in values)
    for email in found["emails"]:
        if email.count("@") != 1 or "*" in email.removeprefix("*@"):
            raise InputError(f"{file}: expected ann@example.org or *@example.org in [{role}], got {email!r}")
    return found


def _is(email: str, pattern: str) -> bool:
    """Whether an address is the pattern, or of its domain."""
    if pattern.startswith("*@"):
        return email.rpartition("@")[2] == pattern[2:] and "@" in email
    return email == pattern and bool(email)


def _values(person: Mapping[str, Any], claim: str) -> Iterable[str]:
    """The claim's values. A name may hold dots itself, as "https://example.org/roles" does, so it is tried whole first."""
    value: Any = person.get(claim)
    if value is None:
        value = person
        for step in claim.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, (list, tuple)) else []
