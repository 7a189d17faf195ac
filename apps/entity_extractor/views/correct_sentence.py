"""One sentence: its marks, and its spans as a table to tick and change."""

import pandas as pd
import streamlit as st

from entity_extractor import highlight
from entity_extractor.learning import draft
from entity_extractor.learning.desk import Desk
from entity_extractor.learning.draft import Piece
from entity_extractor.learning.queue import Row
from entity_extractor.views.correct_adding import draw_adding
from entity_extractor.views.correct_done import draw_others
from headwater.errors import HeadwaterError
from headwater.ui import formats, frame

__all__ = ["draw_sentence"]


def draw_sentence(here: Desk) -> None:
    t, row = frame.texts(), here.rows[here.at]
    names = {label: t.get(f"entity.{label}", label) for label in here.types}
    number, doubt = here.at + 1, formats.percent(row.doubt)
    st.caption(t("correct.place", number=number, every=len(here.rows), doubt=doubt, id=formats.plain(row.id)))
    marked, pieces = st.container(border=True), _draw_table(here, row, names)
    marked.html(highlight.marked(row.text, draft.shown(pieces), names))
    _draw_moves(here, row, pieces)
    draw_adding(here, row, pieces, names)
    draw_others(here, row)


def _draw_table(here: Desk, row: Row, names: dict[str, str]) -> list[Piece]:
    t, (pieces, key) = frame.texts(), here.draft(row)
    if not pieces:
        st.caption(t("correct.no_spans"))
        return []
    rows = [(p.span.text, p.span.label, 100 * p.span.probability, p.accept) for p in pieces]
    columns = {
        "text": st.column_config.TextColumn(t("extract.column.text"), disabled=True),
        "type": st.column_config.SelectboxColumn(t("extract.column.type"), options=list(names), required=True, format_func=lambda label: names.get(label, label)),
        "probability": st.column_config.NumberColumn(t("extract.column.probability"), format="%.0f %%", disabled=True),
        "accept": st.column_config.CheckboxColumn(t("correct.accept")),
    }  # fmt: skip
    table = st.data_editor(pd.DataFrame(rows, columns=list(columns)), column_config=columns, hide_index=True, key=key)
    return draft.edited(pieces, table.to_dict("records"))


def _draw_moves(here: Desk, row: Row, pieces: list[Piece]) -> None:
    t, at = frame.texts(), here.at
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(t("correct.back"), on_click=here.turn, args=(row, pieces, at - 1), disabled=at == 0, shortcut="K")
        if st.button(t("correct.save"), type="primary", disabled=not here.who, shortcut="S"):
            try:
                here.save(row, draft.right(row.text, pieces))
            except HeadwaterError as fault:
                st.error(formats.plain(str(fault)), icon=":material/error:")
            else:
                st.rerun()
        last = at == len(here.rows) - 1
        st.button(t("correct.next"), on_click=here.turn, args=(row, pieces, at + 1), disabled=last, shortcut="J")
        least = st.number_input(t("correct.least"), 0, 100, 90, 5, key="correct.least", width=150)
        if st.button(t("correct.above", least=least), disabled=not pieces, help=t("correct.above_help"), shortcut="A"):
            here.keep(row, draft.accepted_from(pieces, least / 100))
            st.rerun()
