"""The entities: a row each, and of the one that is chosen every mention in its context."""

from collections.abc import Mapping

import streamlit as st

from entity_extractor.extraction import Extraction
from entity_extractor.highlight import in_context
from entity_extractor.identity import Entity
from entity_extractor.listing import entity_rows, ordered
from entity_extractor.parts import contexts
from entity_extractor.views.turner import where
from headwater.companies.table import Companies
from headwater.ui import blocks, formats, frame

__all__ = ["draw_entities", "draw_mentions"]

MOST, SHOWN, FEW = 2_000, 50, 8  # rows of the table; mentions of one entity, and those that need no box that scrolls


def draw_entities(found: Extraction, names: Mapping[str, str], companies: Companies | None) -> None:
    """The table, and beneath it the mentions of the row that is chosen."""
    t, rows = frame.texts(), entity_rows(found, names, companies)
    if not rows:
        st.html(blocks.note(t("extract.none")))
        return
    keys = [key for key in rows[0] if key in ("name", "type", "count") or any(row[key] for row in rows)]
    columns: dict[str, object] = {key: t(f"extract.column.{key}") for key in keys}
    columns["name"] = st.column_config.TextColumn(t("extract.column.name"), width="medium")
    columns["count"] = st.column_config.NumberColumn(t("extract.column.count"), width="small")
    event = st.dataframe(
        rows[:MOST], column_config=columns, column_order=keys, hide_index=True, key="extract.entities",
        on_select="rerun", selection_mode="single-row",
    )  # fmt: skip
    if len(rows) > MOST:
        st.caption(t("extract.first_rows", shown=f"{MOST:,}", number=f"{len(rows):,}"))
    every = ordered(found)
    picked = [row for row in event["selection"]["rows"] if row < len(every)]
    if picked:
        draw_mentions(found, every[picked[0]])
    else:
        st.html(blocks.note(t("extract.choose_row")))


def draw_mentions(found: Extraction, entity: Entity) -> None:
    """Each mention of an entity between the words around it, with its page; those that could be another's say so."""
    t, unsure = frame.texts(), set(entity.unsure)
    st.markdown(f"**{formats.plain(t.count('extract.mentions', entity.count, name=entity.name))}**")
    lines = []
    for one in contexts(found.document, entity.mentions[:SHOWN]):
        place = where(found.document, one.part)
        doubt = t("extract.unsure") if one.mention in unsure else ""
        lines.append(
            in_context(
                one.before, one.mention.text, one.after, one.mention.label, " · ".join(filter(None, (place, doubt)))
            )
        )
    with st.container(border=True, height=420 if len(lines) > FEW else "content"):
        st.html("".join(lines))
    if entity.count > SHOWN:
        st.caption(t("extract.first_rows", shown=SHOWN, number=f"{entity.count:,}"))
