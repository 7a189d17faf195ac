"""What was found: the text with its marks, the same as a table, and as files."""

import io
from collections.abc import Mapping, Sequence

import streamlit as st

from entity_extractor import formats, highlight
from entity_extractor.mentions import Annotated, Mention
from headwater.spans import Span
from headwater.ui import frame

__all__ = ["draw_result"]


def draw_result(text: str, spans: Sequence[Span], names: Mapping[str, str]) -> None:
    """The marked text, the table and the downloads; `names` maps every type of the model to its word."""
    t = frame.texts()
    found = highlight.counts(spans, list(names))
    st.html(highlight.legend(found, names))
    with st.container(border=True, height=420 if len(text) > 1500 else "content"):
        st.html(highlight.marked(text, spans, names))
    rows = [
        {
            "text": s.text,
            "type": names.get(s.label, s.label),
            "probability": 100 * s.probability,
            "start": s.start,
            "end": s.end,
        }
        for s in spans
    ]
    columns = {key: t(f"extract.column.{key}") for key in ("text", "type")}
    narrow = {key: st.column_config.NumberColumn(t(f"extract.column.{key}"), width=70) for key in ("start", "end")}
    bar = st.column_config.ProgressColumn(t("extract.column.probability"), min_value=0, max_value=100, format="%.0f %%")
    st.dataframe(rows, column_config=columns | narrow | {"probability": bar}, hide_index=True)
    with st.container(horizontal=True):
        st.download_button(
            t("extract.as_jsonl"),
            _file("jsonl", text, spans),
            "entities.jsonl",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            t("extract.as_csv"),
            _file("csv", text, spans),
            "entities.csv",
            icon=":material/download:",
            on_click="ignore",
        )


def _file(form: str, text: str, spans: Sequence[Span]) -> bytes:
    """What was found as the content of a file."""
    mentions = tuple(Mention(s.start, s.end, s.label, s.text, s.probability) for s in spans)
    stream = io.BytesIO()
    formats.write(form, [Annotated("text", text, mentions)], stream)
    return stream.getvalue()
