"""The figures of the support bot: what became of the conversations, how sure it was, and what it could not answer."""

from pathlib import Path

import streamlit as st

from headwater.store.tables import utc_now
from headwater.ui import blocks, formats, frame
from support_chatbot import figures
from support_chatbot.opening import store
from support_chatbot.records.export import to_csv
from support_chatbot.records.outcomes import outcomes
from support_chatbot.views.figure_cards import draw_cards, draw_confidence, draw_latency
from support_chatbot.views.figure_outcomes import draw_outcomes

t, now = frame.texts(), utc_now()
top = st.container()
with st.container(horizontal=True, vertical_alignment="bottom"):
    window = st.pills(
        t("botfigures.window"),
        list(figures.WINDOWS),
        format_func=lambda name: t(f"botfigures.span.{name}"),
        default=st.session_state.get("figures.kept", "month"),
        required=True,
        key="figures.window",
        wrap=True,
    )
st.session_state["figures.kept"] = window
found = outcomes(store("botfigures.nav"), figures.since(window, now))
counted = sum(found.counts.values())
with top:
    sentence = t("botfigures.none")
    if found.resolution:
        sentence = t.count("botfigures.sum", counted, share=formats.percent(found.resolution.value))
    left_out = {"running": formats.number(found.running), "unasked": formats.number(found.unasked)}
    frame.head(t("botfigures.nav"), sentence, t("botfigures.rests", **left_out) if counted else t("botfigures.empty"))
if not found.conversations:
    st.page_link(Path(__file__).with_name("chat.py"), label=t("desk.to_chat"), icon=":material/forum:")
    st.stop()
draw_cards(found)
draw_outcomes(found)
left, right = st.columns(2, gap="large")
with left:
    st.subheader(t("botfigures.unanswered"), anchor=False)
    most = found.unanswered[0][1] if found.unanswered else 1
    rows = [(words, count / most, formats.number(count)) for words, count in found.unanswered[:10]]
    st.html(blocks.bars(rows) if rows else blocks.note(t("botfigures.all_answered")))
    st.page_link(Path(__file__).with_name("learning.py"), label=t("botfigures.to_learning"), icon=":material/school:")
with right:
    draw_confidence(found)
    draw_latency(found)
st.download_button(
    t("botfigures.csv"),
    to_csv(found.each),
    f"conversations-{now:%Y-%m-%d}.csv",
    "text/csv",
    icon=":material/download:",
    help=t("botfigures.csv_help"),
)
