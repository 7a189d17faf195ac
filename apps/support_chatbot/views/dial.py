"""The risk dial, the curve it is read from, and whether live questions are still of that kind."""

import streamlit as st

from headwater.store import Store
from headwater.ui import blocks, formats, frame
from headwater.ui.texts import Catalogue
from support_chatbot import charts, choices, watching
from support_chatbot.risk.curve import RiskCurve
from support_chatbot.risk.drift import FEWEST, Drift, Shift
from support_chatbot.risk.standing import points
from support_chatbot.risk.thresholds import DELTA

__all__ = ["draw_curve", "draw_dial", "draw_drift"]


def draw_dial(store: Store, curve: RiskCurve, stops: list[watching.Stop], chosen: float) -> None:
    """The positions that the held-out questions prove, and beneath them those that they do not."""
    t = frame.texts()
    proved = [stop.risk for stop in stops if stop.found]

    def choose() -> None:
        choices.choose_risk(store, st.session_state["botsettings.dial"])
        st.toast(t("botsettings.kept"), icon=":material/check:")

    shown = [_caption(t, stop) for stop in stops if stop.found]
    st.session_state["botsettings.dial"] = chosen if chosen in proved else None
    st.radio(
        t("botsettings.dial"), proved, index=None, key="botsettings.dial", captions=shown, on_change=choose,
        format_func=lambda risk: t("botsettings.risk", percent=formats.percent(risk)),
    )  # fmt: skip
    count = formats.number(int((~curve.top_outside).sum()))
    for stop in stops:
        if not stop.found:
            st.html(blocks.state(False, t("botsettings.not_proved", percent=formats.percent(stop.risk), number=count)))
    sets = t("common.comma").join(f"{entry.title or entry.source} ({entry.rows:,})" for entry in curve.sets)
    st.html(blocks.note(t("botsettings.rests", sets=sets, day=curve.date, sure=formats.percent(1 - DELTA))))


def _caption(t: Catalogue, stop: watching.Stop) -> str:
    found = stop.found
    assert found is not None
    wrong = formats.within(found.wrong.value, found.wrong.low, found.wrong.high) if found.wrong else "0 %"
    shares = {"all": formats.percent(found.answered), "inside": formats.percent(found.in_scope_answered)}
    return t("botsettings.means", **shares, least=formats.percent(stop.threshold or 0), wrong=wrong)


def draw_curve(curve: RiskCurve, stops: list[watching.Stop], chosen: float) -> None:
    t = frame.texts()
    names = ("axis.answered", "axis.wrong", "line.stands")
    words = {name: t(f"botsettings.{name}") for name in names}
    words["line.allowed"] = t("botsettings.line.allowed", percent=formats.percent(chosen))
    stands = next((stop.found for stop in stops if stop.risk == chosen), None)
    st.altair_chart(charts.risk_chart(points(curve), stands, chosen, words))
    st.html(blocks.note(t("botsettings.curve_note")))


def draw_drift(curve: RiskCurve, live: watching.Live) -> None:
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
    return t.count("botsettings.drift.differ", found.turns, what=t("common.comma").join(shifts))


def _shift_words(t: Catalogue, shift: Shift) -> str:
    what = "outside" if shift.what == "out of scope" else "more" if shift.effect > 0 else "less"
    return t(f"botsettings.drift.{what}", now=formats.percent(shift.now), before=formats.percent(shift.before))
