"""Batch scoring: a file in, every text scored, the file out."""

import streamlit as st

from headwater.errors import HeadwaterError
from headwater.scoring.run import Report
from headwater.scoring.scorer import Scorer, open_scorer
from headwater.ui import blocks, formats, frame
from headwater.ui.faults import draw_fault
from headwater.ui.inspecting import look
from headwater.ui.shelf import Place, places, stamp
from headwater.ui.uploads import Upload, on_disk
from hub import batch
from hub.views.batch_result import draw_result

t = frame.texts()
ready = {place.name: place for place in places() if not isinstance(look(place), str)}


@st.cache_resource(max_entries=3, show_spinner=False)
def scorer_of(folder: str, stamped: tuple[int, ...]) -> Scorer:
    return open_scorer([folder])


def score(upload: Upload, place: Place, column: str) -> None:
    """Score and keep the result in the session, or show the sentence that says why not."""
    bar = st.progress(0.0, t("batch.starting"))

    def move(report: Report) -> None:
        rate = report.read / max(report.seconds, 0.001)
        bar.progress(min(report.share, 1.0), t("batch.progress", read=f"{report.read:,}", rate=f"{rate:,.0f}"))

    try:
        with on_disk(upload) as path:
            result = batch.run(scorer_of(str(place.folder), stamp(place.folder)), path, column, move)
    except HeadwaterError as fault:
        draw_fault(t("batch.failed", name=formats.plain(upload.name)), fault)
        return
    finally:
        bar.empty()
    st.session_state["batch.result"] = (upload.name, place.name, result)


top = st.container()
left, right = st.columns([1, 1.7], gap="large")
with left:
    upload = st.file_uploader(t("batch.upload"), type=["jsonl", "csv", "tsv", "parquet", "xml"])
    name = st.selectbox(t("batch.bundle"), list(ready), placeholder=t("batch.no_bundle"))
    column = st.text_input(t("batch.column"), "text", help=t("batch.column_help"))
    if st.button(t("batch.go"), type="primary", disabled=not (upload and name), icon=":material/play_arrow:"):
        score(upload, ready[name], column or "text")
kept = st.session_state.get("batch.result")
with top:
    if kept:
        of, model, result = kept
        sentence = t.count("batch.done", result.report.scored, model=model, seconds=f"{result.report.seconds:.1f}")
        frame.head(
            t("nav.batch"),
            sentence,
            t("batch.done_detail", file=of, texts=f"{result.report.texts:,}", aside=result.report.rejected),
        )
    else:
        frame.head(t("nav.batch"), t("batch.empty"), t("batch.empty_detail"))
with right:
    if kept:
        draw_result(kept[2])
    else:
        st.html(blocks.note(t("batch.nothing_yet")))
