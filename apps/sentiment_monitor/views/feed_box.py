"""Where the feed comes from, and which days and sources of it are shown."""

from collections.abc import Sequence

import streamlit as st

from headwater.errors import HeadwaterError
from headwater.scoring.rows import Reject
from headwater.serving import Classifier
from headwater.ui import formats, frame
from headwater.ui.loading import score
from headwater.ui.uploads import Upload, on_disk
from sentiment_monitor import feed
from sentiment_monitor.sample_stories import Story, gather

__all__ = ["draw_feed", "draw_filters"]


@st.cache_data(max_entries=3, show_spinner=False)
def read(_upload: Upload, file: str) -> tuple[list[feed.Item], list[Reject]]:
    with on_disk(_upload) as path:
        return feed.read(path)


def draw_feed(model: Classifier) -> list[Story]:
    """The feed that was uploaded, or the sample; what cannot be read is counted and named."""
    t = frame.texts()
    upload = st.file_uploader(t("monitor.upload"), type=["jsonl", "csv", "tsv", "parquet", "xml"])
    try:
        items, rejects = read(upload, upload.file_id) if upload else feed.read(feed.SAMPLE)
    except HeadwaterError as fault:
        st.error(t("monitor.unreadable", name=formats.plain(upload.name)), icon=":material/error:")
        st.code(str(fault), language=None, wrap_lines=True)
        return []
    st.caption(t.count("monitor.items", len(items)) if upload else t("monitor.sample_note"))
    if rejects:
        st.warning(t.count("monitor.rejects", len(rejects)), icon=":material/rule:")
        st.dataframe([{"row": r.number, "reason": r.reason, "text": r.raw} for r in rejects[:200]], hide_index=True)
    return gather(items, model.labels, score(model, [item.text for item in items], t("monitor.scoring")))


def draw_filters(stories: Sequence[Story]) -> list[Story]:
    """The stories of the chosen days and sources."""
    t = frame.texts()
    first, last = stories[0].day, stories[-1].day
    left, right = st.columns(2)
    span = left.date_input(t("monitor.span"), (first, last), first, last, format="YYYY-MM-DD")
    sources = right.multiselect(
        t("monitor.sources"), sorted({s.first.source for s in stories}), placeholder=t("monitor.all")
    )
    start, end = span if len(span) == 2 else (first, last)  # one day is picked, the other not yet
    return [s for s in stories if start <= s.day <= end and (not sources or s.first.source in sources)]
