"""The monitor: what happened, the days, and the stories of the chosen day."""

from collections.abc import Sequence

import streamlit as st

from headwater.ui import blocks, formats, frame
from headwater.ui.loading import model_for
from sentiment_monitor import surge
from sentiment_monitor.charts import counts_chart, net_chart, picked_day
from sentiment_monitor.sample_stories import Story
from sentiment_monitor.trend import LABELS, Day, daily
from sentiment_monitor.views.feed_box import draw_feed, draw_filters
from sentiment_monitor.views.story_list import draw_stories

t = frame.texts()
model = model_for("monitor")


def draw_head(days: Sequence[Day], stories: Sequence[Story], found: surge.Surge | None) -> None:
    span = formats.days(days[0].day, days[-1].day, t.language)
    copies = sum(len(story.copies) for story in stories)
    said_again = t.count("monitor.copies", copies) if copies else t("monitor.copies.none")
    rests = t("monitor.rests", stories=f"{len(stories):,}", span=span, copies=said_again)
    if found is None:
        usual = sum(day.counts["negative"] for day in days) / len(days)
        frame.head(t("nav.monitor"), t("monitor.quiet", usual=formats.number(usual), span=span), rests)
        return
    led = t("monitor.led", name=found.name) if found.name else ""
    if found.name:
        rests = t("monitor.named", name=found.name, named=found.named, count=found.count) + " " + rests
    values = {"usual": formats.number(found.usual), "rate": formats.number(found.rate), "led": led}
    when = formats.days(found.first, found.last, t.language)
    frame.head(t("nav.monitor"), t("monitor.surge", when=when, **values), rests)


def draw_days(days: Sequence[Day], found: surge.Surge | None) -> str:
    """Draw both charts and give the chosen day: clicked, picked in the list, or the worst one."""
    known = [day.day.isoformat() for day in days]
    worst = max(days, key=lambda day: day.counts["negative"]).day.isoformat()
    if st.session_state.get("monitor.day") not in known:
        st.session_state["monitor.day"] = worst if found else known[-1]

    def clicked() -> None:
        st.session_state["monitor.day"] = (
            picked_day(st.session_state["monitor.chart"]) or st.session_state["monitor.day"]
        )

    names = {label: t(f"sentiment.{label}") for label in LABELS}
    words = {key: t(f"monitor.axis.{key}") for key in ("count", "net", "day", "range")}
    st.html(blocks.note(t("monitor.count_note")))
    st.altair_chart(
        counts_chart(days, names, words, st.session_state["monitor.day"]), key="monitor.chart", on_select=clicked
    )
    st.html(blocks.note(t("monitor.net_note")))
    st.altair_chart(net_chart(days, words))
    return st.session_state["monitor.day"]


top = st.container()
with st.expander(t("monitor.settings"), icon=":material/tune:"):
    every = draw_feed(model)
    kept = draw_filters(every) if every else []
if not kept:
    with top:
        frame.head(t("nav.monitor"), t("monitor.nothing"), t("monitor.nothing_detail"))
    st.stop()
days = daily(kept)
found = surge.find(days, kept)
with top:
    draw_head(days, kept, found)
draw_stories(model, days, kept, draw_days(days, found))
