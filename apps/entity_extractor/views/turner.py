"""Which part of a long document is shown: its number, and the way to the next one that holds a name."""

from collections.abc import Sequence

import streamlit as st

from entity_extractor.mentions import Document, Mention, Stretch
from entity_extractor.parts import next_with, parts
from headwater.ui import frame

__all__ = ["draw_turner", "where"]


def draw_turner(place: str, document: Document, mentions: Sequence[Mention]) -> Stretch:
    """The part that is shown; a document of one part has nothing to turn. `place` names the page's own choice."""
    t, every = frame.texts(), parts(document)
    key, of = f"{place}.part", f"{place}.part_of"
    if st.session_state.get(of) != (document.id, len(document.text)):
        st.session_state[of] = (document.id, len(document.text))
        st.session_state[key] = 1
    st.session_state[key] = min(st.session_state.get(key, 1), len(every))  # also keeps it while another page is open
    if len(every) == 1:
        return every[0]
    at = int(st.session_state[key]) - 1
    following = next_with(every, mentions, at)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = "page" if document.pages else "part"
        st.number_input(t(f"turner.{kind}", number=f"{len(every):,}"), 1, len(every), key=key, width=190)
        st.button(
            t("turner.next"), key=f"{place}.next", icon=":material/skip_next:", disabled=following is None,
            on_click=_turn, args=(key, (following or 0) + 1),
        )  # fmt: skip
    return every[at]


def where(document: Document, number: int) -> str:
    """A page or part in words; nothing for a document of one part."""
    one = len(parts(document)) == 1
    return "" if one else frame.texts()("turner.on_page" if document.pages else "turner.on_part", number=f"{number:,}")


def _turn(key: str, number: int) -> None:
    st.session_state[key] = number
