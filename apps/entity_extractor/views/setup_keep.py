"""One change of the set-up, kept or refused in its place."""

from collections.abc import Callable, Mapping

import streamlit as st

from entity_extractor.finding import own
from entity_extractor.finding.finder import SpanReader
from entity_extractor.finding.setup import Setup
from headwater.errors import HeadwaterError
from headwater.ui import formats, frame
from headwater.ui.faults import draw_fault

__all__ = ["draw_held", "fresh", "keep", "keep_change"]


def keep(do: Callable[[], object], said: str) -> None:
    """Do it, and say so on top of the page; what is wrong is shown where the button is, and nothing has changed then."""
    try:
        do()
    except (HeadwaterError, OSError) as fault:
        draw_fault(frame.texts()("setup.not_kept"), fault)
        return
    st.session_state["setup.said"] = said
    st.session_state["setup.round"] = st.session_state.get("setup.round", 0) + 1
    st.rerun()


def fresh(name: str) -> str:
    """The key of a field that is empty again once something was kept."""
    return f"setup.{name}.{st.session_state.get('setup.round', 0)}"


def keep_change(how: Callable[[Setup], Setup], models: Mapping[str, SpanReader], said: str) -> None:
    """Keep what `how` makes of the set-up in force."""
    keep(lambda: own.change(how, models), said)


def draw_held(name: str, about: str, key: str) -> bool:
    """A thing that the set-up holds, and whether its button Remove was pressed."""
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(f"**{formats.plain(name)}** · {formats.plain(about)}", width="stretch")
        return st.button(frame.texts()("setup.remove"), key=key, icon=":material/delete:")
