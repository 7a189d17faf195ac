"""Redaction: names and personal data out of a document, beside what it was; and back by the key."""

import streamlit as st

from entity_extractor.views.reading_step import draw_extractor, draw_reading
from entity_extractor.views.redact_choice import draw_choice
from entity_extractor.views.redact_result import draw_redacted
from entity_extractor.views.restoring import draw_restoring
from entity_extractor.views.text_box import draw_input
from entity_extractor.views.type_choice import type_names
from headwater.ui import blocks, frame

t = frame.texts()
_, extractor, stamped = draw_extractor()
names = type_names(extractor.finder.types)
top = st.container()
way = st.segmented_control(
    t("redact.ways"), ("out", "back"), format_func=lambda one: t(f"redact.way.{one}"), default="out", required=True,
    key="redact.way", label_visibility="collapsed",
)  # fmt: skip
if way == "back":
    draw_restoring(top)
    st.stop()
left, right = st.columns([1, 1.9], gap="large")
with left:
    document = draw_input()
    choice = draw_choice(names, extractor.finder.own_types)
if document is None:
    with top:
        frame.head(t("redact.nav"), t("redact.empty"), t("redact.empty_detail"))
    right.html(blocks.note(t("redact.nothing_yet")))
    st.stop()
with right:
    done = draw_reading(extractor, stamped, document)
    draw_redacted(top, extractor, done, choice, names)
