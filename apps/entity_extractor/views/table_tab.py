"""Every mention as a row of a table."""

from collections.abc import Mapping

import streamlit as st

from entity_extractor.extraction import Extraction
from entity_extractor.listing import mention_rows
from entity_extractor.parts import parts
from headwater.ui import blocks, frame

__all__ = ["draw_table"]

MOST = 5_000  # rows that are sent to a browser; files have all


def draw_table(found: Extraction, names: Mapping[str, str]) -> None:
    """The table; columns that are empty in every row are left out."""
    t, rows = frame.texts(), mention_rows(found, names, MOST)
    if not rows:
        st.html(blocks.note(t("extract.none")))
        return
    keys = [key for key in rows[0] if key != "value" or any(row["value"] for row in rows)]
    if len(parts(found.document)) == 1:
        keys.remove("page")
    columns: dict[str, object] = {key: t(f"extract.column.{key}") for key in keys}
    for key in {"page", "start", "end"} & set(keys):
        columns[key] = st.column_config.NumberColumn(t(f"extract.column.{key}"), width=70)
    columns["probability"] = st.column_config.ProgressColumn(
        t("extract.column.probability"), min_value=0, max_value=100, format="%.0f %%"
    )
    st.dataframe(rows, column_config=columns, column_order=keys, hide_index=True)
    if len(found.mentions) > MOST:
        st.caption(t("extract.first_rows", shown=f"{MOST:,}", number=f"{len(found.mentions):,}"))
