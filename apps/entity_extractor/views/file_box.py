"""A document out of an uploaded file, or from an address of the web."""

from collections.abc import Sequence

import streamlit as st

from entity_extractor import given
from entity_extractor.documents import ENDINGS
from entity_extractor.mentions import Document
from entity_extractor.views.keeping import keep, kept
from headwater.ui import frame
from headwater.ui.faults import draw_fault

__all__ = ["draw_address", "draw_file"]

of_file = st.cache_data(max_entries=5, show_spinner=False)(given.of_file)
at_address = st.cache_data(max_entries=5, ttl=600, show_spinner=False)(given.at_address)


def draw_file() -> Document | None:
    """The document of an uploaded file. Raises DataError for one that cannot be read."""
    t = frame.texts()
    upload = st.file_uploader(t("extract.upload"), [ending.removeprefix(".") for ending in ENDINGS], key="extract.file")
    st.caption(t("extract.bigger"))
    if upload is None:
        return None
    table = upload.name.lower().endswith(given.TABLES)
    column = st.text_input(t("batch.column"), key="extract.column", placeholder=t("extract.guessed")) if table else ""
    return _chosen(of_file(upload.name, upload.getvalue(), column or None))


def draw_address() -> Document | None:
    """The document at an address. Raises DataError for one that cannot be had."""
    t = frame.texts()
    kept("url", "")
    url = st.text_input(
        t("extract.address"), key="extract.url", placeholder=t("extract.address_like"), on_change=keep, args=("url",)
    )
    st.button(t("extract.fetch"), icon=":material/language:")
    with st.spinner(t("extract.fetching")):
        return _chosen(at_address(url.strip())) if url.strip() else None


def _chosen(found: Sequence[Document]) -> Document:
    """The one document, or the one that is chosen, with what its reader has to know."""
    t = frame.texts()
    number = 0
    if len(found) > 1:
        name = f"extract.which.{len(found)}"
        number = st.selectbox(t("extract.which"), range(len(found)), format_func=lambda at: found[at].id, key=name)
    if len(found) == given.MOST:
        st.caption(t("extract.first", most=f"{given.MOST:,}"))
    if found[number].notes:
        draw_fault(t("extract.notes"), "\n".join(found[number].notes), mild=True)
    return found[number]
