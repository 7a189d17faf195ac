"""The confidence dial: measured risks where the bundle carries them, a least probability where not."""

import streamlit as st

from headwater.serving import Classifier
from headwater.ui import formats, frame
from support_chatbot.confidence import Stop, middle, stops

__all__ = ["draw_dial"]


def _name(stop: Stop) -> str:
    t = frame.texts()
    if stop.risk is None:
        return t("dial.least", percent=formats.percent(stop.least))
    return t("dial.risk", percent=formats.percent(stop.risk))


def draw_dial(model: Classifier) -> None:
    """Draw the dial; where it stands is in the session as `support.stop`."""
    t = frame.texts()
    positions = stops(model.bundle.calibration(model.model.variant, model.head.name).thresholds)
    if st.session_state.get("support.dial") not in positions:  # first visit, another bundle, or back from another page
        kept = st.session_state.get("support.stop")
        st.session_state["support.dial"] = kept if kept in positions else middle(positions)
    if positions[0].risk is None:
        stop = st.select_slider(t("dial.title"), positions, format_func=_name, key="support.dial")
        st.caption(t("dial.plain", least=formats.percent(stop.least)))
    else:
        covers = [t("dial.covers", share=formats.percent(stop.coverage or 0)) for stop in positions]
        stop = st.radio(t("dial.title"), positions, format_func=_name, captions=covers, key="support.dial")
        st.caption(t("dial.measured", least=formats.percent(stop.least)))
    st.session_state["support.stop"] = stop
