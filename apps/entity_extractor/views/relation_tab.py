"""What joins the names: a graph and a table, where a relation model is on this machine."""

import shlex
from collections.abc import Mapping, Sequence

import streamlit as st

from entity_extractor import reading
from entity_extractor.extraction import Extraction
from entity_extractor.relations.triples import Edge, edges, rows, to_dot
from entity_extractor.views.triple_files import draw_triples
from headwater.errors import HeadwaterError
from headwater.home import home
from headwater.ui import blocks, frame
from headwater.ui.colours import entity_ink
from headwater.ui.faults import draw_fault

__all__ = ["draw_relations"]

MOST = 40  # edges of the graph: more are a tangle


def draw_relations(done: reading.Read, found: Extraction, names: Mapping[str, str]) -> None:
    """The relations between the names that are shown; without a model, how to get one."""
    t, places = frame.texts(), reading.relation_places()
    if not places:
        st.html(blocks.note(t("relation.missing")))
        folder = shlex.quote(str(home() / "models" / "relations"))
        st.code(t("relation.command", folder=folder), language=None, wrap_lines=True)
        return
    place = places[0]
    if len(places) > 1:
        place = st.selectbox(t("relation.model"), places, format_func=lambda one: one.name, key="extract.relations")
    try:
        with st.spinner(t("relation.reading")):
            said = rows(reading.related(done, found.mentions, place), found.names.__getitem__)
    except HeadwaterError as fault:
        draw_fault(t("relation.failed"), fault)
        return
    kept = edges(said)
    if not kept:
        st.html(blocks.note(t("relation.none")))
        return
    words = {edge.label: t.get(f"relation.{edge.label}", edge.label.replace("_", " ").lower()) for edge in kept}
    colours = {entity.name: entity_ink(entity.label).colour for entity in found.entities}
    st.graphviz_chart(to_dot(kept[:MOST], colours, words), width="stretch")
    if len(kept) > MOST:
        st.caption(t("extract.first_rows", shown=MOST, number=f"{len(kept):,}"))
    _draw_table(kept, words)
    draw_triples(said)


def _draw_table(kept: Sequence[Edge], words: Mapping[str, str]) -> None:
    """A row for each edge."""
    t = frame.texts()
    bar = st.column_config.ProgressColumn(t("extract.column.probability"), min_value=0, max_value=100, format="%.0f %%")
    st.dataframe(
        [
            {
                "head": edge.head,
                "relation": words[edge.label],
                "tail": edge.tail,
                "count": edge.count,
                "probability": 100 * edge.probability,
            }
            for edge in kept
        ],
        column_config={key: t(f"extract.column.{key}") for key in ("head", "relation", "tail", "count")}
        | {"probability": bar},
        hide_index=True,
    )
