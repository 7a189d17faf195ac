"""What came out of a batch: how often each label, the rows, the files to take away, and what was set aside."""

import pandas as pd
import streamlit as st

from headwater.ui import blocks, formats, frame
from headwater.ui.colours import label_ink
from hub import batch

__all__ = ["draw_result"]

MIME = {"jsonl": "application/jsonl", "csv": "text/csv", "parquet": "application/vnd.apache.parquet"}


def word_for(label: str) -> str:
    """A label in the words of the page, where it has any."""
    t = frame.texts()
    keys = (
        f"{kind}.{label.strip('?').lower() if kind == 'intent' else label}"
        for kind in ("sentiment", "entity", "intent", "topic")
    )
    return next((t.texts[key] for key in keys if key in t.texts), label)


def draw_result(result: batch.Result) -> None:
    """Label shares, the table, the downloads, and what was set aside."""
    t = frame.texts()
    for head, counts in result.counts.items():
        most = batch.summary(counts, 8)
        st.html(blocks.note(t("batch.share_of", head=head)))
        rows = [
            (word_for(label), share, t("batch.shown", count=f"{count:,}", percent=formats.percent(share)))
            for label, count, share in most
        ]
        st.html(blocks.bars(rows, [label_ink(label) for label, _, _ in most]))
    wide = st.column_config.TextColumn(width=320)
    if result.report.scored > len(result.rows):
        st.html(blocks.note(t("batch.table", number=f"{len(result.rows):,}")))
    st.dataframe(
        pd.DataFrame(result.rows).dropna(axis=1, how="all"),
        hide_index=True,
        column_order=result.order,
        column_config={"text": wide},
    )
    with st.container(horizontal=True):
        for form, content in result.files.items():
            st.download_button(
                t("batch.download", form=form.upper()),
                content,
                f"scored.{form}",
                MIME[form],
                icon=":material/download:",
                on_click="ignore",
            )
    if result.rejects:
        st.warning(t.count("batch.rejects", len(result.rejects)), icon=":material/rule:")
        st.dataframe(
            result.rejects, column_config={k: t.get(f"batch.reject.{k}", k) for k in result.rejects[0]}, hide_index=True
        )
