"""The knowledge base: what names mean."""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from entity_extractor.extraction import Extractor
from entity_extractor.finding.finder import SpanReader
from entity_extractor.setting_up import add_base
from entity_extractor.views.setup_keep import draw_held, fresh, keep, keep_change
from headwater.ui import blocks, frame

__all__ = ["draw_base"]


def draw_base(extractor: Extractor, models: Mapping[str, SpanReader]) -> None:
    """The one in force, and a file that takes its place."""
    t, file = frame.texts(), extractor.finder.setup.knowledge
    if extractor.base is None:
        st.html(blocks.note(t("setup.no_base")))
    elif draw_held(file, t.count("setup.base_holds", len(extractor.base)), "setup.remove.base"):
        keep_change(lambda setup: replace(setup, knowledge=""), models, t("setup.removed", name=file))
    st.subheader(t("setup.new_base"), anchor=False)
    st.caption(t("setup.base_form"))
    upload = st.file_uploader(t("setup.base_file"), ["csv", "jsonl"], key=fresh("base"))
    if st.button(t("setup.add_base"), key="setup.add_base", disabled=upload is None, icon=":material/add:") and upload:
        keep(lambda: add_base(upload, models), t("setup.added", name=upload.name))
