"""Add a feed or a file, and let the models read what waits."""

import streamlit as st

from headwater.errors import HeadwaterError
from headwater.ui import formats, frame
from headwater.ui.faults import draw_fault
from headwater.ui.uploads import on_disk
from sentiment_monitor import sourcework
from sentiment_monitor.commands.opening import assembled
from sentiment_monitor.desk import Desk

__all__ = ["draw_add"]


def draw_add(here: Desk) -> None:
    """Three ways: a feed that is watched, a file that is taken in once, and reading without a watch."""
    t = frame.texts()
    if said := st.session_state.pop("newssources.said", ""):
        st.success(said, icon=":material/check:")
    feed, file = st.columns(2, gap="large")
    with feed, st.form("newssources.feed", border=False):
        st.subheader(t("newssources.add_feed"), anchor=False)
        name = st.text_input(t("newssources.name"), key="newssources.name")
        address = st.text_input(t("newssources.address"), help=t("newssources.address_help"), key="newssources.address")
        every = st.text_input(
            t("newssources.interval"), placeholder="5m", help=t("newssources.interval_help"), key="newssources.every"
        )
        if st.form_submit_button(t("newssources.add"), type="primary"):
            _try(
                lambda: sourcework.add_feed(here.store, name, address, every), t("newssources.added", name=name.strip())
            )
    with file:
        st.subheader(t("newssources.add_file"), anchor=False)
        upload = st.file_uploader(
            t("newssources.file"), type=["jsonl", "csv", "tsv", "parquet", "xml"], key="newssources.file"
        )
        if upload is not None and st.button(t("newssources.take"), type="primary", key="newssources.take"):
            _take(here, upload)
        if waiting := here.pen.backlog():
            st.caption(t.count("newssources.waits", waiting))
            if st.button(t("newssources.read_now"), icon=":material/play_arrow:", key="newssources.read_now"):
                _try(lambda: _read(here), t("newssources.was_read"))


def _take(here: Desk, upload) -> None:
    """Write its items, and let the models read them."""
    t = frame.texts()
    try:
        with on_disk(upload) as path:
            took = sourcework.take_file(here.store, path, upload.name[:255])
    except HeadwaterError as fault:
        draw_fault(t("newssources.unreadable", name=formats.plain(upload.name)), fault)
        return
    said = t("newssources.took", new=f"{took.new:,}", known=f"{took.known:,}", rejected=f"{took.rejected:,}")
    _try(lambda: _read(here), said)


def _read(here: Desk) -> None:
    t = frame.texts()
    bar = st.progress(0.0, t("newssources.reading"))
    sourcework.read_waiting(
        here.store, lambda news: assembled(news), lambda done: bar.progress(done, t("newssources.reading"))
    )


def _try(act, said: str) -> None:
    """Do it, and say that it is done, or what was wrong."""
    try:
        act()
    except HeadwaterError as fault:
        draw_fault(frame.texts()("newssources.refused"), fault)
        return
    st.session_state["newssources.said"] = said
    st.rerun()
