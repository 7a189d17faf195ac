"""A redacted text and its key -> the text as it was."""

from typing import Any

import streamlit as st

from entity_extractor.redacting import put_back
from headwater.errors import HeadwaterError
from headwater.ui import blocks, frame
from headwater.ui.faults import draw_fault

__all__ = ["draw_restoring"]

LONG = 1_500


def draw_restoring(top: Any) -> None:
    """Two files in, the text out; the sentence goes into `top`. It may have been edited in between."""
    t = frame.texts()
    left, right = st.columns([1, 1.9], gap="large")
    with left:
        pasted = st.text_area(t("redact.redacted"), key="redact.pasted", height=190)
        upload = st.file_uploader(t("redact.or_file"), ["txt", "md"], key="redact.redacted_file")
        key = st.file_uploader(t("redact.key"), "json", key="redact.key")
        phrase = st.text_input(t("redact.passphrase_if"), type="password", key="redact.back_phrase")
    text = upload.getvalue().decode("utf-8-sig", "replace") if upload else pasted
    if not text.strip() or key is None:
        top.html(blocks.heading(t("redact.nav"), t("redact.back_empty"), t("redact.back_detail")))
        right.html(blocks.note(t("redact.back_nothing_yet")))
        return
    try:
        back, known = put_back(text, key.getvalue(), phrase)
    except HeadwaterError as fault:
        top.html(blocks.heading(t("redact.nav"), t("redact.back_failed")))
        with right:
            draw_fault(t("redact.key_unread"), fault)
        return
    said = t("redact.back_done" if back != text else "redact.back_same")
    top.html(blocks.heading(t("redact.nav"), said, t.count("redact.back_rests", known)))
    with right:
        with st.container(border=True, height=560 if len(back) > LONG else "content"):
            st.html(blocks.paragraph(back))
        st.download_button(t("redact.back_file"), back, "restored.txt", icon=":material/download:", on_click="ignore")
