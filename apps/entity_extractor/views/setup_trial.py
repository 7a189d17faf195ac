"""A text on which the set-up is tried, with the pattern that is being typed."""

import streamlit as st

from entity_extractor import highlight
from entity_extractor.extraction import Extractor
from entity_extractor.finding.setup import PatternRule
from entity_extractor.setting_up import trial, trial_rows
from entity_extractor.views.type_choice import type_names
from headwater.errors import HeadwaterError
from headwater.ui import blocks, frame
from headwater.ui.faults import draw_fault

__all__ = ["draw_trial"]

LONGEST = 5_000  # characters: a trial is read anew with every change
SOURCES = ("model", "dictionary", "pattern", "value")


def draw_trial(extractor: Extractor, typed: PatternRule | None) -> None:
    """The field, the marked text, and what found each name."""
    t = frame.texts()
    st.subheader(t("setup.try"), anchor=False)
    text = st.text_area(
        t("setup.try_text"), t("extract.example"), height=150, max_chars=LONGEST, key="setup.try_text",
        label_visibility="collapsed",
    )  # fmt: skip
    if typed is not None:
        st.caption(t("setup.try_typed", name=typed.name))
    try:
        found = trial(extractor, text, typed)
    except HeadwaterError as fault:
        draw_fault(t("extract.failed"), fault)
        return
    names = type_names([*extractor.finder.types, *([typed.type] if typed else ())])
    if not found.mentions:
        st.html(blocks.note(t("setup.try_nothing")))
        return
    with st.container(border=True, height=300 if len(text) > 700 else "content"):
        st.html(highlight.marked(text, [one.span for one in found.mentions], names))
    rows = trial_rows(found, names, {kind: t(f"setup.kind.{kind}") for kind in SOURCES})
    columns = {key: t(f"extract.column.{key}") for key in ("text", "type")}
    columns |= {"source": t("setup.found_by"), "value": t("setup.says")}
    order = [key for key in columns if key != "value" or any(row["value"] for row in rows)]
    st.dataframe(rows, column_config=columns, column_order=order, hide_index=True)
