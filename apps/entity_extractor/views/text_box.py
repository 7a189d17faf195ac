"""Where the text comes from: the field, the example, a file, or an address of the web."""

import streamlit as st

from entity_extractor import given
from entity_extractor.mentions import Document
from entity_extractor.views.file_box import draw_address, draw_file
from entity_extractor.views.keeping import keep, kept
from headwater.errors import DataError
from headwater.ui import frame
from headwater.ui.faults import draw_fault

__all__ = ["draw_input"]

WAYS = ("paste", "file", "address")


def draw_input() -> Document | None:
    """The document that was given, None for none yet. One that cannot be read says why. The choice holds from page to page."""
    t = frame.texts()
    kept("way", WAYS[0])
    way = st.segmented_control(
        t("extract.ways"), WAYS, format_func=lambda one: t(f"extract.way.{one}"), key="extract.way", required=True,
        label_visibility="collapsed", on_change=keep, args=("way",),
    )  # fmt: skip
    try:
        return {"file": draw_file, "address": draw_address}.get(way or "", _field)()
    except DataError as fault:
        draw_fault(t("extract.unreadable"), fault)
        return None


def _field() -> Document | None:
    t = frame.texts()
    kept("text", "")
    text = st.text_area(
        t("extract.paste"), key="extract.text", height=190, placeholder=t("extract.placeholder"), on_change=keep,
        args=("text",), label_visibility="collapsed",
    )  # fmt: skip
    st.button(t("extract.example_button"), on_click=_fill, icon=":material/edit_note:")
    return given.pasted(text)


def _fill() -> None:
    st.session_state["extract.kept.text"] = frame.texts()("extract.example")
