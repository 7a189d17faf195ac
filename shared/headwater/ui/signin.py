"""Signing in by OpenID Connect: off until Streamlit's secrets have an `[auth]` table, and then every page knows its reader.

`deploy/signin/` holds an example of both files: the secrets, and the roles (see headwater.ui.roles).
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import streamlit as st

from headwater.errors import InputError
from headwater.ui import blocks, formats
from headwater.ui.roles import ADMIN, AGENT, NOBODY, Roles, reaches, read_roles, roles_file
from headwater.ui.texts import Catalogue

__all__ = ["Person", "draw_account", "draw_refusal", "is_on", "person"]

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Person:
    """Who reads the page. Without sign-in that is nobody in particular, who may do everything."""

    role: str
    name: str = ""
    email: str = ""

    def may(self, needed: str) -> bool:
        """Whether the role suffices: customer, agent or admin."""
        return reaches(self.role, needed)

    @property
    def is_staff(self) -> bool:
        return self.may(AGENT)


def is_on() -> bool:
    """Whether this installation asks who its readers are."""
    return "is_logged_in" in st.user


def person() -> Person:
    """Who reads the page, as their role stands now: a role that was taken away is gone with the next click."""
    if not is_on():
        return Person(ADMIN)
    claims: Mapping[str, Any] = st.user.to_dict()
    roles = _roles()
    if not claims.get("is_logged_in"):
        return Person(roles.visitors)
    email = str(claims.get("email") or "")
    return Person(roles.of(claims), str(claims.get("name") or email or claims.get("sub") or ""), email)


def _roles() -> Roles:
    """The roles; with a file that cannot be read nobody is staff, and the log says why."""
    try:
        return read_roles(roles_file())
    except InputError as fault:
        LOG.error("sign-in: nobody has a role: %s", fault)
        return Roles()


def draw_account(t: Catalogue) -> None:
    """Who is signed in and the way out, for the sidebar; or that anybody may open every page."""
    if not is_on():
        st.caption(t("signin.off"))
        return
    who = person()
    if st.user.is_logged_in:
        st.caption(t("signin.who", name=formats.plain(who.name), role=t(f"signin.role.{who.role}")))
        if st.button(t("signin.out"), icon=":material/logout:", key="signin.out"):
            st.logout()
    elif who.role != NOBODY:
        _draw_doors(t, "signin.staff", "tertiary")


def draw_refusal(t: Catalogue, needed: str, first: st.Page | None) -> None:
    """What stands in a page's place for who may not open it: whom it is for, and the way to the first that they may."""
    # Late: the frame draws this page and imports this module.
    from headwater.ui.frame import head

    if not st.user.is_logged_in:
        head(t("signin.title"), t("signin.first"), t("signin.first_detail"))
        _draw_doors(t, "signin.in", "primary")
        return
    head(t("signin.title"), t(f"signin.refused.{needed}"), t("signin.refused_detail"))
    who = person()
    st.html(blocks.paragraph(t("signin.you", name=who.name, role=t(f"signin.role.{who.role}"))))
    if first is not None:
        st.page_link(first, label=t("signin.back", page=first.title), icon=":material/arrow_forward:")


def _draw_doors(t: Catalogue, key: str, kind: str) -> None:
    """A button a provider: the one of `[auth]` itself, and those of its tables."""
    if find_spec("authlib") is None:
        st.error(t("signin.missing"), icon=":material/error:")
        return
    for name in _providers():
        words = t("signin.with", name=name.replace("_", " ").capitalize()) if name else t(key)
        if st.button(words, icon=":material/login:", type=kind, key=f"signin.in.{name}"):
            st.login(name or None)


def _providers() -> list[str]:
    auth = st.secrets.get("auth", {})
    named = [name for name, value in auth.items() if isinstance(value, Mapping) and "server_metadata_url" in value]
    return [*([""] if "server_metadata_url" in auth or not named else []), *named]
