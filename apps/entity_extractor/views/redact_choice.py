"""What goes out of a text, and what stands for it."""

import secrets
from collections.abc import Collection, Mapping

import streamlit as st

from entity_extractor.redacting import Choice, regions
from entity_extractor.redaction import KINDS
from entity_extractor.redaction.key import STYLES
from headwater.ui import frame

__all__ = ["draw_choice"]


def draw_choice(names: Mapping[str, str], own: Collection[str] = ()) -> Choice:
    """Types, style and personal data; less often asked: the country, a key to go on with, and a passphrase for the key.

    The types of one's `own` lists and patterns go unless somebody says otherwise: what they claim is no longer a person or an organisation.
    """
    t = frame.texts()
    kinds = st.pills(
        t("redact.types"), list(names), selection_mode="multi", default=[one for one in names if one in (*KINDS, *own)],
        format_func=names.__getitem__, key=f"redact.types {' '.join(names)}", wrap=True,
    )  # fmt: skip
    personal = st.toggle(t("redact.personal"), value=True, key="redact.personal", help=t("redact.personal_help"))
    style = st.radio(
        t("redact.styles"), STYLES, format_func=lambda one: t(f"redact.style.{one}"), key="redact.style",
    )  # fmt: skip
    with st.expander(t("redact.more")):
        countries = regions()
        region = st.selectbox(t("redact.region"), countries, countries.index("US"), key="redact.region")
        upload = st.file_uploader(t("redact.given"), "json", key="redact.given")
        phrase = st.text_input(
            t("redact.passphrase"), type="password", key="redact.phrase", help=t("redact.passphrase_help")
        )
    # One secret a session: the same text has the same invented names on every click.
    secret = st.session_state.setdefault("redact.secret", secrets.token_hex(32))
    return Choice(
        tuple(kinds or ()), style or STYLES[0], personal, region, secret, upload.getvalue() if upload else None, phrase
    )
