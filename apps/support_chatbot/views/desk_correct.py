"""The intent of a customer's turn put right: chosen from the model's own, and written down for training."""

import streamlit as st

from headwater.errors import InputError
from headwater.ui import frame
from headwater.ui.loading import bundle_for
from headwater.ui.shelf import USES
from support_chatbot import deskwork
from support_chatbot.naming import intent_name
from support_chatbot.records.desk import Desk
from support_chatbot.records.rows import Conversation

__all__ = ["draw_correction"]


def draw_correction(desk: Desk, talk: Conversation, line: deskwork.Line, who: str) -> None:
    """The choice, and what becomes of it."""
    t, bundle = frame.texts(), bundle_for("support")
    if isinstance(bundle, str) or not who:
        st.caption(t("desk.name_first" if not who else "desk.no_labels"))
        return
    head, number = USES["support"].pick(bundle), line.turn.number
    labels = sorted(head.labels, key=lambda label: intent_name(t, label).lower())
    right = st.selectbox(
        t("desk.right"), labels, index=None, format_func=lambda label: intent_name(t, label), key=f"desk.right.{number}"
    )
    save = {"on_click": _save, "args": (desk, talk.key, number, who)}
    st.button(t("desk.save"), disabled=right is None, key=f"desk.save.{number}", **save)
    st.caption(t("desk.training"))


def _save(desk: Desk, key: str, number: int, who: str) -> None:
    """Write the correction that was chosen for a turn; where it cannot be, the page says why."""
    bundle = bundle_for("support")
    if isinstance(bundle, str):
        return
    head = USES["support"].pick(bundle)
    try:
        desk.correct(key, number, st.session_state[f"desk.right.{number}"], who, head=head.name, labels=head.labels)
    except InputError as fault:
        st.session_state["desk.fault"] = str(fault)
