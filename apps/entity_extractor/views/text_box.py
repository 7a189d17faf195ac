"""Where the text comes from: the field, the example, or a file."""

from itertools import islice

import streamlit as st

from entity_extractor.documents import ENDINGS, UPLOAD, read_documents
from entity_extractor.mentions import Document
from headwater.errors import DataError
from headwater.ui import formats, frame
from headwater.ui.faults import draw_fault

__all__ = ["draw_input"]

MOST = 1_000  # documents of one file to choose from


def draw_input() -> str:
    """The text: from a file where one is uploaded, else from the field. A file that cannot be read says why."""
    t = frame.texts()
    text = st.text_area(t("extract.paste"), key="extract.text", height=190, placeholder=t("extract.placeholder"))
    st.button(t("extract.example_button"), on_click=_fill, icon=":material/edit_note:")
    with st.expander(t("extract.file"), icon=":material/upload_file:"):
        upload = st.file_uploader(
            t("extract.upload"), type=[ending.removeprefix(".") for ending in ENDINGS], label_visibility="collapsed"
        )
    if upload is None:
        return text
    try:
        return draw_documents(read(upload.name, upload.getvalue()))
    except DataError as fault:
        draw_fault(t("extract.unreadable", name=formats.plain(upload.name)), fault)
        return ""


@st.cache_data(max_entries=5, show_spinner=False)
def read(name: str, content: bytes) -> list[Document]:
    return list(islice(read_documents(name, content, limits=UPLOAD), MOST))


def draw_documents(found: list[Document]) -> str:
    """The text of the one document, or of the one that is chosen, with what its reader has to know."""
    chosen = found[0]
    if len(found) > 1:
        by_id = {document.id: document for document in found}
        chosen = by_id[st.selectbox(frame.texts()("extract.which"), list(by_id), format_func=formats.plain)]
    for note in chosen.notes:
        st.caption(formats.plain(note))
    return chosen.text


def _fill() -> None:
    st.session_state["extract.text"] = frame.texts()("extract.example")
