"""The text with its marks, a page of it at a time."""

from collections.abc import Mapping

import streamlit as st

from entity_extractor import highlight
from entity_extractor.extraction import Extraction
from entity_extractor.parts import inside
from entity_extractor.views.turner import draw_turner
from headwater.ui import blocks, frame

__all__ = ["draw_text"]

LONG = 1_500  # characters that are shown without a box that scrolls


def draw_text(found: Extraction, names: Mapping[str, str]) -> None:
    """The part that is shown, with a word where it holds no text."""
    t = frame.texts()
    part = draw_turner("extract", found.document, found.mentions)
    text, spans = found.document.text[part.start : part.end], inside(part, found.mentions)
    if not text:
        st.html(blocks.note(t("turner.no_text")))
        return
    if not spans:
        st.html(blocks.note(t("turner.no_name")))
    with st.container(border=True, height=560 if len(text) > LONG else "content"):
        st.html(highlight.marked(text, spans, names))
