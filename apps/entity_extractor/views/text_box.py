"""Where the text comes from: the field, the example, or a file."""

import streamlit as st

from entity_extractor import document
from headwater.errors import InputError
from headwater.ui import formats, frame
from headwater.ui.faults import draw_fault

__all__ = ["draw_input"]


def draw_input() -> str:
    """The text: from a file where one is uploaded, else from the field. A file that cannot be read says why."""
    t = frame.texts()
    text = st.text_area(t("extract.paste"), key="extract.text", height=190, placeholder=t("extract.placeholder"))
    st.button(t("extract.example_button"), on_click=_fill, icon=":material/edit_note:")
    with st.expander(t("extract.file"), icon=":material/upload_file:"):
        upload = st.file_uploader(t("extract.upload"), type=["txt"], label_visibility="collapsed")
    if upload is None:
        return text
    try:
        return document.decode(upload.getvalue())
    except InputError as fault:
        draw_fault(t("extract.unreadable", name=formats.plain(upload.name)), fault)
        return ""


def _fill() -> None:
    st.session_state["extract.text"] = frame.texts()("extract.example")
