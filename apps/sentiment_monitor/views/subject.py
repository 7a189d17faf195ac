"""One topic, company or source, or all news: how much, how it sounds, and the stories behind every point."""

import streamlit as st

from headwater.ui import blocks, frame
from sentiment_monitor import charts, subject
from sentiment_monitor.desk import desk
from sentiment_monitor.naming import name_of
from sentiment_monitor.news import SENTIMENTS
from sentiment_monitor.views.behind import draw_behind
from sentiment_monitor.views.desk_bar import dated, draw_bar
from sentiment_monitor.views.links import link_overview
from sentiment_monitor.views.no_news import stop_without_news
from sentiment_monitor.views.subject_choice import draw_choice
from sentiment_monitor.views.subject_sides import draw_sides

t = frame.texts()
here = desk("nav.subject")
stop_without_news(here, "nav.subject")
top = st.container()
draw_bar(here)
dimension, value = draw_choice(here)
fitting, usual = subject.steps_for(here.start, here.now)
step = st.session_state.get("subject.kept_step")
step = step if step in fitting else usual
found = subject.look(here.past, dimension, value, here.start, here.now, step, here.zone)
name = name_of(t, here.companies, dimension, value)

with top:
    watched = here.first is not None and here.first <= found.start - (here.now - found.start)
    before = t("subject.before", stories=f"{found.before.total:,}", negative=f"{found.before.negative:,}")
    rests = t("subject.rests", since=dated(found.start, here), until=dated(here.now, here))
    begins = t("subject.begins", when=dated(here.first, here)) if here.first and here.first > found.start else ""
    net = subject.net_words(t, found.counts) if found.counts.total else ""
    link_overview()
    frame.head(
        t("nav.subject"),
        subject.sentence(t, name, found),
        t.joined(net, before if watched else "", rests, begins),
    )

if not found.counts.total:
    st.info(t("subject.nothing"), icon=":material/inbox:")
    st.stop()
known = [charts.key_of(bucket.start) for bucket in found.buckets]
place = "subject.bucket"
if (st.session_state.get(place) or ("",))[0] not in known:
    st.session_state[place] = None
chosen = st.session_state[place]


def clicked() -> None:
    key = charts.picked(st.session_state["subject.chart"])
    st.session_state[place] = (key,) if key else None


def stepped() -> None:
    st.session_state["subject.kept_step"] = st.session_state["subject.step"] or usual
    st.session_state[place] = None


st.session_state["subject.step"] = step
st.segmented_control(
    t("subject.bars"), fitting, key="subject.step", on_change=stepped,
    format_func=lambda one: t(f"subject.step.{one}"), label_visibility="collapsed",
)  # fmt: skip
names = {label: t(f"sentiment.{label}") for label in SENTIMENTS}
words = {key: t(f"subject.axis.{key}") for key in ("count", "net", "day", "full", "range")}
st.html(blocks.note(t("subject.count_note")))
shown = chosen[0] if chosen else None
st.altair_chart(charts.counts_chart(found.buckets, names, words, shown), key="subject.chart", on_select=clicked)
st.html(blocks.note(t("subject.net_note")))
st.altair_chart(charts.net_chart(found.buckets, words))
left, right = st.columns([3, 2], gap="large")
with left:
    draw_behind(here, dimension, value, found, shown)
with right:
    draw_sides(here, dimension, value, found.start)
