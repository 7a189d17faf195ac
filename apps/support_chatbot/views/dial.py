"""The risk dial, and the curve it is read from."""

import streamlit as st

from headwater.store import Store
from headwater.ui import blocks, formats, frame
from headwater.ui.texts import Catalogue
from support_chatbot import charts, choices, watching
from support_chatbot.risk.curve import RiskCurve
from support_chatbot.risk.standing import points
from support_chatbot.risk.thresholds import DELTA

__all__ = ["draw_curve", "draw_dial"]


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
    if missing := [formats.percent(stop.risk) for stop in stops if not stop.found]:
        percents = t("common.comma").join(missing)
        st.html(blocks.note(t("botsettings.not_proved", percents=percents, number=count)))
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
