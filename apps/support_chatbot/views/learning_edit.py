"""The form in which a proposal is changed: its name, its title, its examples, its answer."""

from dataclasses import replace
from pathlib import Path

import streamlit as st

from headwater.errors import HeadwaterError
from headwater.ui import frame
from support_chatbot import review
from support_chatbot.learning.proposals import Draft, Line, New

__all__ = ["draw_edit"]


def draw_edit(file: Path, item: review.Item) -> None:
    """The fields of an entry; nothing is written before the button."""
    t, entry = frame.texts(), item.entry
    with st.form(f"learning.form.{item.key}", border=False):
        if isinstance(entry, New):
            done = _new(entry)
        elif isinstance(entry, Draft):
            done = replace(entry, text=st.text_area(t("learning.field.answer"), entry.text, height=220).strip())
        else:
            done = replace(entry, text=st.text_input(t("learning.field.example"), entry.text).strip())
        if not st.form_submit_button(t("learning.save"), icon=":material/save:"):
            return
    if isinstance(done, Line) and not done.text:
        st.error(t("learning.empty_example"))
        return
    try:
        review.change(file, item, lambda _: done)
    except HeadwaterError as fault:
        st.session_state["learning.fault"] = str(fault)
    st.rerun()


def _new(entry: New) -> New:
    t = frame.texts()
    label = st.text_input(t("learning.field.label"), entry.label, help=t("learning.field.label_help"))
    title = st.text_input(t("learning.field.title"), entry.title)
    examples = st.text_area(t("learning.field.examples"), "\n".join(entry.examples), height=160)
    answer = st.text_area(t("learning.field.answer"), entry.answer, height=160)
    lines = tuple(line.strip() for line in examples.splitlines() if line.strip())
    return replace(entry, label=label.strip(), title=title.strip(), examples=lines, answer=answer.strip())
