"""Whether live questions are still of the kind on which the promise was drawn."""

import streamlit as st

from headwater.ui import blocks, formats, frame
from headwater.ui.texts import Catalogue
from support_chatbot import charts, watching
from support_chatbot.risk.curve import RiskCurve
from support_chatbot.risk.drift import FEWEST, Drift, Shift

__all__ = ["draw_drift"]


def draw_drift(curve: RiskCurve, live: watching.Live) -> None:
    """In words, and as a chart where there are enough questions to tell."""
    t, found = frame.texts(), watching.look_at(curve, live)
    st.html(blocks.state(not found.drifted, _drift_words(t, found), t("botsettings.drift.how")))
    if not found.enough:
        return
    names = ("axis.sure", "axis.share", "series.before", "series.now")
    words = {name: t(f"botsettings.{name}") for name in names}
    before, now = watching.shares(curve.confidence.tolist()), watching.shares(live.confidence)
    st.altair_chart(charts.drift_chart(before, now, words))


def _drift_words(t: Catalogue, found: Drift) -> str:
    if not found.enough:
        return t.count("botsettings.drift.few", found.turns, least=FEWEST)
    shifts = [_shift_words(t, shift) for shift in found.shifts if shift.drifted]
    if not shifts:
        return t.count("botsettings.drift.same", found.turns)
    advice = "easier" if found.easier else "differ"
    return t.count(f"botsettings.drift.{advice}", found.turns, what=t("common.comma").join(shifts))


def _shift_words(t: Catalogue, shift: Shift) -> str:
    if shift.what == "length":
        way = "longer" if shift.effect > 0 else "shorter"
        return t(
            f"botsettings.drift.{way}", now=formats.number(int(shift.now)), before=formats.number(int(shift.before))
        )
    kind = "surer" if shift.effect > 0 else "unsure"
    what = kind if shift.what == "confidence" else "outside"
    return t(f"botsettings.drift.{what}", now=formats.percent(shift.now), before=formats.percent(shift.before))
