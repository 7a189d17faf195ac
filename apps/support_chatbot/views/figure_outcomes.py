"""What became of the conversations: a chart, the same as a table, and the conversations behind a bar."""

from pathlib import Path

import pandas as pd
import streamlit as st

from headwater.store.tables import utc_now
from headwater.ui import blocks, clock, formats, frame
from support_chatbot import deskwork, figure_charts, figures
from support_chatbot.records.outcomes import OUTCOMES, Outcomes
from support_chatbot.views.desk_row import channel_of

__all__ = ["draw_outcomes"]

SHOWN = 5  # conversations behind a bar; the desk has them all


def draw_outcomes(found: Outcomes) -> None:
    """Outcomes that exclude each other; a click on one shows its conversations."""
    t = frame.texts()
    if not found.shares:
        return
    st.subheader(t("botfigures.outcomes"), anchor=False)
    names = {outcome: f"{figures.INKS[outcome].mark} {t(f'botfigures.outcome.{outcome}')}" for outcome in OUTCOMES}
    words = {name: t(f"botfigures.axis.{name}") for name in ("share", "count", "range")}
    left, right = st.columns(2, gap="large")
    with left:
        chart = figure_charts.outcomes_chart(found, names, words, "")
        state = st.altair_chart(chart, width="stretch", on_select="rerun", key="figures.outcomes")
        if picked := figure_charts.picked_outcome(state):
            st.session_state["figures.outcome"] = picked
    rows = [(names[outcome], found.counts[outcome], found.shares[outcome]) for outcome in OUTCOMES]
    table = [(name, count, formats.within(share.value, share.low, share.high)) for name, count, share in rows]
    columns = [t("botfigures.axis.outcome"), t("botfigures.axis.count"), t("botfigures.axis.share_range")]
    right.dataframe(pd.DataFrame(table, columns=columns), hide_index=True, width="stretch")
    right.html(blocks.note(t("botfigures.outcomes_note")))
    shown = st.selectbox(t("botfigures.behind"), OUTCOMES, format_func=names.__getitem__, key="figures.outcome")
    _draw_behind(found, shown)


def _draw_behind(found: Outcomes, outcome: str) -> None:
    t, now = frame.texts(), utc_now()
    talks = figures.behind(found, outcome)
    st.html(blocks.note(t(f"botfigures.meaning.{outcome}")))
    if not talks:
        st.html(blocks.note(t("botfigures.none_behind")))
    for talk in talks[:SHOWN]:
        when = clock.moment(talk.updated, now, t.language, clock.reader_zone())
        with st.container(horizontal=True, vertical_alignment="center"):
            said = formats.plain(deskwork.short(" ".join(talk.question.split()), 90))
            if st.button(said or t("desk.silent"), key=f"figures.talk.{talk.key}", type="tertiary"):
                st.switch_page(Path(__file__).with_name("desk.py"), query_params={"talk": talk.key})
            st.html(blocks.note(f"{channel_of(talk.channel)} · {when}"))
    if len(talks) > SHOWN:
        st.html(blocks.note(t.count("botfigures.more", len(talks) - SHOWN)))
