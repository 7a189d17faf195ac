"""What a replay runs on: the news of the range, or a feed that is uploaded; and the surges that are known."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from headwater.errors import HeadwaterError
from headwater.ui import frame
from headwater.ui.faults import draw_fault
from headwater.ui.uploads import Upload, on_disk
from sentiment_monitor.commands.opening import assembled
from sentiment_monitor.desk import Desk
from sentiment_monitor.replay.history import History, Surge
from sentiment_monitor.replay.sources import from_feed, from_labels, read_surges

__all__ = ["draw_budget", "draw_past", "draw_surges"]


def draw_budget() -> str:
    """What may be false; it holds when one comes back to the page, as the range does."""
    t, kept = frame.texts(), "lab.kept_budget"
    st.session_state.setdefault("lab.budget", st.session_state.get(kept, ""))
    given = st.text_input(t("lab.budget"), placeholder=t("lab.budget_example"), help=t("lab.budget_help"), key="lab.budget")  # fmt: skip
    st.session_state[kept] = given
    return given


def draw_past(here: Desk) -> History | str | None:
    """The history of an uploaded feed, None for the range that is shown; a text where the upload is of no use."""
    t = frame.texts()
    upload = st.file_uploader(t("lab.upload"), type=["jsonl", "csv", "tsv", "parquet", "xml"], help=t("lab.upload_help"), key="lab.upload")  # fmt: skip
    if upload is None:
        return None
    try:
        with st.spinner(t("lab.reading")):
            digest = hashlib.sha256(upload.getvalue()).hexdigest()
            table = None if here.news == "own" else str(_table())
            history, left_out = _history(upload, digest, table)
    except HeadwaterError as fault:
        draw_fault(t("lab.unreadable"), fault)
        return str(fault)
    if left_out:
        st.caption(t.count("lab.left_out", left_out))
    return history


def _table() -> Path:
    from sentiment_monitor.sample import COMPANIES

    return COMPANIES


@st.cache_resource(max_entries=3, show_spinner=False)
def _history(_upload: Upload, digest: str, companies: str | None) -> tuple[History, int]:
    """The models read a feed, which takes a second for some dozens of items; labels are taken as they stand."""
    with on_disk(_upload) as path:
        if path.suffix == ".jsonl" and b'"dimension"' in path.read_bytes()[:4096]:
            return from_labels(path), 0
        table = None if companies is None else Path(companies)
        return from_feed(str(path), lambda news: assembled(news, companies=table, alerts=False))


def draw_surges(here: Desk) -> Sequence[Surge]:
    """Known surges of a file; none where there is none, or it cannot be read, which is said."""
    t = frame.texts()
    upload = st.file_uploader(t("lab.surges"), type=["jsonl"], help=t("lab.surges_help"), key="lab.surges")
    if upload is None:
        return ()
    try:
        with on_disk(upload) as path:
            return tuple(read_surges(path))
    except HeadwaterError as fault:
        draw_fault(t("lab.unreadable"), fault)
        return ()
