"""The list of conversations at the desk: its shelves, its filters, its pages."""

from collections.abc import Mapping

import streamlit as st

from headwater.ui import formats, frame
from support_chatbot import deskwork
from support_chatbot.records.desk import Desk
from support_chatbot.views.desk_row import draw_row

__all__ = ["draw_filters", "draw_list"]


def draw_filters(held: Mapping[str, int]) -> None:
    """Which shelf, and words that must have been said."""
    t = frame.texts()
    kept = st.session_state.get("desk.kept_shelf") or ("waiting" if held["waiting"] else "all")
    with st.container(horizontal=True, vertical_alignment="center"):
        picked = st.pills(
            t("desk.show"),
            list(deskwork.SHELVES),
            format_func=lambda name: f"{t(f'desk.shelf.{name}')} {formats.number(held[name])}",
            default=kept,
            key="desk.shelf",
            required=True,
            wrap=True,  # on a narrow screen they break into two lines: the last shelf would be out of sight
            label_visibility="collapsed",
        )
        words = st.text_input(
            t("desk.words"),
            st.session_state.get("desk.kept_words", ""),
            icon=":material/search:",
            placeholder=t("desk.words"),
            label_visibility="collapsed",
        )
    st.session_state["desk.kept_shelf"], st.session_state["desk.kept_words"] = picked, words


def draw_list(desk: Desk) -> None:
    """One page of the chosen shelf."""
    t = frame.texts()
    shelf, words = st.session_state["desk.kept_shelf"], st.session_state["desk.kept_words"]
    if st.session_state.get("desk.of") != (shelf, words):
        st.session_state["desk.of"], st.session_state["desk.page"] = (shelf, words), 0
    found = deskwork.on_shelf(desk, shelf, words, page=st.session_state["desk.page"])
    last = deskwork.pages(found.total) - 1
    if st.session_state["desk.page"] > last:  # conversations have left this shelf meanwhile
        st.session_state["desk.page"] = last
        found = deskwork.on_shelf(desk, shelf, words, page=last)
    if not found.total:
        st.info(t("desk.none_match" if words.strip() else f"desk.none.{shelf}"), icon=":material/inbox:")
    for talk in found.conversations:
        draw_row(desk, talk)
    if last:
        _draw_pages(st.session_state["desk.page"], last, found.total)


def _draw_pages(number: int, last: int, total: int) -> None:
    t = frame.texts()
    steps = ((-1, "back", "chevron_left", number == 0), (1, "on", "chevron_right", number == last))
    with st.container(horizontal=True, vertical_alignment="center"):
        for step, key, icon, off in steps:
            words, picture = t(f"desk.page_{key}"), f":material/{icon}:"
            st.button(words, icon=picture, disabled=off, key=f"desk.page_{key}", on_click=_turn, args=(number + step,))
        first, final = number * deskwork.STEP + 1, min(total, (number + 1) * deskwork.STEP)
        st.caption(t("desk.range", first=first, last=final, total=formats.number(total)))


def _turn(page: int) -> None:
    st.session_state["desk.page"] = page
