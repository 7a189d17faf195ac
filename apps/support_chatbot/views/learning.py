"""What the bot can learn: proposals to accept, change or reject, and what training will read of them."""

import streamlit as st

from headwater.errors import HeadwaterError
from headwater.ui import formats, frame
from headwater.ui.faults import draw_fault
from support_chatbot import review
from support_chatbot.learning.proposals import STATUSES, Proposals
from support_chatbot.learning.reading import read_proposals
from support_chatbot.opening import bot, store
from support_chatbot.views.learning_item import draw_item
from support_chatbot.views.learning_training import draw_training

STEP = 10

t, file = frame.texts(), review.proposals_file()
top = st.container()
if st.button(t("learning.look"), icon=":material/search_insights:", help=t("learning.look_help")):
    try:
        with st.spinner(t("learning.looking")):
            seen = review.gather(store("learning.nav"), bot("learning.nav"), file)
        st.info(t.count("learning.looked", seen.unanswered, added=seen.added), icon=":material/search_insights:")
    except HeadwaterError as fault:
        st.session_state["learning.fault"] = str(fault)
if fault := st.session_state.pop("learning.fault", ""):
    draw_fault(t("learning.failed"), fault, mild=True)
try:
    held = read_proposals(file) if file.exists() else Proposals()
except HeadwaterError as fault:
    with top:
        frame.head(t("learning.nav"), t("learning.broken"), t("learning.broken_detail"))
    draw_fault(t("model.fault"), fault)
    st.stop()
count = review.tally(held)
with top:
    if not any(count.values()):
        frame.head(t("learning.nav"), t("learning.nothing"), t("learning.nothing_detail"))
        st.code(t("learning.command", file=file), language=None, wrap_lines=True)
    else:
        waiting = count["proposed"]
        sentence = t.count("learning.wait", waiting) if waiting else t("learning.all_decided")
        frame.head(t("learning.nav"), sentence, t("learning.rests", file=file))
if not any(count.values()):
    st.stop()
status = st.pills(
    t("learning.show"),
    STATUSES,
    format_func=lambda name: f"{t(f'learning.status.{name}')} {formats.number(count[name])}",
    default=st.session_state.get("learning.kept", STATUSES[0]),
    required=True,
    key="learning.status",
    label_visibility="collapsed",
)
st.session_state["learning.kept"] = status
found = review.items(held, status)
if not found:
    st.info(t(f"learning.none.{status}"), icon=":material/inbox:")
limit = st.session_state.get(f"learning.limit.{status}", STEP)
for item in found[:limit]:
    draw_item(file, item)
if len(found) > limit and st.button(t.count("learning.more", len(found) - limit)):
    st.session_state[f"learning.limit.{status}"] = limit + STEP
    st.rerun()
draw_training(file, count["accepted"])
