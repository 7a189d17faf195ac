"""The scores of two models on a test set, and the texts that they read differently, as tables."""

from collections.abc import Mapping

import streamlit as st

from entity_extractor.versus import Measured, Pair, change_rows, difference_rows, score_rows
from headwater.ui import blocks, frame

__all__ = ["draw_scores", "draw_worst"]

MOST = 500  # differences in the table
ORDER = ("worse", "gold", "first", "second", "text", "document")  # on a phone the first ones are seen


def draw_scores(found: Measured, pair: Pair, names: Mapping[str, str]) -> None:
    """Three tables: strict measures, F1 by scheme, strict F1 by type."""
    t = frame.texts()
    tables = {
        "strict": change_rows(found, lambda name: t(f"versus.measure.{name}")),
        "schemes": score_rows(found, "schemes", lambda name: t(f"versus.scheme.{name}")),
        "types": score_rows(found, "types", lambda name: names.get(name, name)),
    }
    for name, rows in tables.items():
        st.subheader(t(f"versus.table.{name}"), anchor=False)
        columns = {"what": t(f"versus.what.{name}"), "first": pair[0].name, "second": pair[1].name}
        st.dataframe(rows, column_config=columns | {"change": t("versus.change")}, hide_index=True)
    st.caption(t("versus.intervals"))


def draw_worst(found: Measured, pair: Pair, names: Mapping[str, str]) -> None:
    """Where the second model is worst against the first, first."""
    t, differences = frame.texts(), found.change.differences
    st.subheader(t("versus.worst"), anchor=False)
    if not differences:
        st.html(blocks.note(t("versus.nowhere")))
        return
    columns = {key: t(f"versus.column.{key}") for key in ("text", "gold", "worse", "document")}
    columns |= {"first": pair[0].name, "second": pair[1].name}
    rows = difference_rows(differences[:MOST], names)
    st.dataframe(rows, column_config=columns, column_order=ORDER, hide_index=True)
    if len(differences) > MOST:
        st.caption(t("extract.first_rows", shown=MOST, number=f"{len(differences):,}"))
