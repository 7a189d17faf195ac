"""Which new type is taught: one that was begun, or another by its name."""

from collections.abc import Collection, Sequence

import streamlit as st

from entity_extractor.learning.new_types import is_kind
from headwater.ui import formats, frame

__all__ = ["draw_kind"]


def draw_kind(begun: Sequence[str], held: Collection[str]) -> str:
    """The type's name, "" for none that can be taught; `held` are those that the model finds already."""
    t, picked = frame.texts(), ""
    last = st.session_state.get("newtype.last", "")
    if begun:
        every = [*begun, ""]
        at = begun.index(last) if last in begun else 0
        picked = st.selectbox(t("newtype.kind"), every, at, format_func=lambda one: one or t("newtype.kind_new"))
    if not picked:
        label = t("newtype.kind") if not begun else t("newtype.kind_new")
        picked = st.text_input(
            label, key="newtype.name", max_chars=40, placeholder=t("newtype.kind_hint"), help=t("newtype.kind_help")
        ).strip()
    if picked in held:
        st.warning(t("newtype.kind_known", kind=formats.plain(picked)), icon=":material/info:")
        return ""
    if picked and not is_kind(picked):
        st.warning(t("newtype.kind_wrong"), icon=":material/warning:")
        return ""
    st.session_state["newtype.last"] = picked
    return picked
