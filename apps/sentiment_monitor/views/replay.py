"""The replay lab: the past through the rules, as if it came now."""

import streamlit as st

from headwater.errors import HeadwaterError
from headwater.ui import blocks, frame
from sentiment_monitor import lab
from sentiment_monitor.alerts.rules import read_rules
from sentiment_monitor.desk import desk
from sentiment_monitor.replay.history import History
from sentiment_monitor.views.desk_bar import draw_bar
from sentiment_monitor.views.lab_input import draw_budget, draw_past, draw_surges
from sentiment_monitor.views.lab_outcome import draw_outcome, draw_said
from sentiment_monitor.views.links import link_sources
from sentiment_monitor.views.rule_faults import read_or_stop

t, here = frame.texts(), desk("lab.nav")
rules = read_or_stop("lab.nav", lambda: read_rules(here.rules))
top = st.container()
draw_bar(here)
history: History | str | None = draw_past(here)
left, right = st.columns(2, gap="large")
with left:
    budget = draw_budget()
with right:
    surges = draw_surges(here)
moment = None if here.live else here.now
since = here.start if here.span == "from" else None  # the other ranges move with the clock
asked = (here.news, here.span, since, moment, budget, tuple(surges), tuple(rules), id(history) if isinstance(history, History) else None)  # fmt: skip
nothing = history is None and here.first is None
if nothing:
    st.html(blocks.note(t("lab.no_news")))
    link_sources("newsdesk.add_source")
if st.button(t("lab.run"), type="primary", icon=":material/replay:", disabled=nothing or isinstance(history, str), key="lab.run"):  # fmt: skip
    try:
        with st.spinner(t("lab.running")):
            given = isinstance(history, History)
            past = history if isinstance(history, History) else lab.of_store(here.store, here.start, here.now, rules)
            found = lab.run(past, rules, None if given else here.start, budget, surges)
        st.session_state["lab.found"] = (asked, past.start if given else here.start, found)
    except HeadwaterError as fault:
        st.session_state["lab.found"] = (asked, here.start, str(fault))
kept, begin, outcome = st.session_state.get("lab.found", (None, here.start, None))
if kept != asked or outcome is None:
    with top:
        frame.head(t("lab.nav"), t("lab.ask"), t("lab.ask_detail"))
elif isinstance(outcome, str):
    with top:
        frame.head(t("lab.nav"), t("lab.refused"), t("lab.refused_detail"))
    st.code(outcome, language=None, wrap_lines=True)
else:
    with top:
        draw_said(here, outcome, begin)
    draw_outcome(here, outcome)
    st.html(blocks.note(t("lab.note")))
