"""What two models find in one text: where they agree, and where they do not."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from entity_extractor import highlight
from entity_extractor.mentions import Annotated
from entity_extractor.parts import inside
from entity_extractor.reading import read
from entity_extractor.reports import Agreement, agreement
from entity_extractor.versus import Pair, difference_rows, own
from entity_extractor.views.reading_step import told
from entity_extractor.views.text_box import draw_input
from entity_extractor.views.turner import draw_turner
from headwater.ui import blocks, formats, frame

__all__ = ["draw_text"]

LONG, MOST = 900, 1_000


def draw_text(top: Any, pair: Pair, names: Mapping[str, str]) -> None:
    """The text twice, each model's names marked and those that it has alone in a frame; then the differences in a table."""
    t = frame.texts()
    with st.expander(t("versus.given"), expanded=True, icon=":material/edit_note:"):
        document = draw_input()
    if document is None:
        with top:
            frame.head(t("versus.nav"), t("versus.empty"), t("versus.empty_detail"))
        return
    with told("extract.failed"), st.spinner(t("extract.reading")):
        found = [
            read(one.finder, one.digest, document, lambda share: None, f"versus.{which}").mentions
            for which, one in enumerate(pair)
        ]
    agreed = agreement(*(Annotated(document.id, document.text, mentions) for mentions in found))
    with top:
        draw_head(agreed, pair)
    differing = [mention for one in agreed.differences for mention in (*one.first, *one.second)]
    part = draw_turner("versus", document, differing)
    text = document.text[part.start : part.end]
    for column, one, mentions in zip(st.columns(2), pair, found, strict=True):
        with column:
            st.caption(t.count("versus.found", len(mentions), name=formats.plain(one.name)))
            with st.container(border=True, height=460 if len(text) > LONG else "content"):
                spans = inside(part, mentions)
                st.html(highlight.marked(text, spans, names, own(part, mentions, agreed)))
    draw_differences(agreed, pair, names)


def draw_head(agreed: Agreement, pair: Pair) -> None:
    t, count = frame.texts(), len(agreed.differences)
    models = {"first": pair[0].name, "second": pair[1].name}
    said = t.count("versus.differ", count, **models) if count else t("versus.agree", **models)
    frame.head(t("versus.nav"), said, t.count("versus.both", len(agreed.both), share=formats.percent(agreed.share)))


def draw_differences(agreed: Agreement, pair: Pair, names: Mapping[str, str]) -> None:
    """A row a difference."""
    t = frame.texts()
    if not agreed.differences:
        return
    st.html(blocks.note(t("versus.framed")))
    columns = {"text": t("versus.column.text"), "first": pair[0].name, "second": pair[1].name}
    rows = difference_rows(agreed.differences[:MOST], names)
    st.dataframe(rows, column_config=columns, column_order=("first", "second", "text"), hide_index=True)
