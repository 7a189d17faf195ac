"""The leading shares with their intervals, how sure the bot was, and how long a reply took."""

import streamlit as st

from headwater.ui import blocks, formats, frame
from support_chatbot import figure_charts, figures
from support_chatbot.records.outcomes import Outcomes

__all__ = ["draw_cards", "draw_confidence", "draw_latency"]


def draw_cards(found: Outcomes) -> None:
    """Four shares: how large, between what and what, of how many."""
    t = frame.texts()
    pairs = [st.columns(2), st.columns(2)]
    for place, figure in zip([*pairs[0], *pairs[1]], figures.figures_of(found), strict=True):
        name = figure.name
        words = t(f"botfigures.{name}.none")
        if figure.interval:
            low, high = f"{figure.interval.low * 100:.0f}", f"{figure.interval.high * 100:.0f}"
            words = t.count("botfigures.of", figure.rows, low=low, high=high)
        more = t("botfigures.durable.rest", unknown=found.without_subject, recent=found.too_recent)
        with place.container(border=True, height="stretch"):
            value = formats.percent(figure.interval.value) if figure.interval else "–"
            st.metric(t(f"botfigures.{name}.title"), value, help=t(f"botfigures.{name}.help"))
            st.html(blocks.note(words) + (blocks.note(more) if name == "durable" else ""))


def draw_confidence(found: Outcomes) -> None:
    """How sure the bot was, day by day."""
    t = frame.texts()
    st.subheader(t("botfigures.confidence"), anchor=False)
    if not found.confidence:
        st.html(blocks.note(t("botfigures.no_confidence")))
        return
    words = {name: t(f"botfigures.axis.{name}") for name in ("sure", "p10", "p50", "turns")}
    chart = figure_charts.confidence_chart(found.confidence, words | {"day": t("common.day_axis")})
    st.altair_chart(chart, width="stretch")
    st.html(blocks.note(t("botfigures.confidence_note")))


def draw_latency(found: Outcomes) -> None:
    """How long the bot took for a reply: half, nearly all, and the slowest hundredth."""
    t = frame.texts()
    st.subheader(t("botfigures.latency"), anchor=False)
    if not found.milliseconds:
        st.html(blocks.note(t("botfigures.no_latency")))
        return
    rows = [(t(f"botfigures.{name}"), f"{value:,.0f} ms") for name, value in found.milliseconds.items()]
    st.html(blocks.facts(rows))
