"""What adds a span to a sentence under correction: its words, and a type, which may be one that no model knows yet."""

import streamlit as st

from entity_extractor.learning import draft
from entity_extractor.learning.desk import Desk
from entity_extractor.learning.draft import Piece
from entity_extractor.learning.queue import Row
from headwater.errors import HeadwaterError
from headwater.ui import formats, frame

__all__ = ["draw_adding"]


def draw_adding(here: Desk, row: Row, pieces: list[Piece], names: dict[str, str]) -> None:
    t, key = frame.texts(), here.draft(row)[1]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(t("correct.words"), key=f"{key}.words", placeholder=t("correct.words_hint"))
        label = st.selectbox(
            t("extract.column.type"), list(names), key=f"{key}.type", format_func=lambda one: names.get(one, one),
            accept_new_options=True, help=t("correct.type_help"),
        )  # fmt: skip
        found, which = draft.occurrences(row.text, words), 0
        pressed = st.button(t("correct.add"), disabled=not found, key=f"{key}.add", icon=":material/add:")
    if words.strip() and not found:
        st.warning(t("correct.not_there", words=formats.plain(words)))
    if len(found) > 1:
        shown = [formats.plain(draft.beside(row.text, place)) for place in found]
        which = st.radio(t("correct.which"), range(len(found)), format_func=shown.__getitem__, key=f"{key}.which")
    if pressed and label:
        try:
            here.keep(row, draft.added(row.text, pieces, found[which], here.named(label)))
        except HeadwaterError as fault:
            st.error(formats.plain(str(fault)), icon=":material/error:")
        else:
            st.rerun()
