"""One control for every file that can be taken away."""

from collections.abc import Mapping

import streamlit as st

from entity_extractor.downloads import CHOICES, file_name, file_of
from entity_extractor.extraction import Extraction, Extractor
from entity_extractor.views.reading_step import told
from headwater.ui import frame

__all__ = ["draw_download"]


def draw_download(found: Extraction, extractor: Extractor, names: Mapping[str, str], key: str) -> None:
    """A choice of formats, each with a word on what it is for, and the button; `key` tells what is shown."""
    t = frame.texts()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        form = st.selectbox(
            t("download.format"), CHOICES, format_func=lambda one: t(f"download.{one}"), key="extract.form", width=320
        )
        with told("download.failed"):
            content = _content(found, extractor, names, f"{key} {t.language}", form)
        st.download_button(
            t("download.button"), content, file_name(form), icon=":material/download:", on_click="ignore"
        )


@st.cache_data(max_entries=5, show_spinner=False)
def _content(_found: Extraction, _extractor: Extractor, _names: Mapping[str, str], key: str, form: str) -> bytes:
    return file_of(form, _found, _extractor, _names)
