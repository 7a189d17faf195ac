"""The relations as a file to take away."""

from collections.abc import Sequence

import streamlit as st

from entity_extractor.relations.triples import ENDINGS, Row, triples_as
from headwater.ui import frame

__all__ = ["draw_triples"]


def draw_triples(said: Sequence[Row]) -> None:
    """Every relation that was said, where its names stand and how sure it is, as `run --triples` writes it."""
    t = frame.texts()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        ending = st.selectbox(
            t("relation.form"),
            ENDINGS,
            format_func=lambda one: t(f"relation.form_{one[1:]}"),
            key="extract.triples",
            width=320,
        )
        content = triples_as(ending, said)
        st.download_button(
            t("relation.download"), content, f"triples{ending}", icon=":material/download:", on_click="ignore"
        )
