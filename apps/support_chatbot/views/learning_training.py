"""What training will read of what was accepted, and the button that writes it."""

from pathlib import Path

import pandas as pd
import streamlit as st

from headwater.errors import HeadwaterError
from headwater.ui import blocks, formats, frame, signin
from headwater.ui.faults import draw_fault
from headwater.ui.roles import ADMIN
from support_chatbot.content import open_folder
from support_chatbot.learning.applying import apply, training_rows
from support_chatbot.naming import intent_name

__all__ = ["draw_training"]


def draw_training(file: Path, accepted: int) -> None:
    """A table of the rows, and where they are written."""
    t = frame.texts()
    st.subheader(t("learning.training"), anchor=False)
    if not accepted:
        st.html(blocks.note(t("learning.training_none")))
        return
    try:
        rows = training_rows(file)
    except HeadwaterError as fault:
        draw_fault(t("learning.failed"), fault, mild=True)
        return
    st.html(blocks.note(t.count("learning.rows", len(rows), file=file.with_suffix(".jsonl"))))
    columns = {"text": t("learning.column.text"), "label": t("learning.column.label")}
    table = pd.DataFrame(
        [{"text": row["text"], "label": intent_name(t, row["label"])} for row in rows], columns=list(columns)
    )
    st.dataframe(table.rename(columns=columns), hide_index=True, width="stretch", height=min(300, 38 + 35 * len(rows)))
    if not signin.person().may(ADMIN):
        st.html(blocks.note(t("learning.admin_writes")))
        return
    if st.button(t("learning.apply"), icon=":material/school:", help=t("learning.apply_help")):
        try:
            done = apply(file, open_folder().path)
        except HeadwaterError as fault:
            draw_fault(t("learning.not_applied"), fault)
            return
        st.success(
            t("learning.applied", rows=formats.number(done.rows), drafts=len(done.drafts), kept=len(done.kept)),
            icon=":material/check:",
        )
