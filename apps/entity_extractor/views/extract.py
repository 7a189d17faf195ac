"""The extractor: a document in; its names and values marked, joined to entities, related, and to be taken away."""

import streamlit as st

from entity_extractor import highlight, reading
from entity_extractor.extraction import Extraction
from entity_extractor.parts import parts
from entity_extractor.views.download import draw_download
from entity_extractor.views.entity_tab import draw_entities
from entity_extractor.views.reading_step import draw_extractor, draw_reading
from entity_extractor.views.relation_tab import draw_relations
from entity_extractor.views.table_tab import draw_table
from entity_extractor.views.text_box import draw_input
from entity_extractor.views.text_tab import draw_text
from entity_extractor.views.type_choice import draw_types, type_names
from headwater.ui import blocks, formats, frame
from headwater.ui.colours import VALUES

t = frame.texts()
model, extractor, stamped = draw_extractor()
names = type_names(extractor.finder.types)
TABS = ("text", "entities", "table", "relations")


def count_words(found: dict[str, int]) -> str:
    """The types of names that are there, as words: 2 people, 1 place."""
    there = {label: count for label, count in found.items() if count and label not in VALUES}
    keys = {label: f"extract.count.{label}" for label in there}
    keys = {label: key if f"{key}.many" in t.texts else "extract.count.any" for label, key in keys.items()}
    return t("common.comma").join(t.count(keys[label], count, label=names[label]) for label, count in there.items())


def draw_head(found: Extraction, counted: dict[str, int], below: int) -> None:
    values = sum(count for label, count in counted.items() if label in VALUES)
    named = len(found.mentions) - values
    said = t.count("extract.found", named, each=count_words(counted)) if named else t("extract.none")
    length, every = f"{len(found.document.text):,}", len(parts(found.document))
    detail = t("extract.rests", length=length, least=formats.percent(least), model=model.bundle.manifest.name)
    frame.head(
        t("extract.nav"),
        said,
        t.joined(
            t.count("extract.values", values) if values else "",
            t.count("extract.pages", every) if found.document.pages and every > 1 else "",
            detail,
            t.count("extract.below", below) if below else "",
        ),
    )


top, (left, right) = st.container(), st.columns([1, 1.9], gap="large")
with left:
    document = draw_input()
    least = st.slider(t("extract.least"), 0, 100, 50, 5, format="%d %%") / 100
if document is None:
    with top:
        frame.head(t("extract.nav"), t("extract.empty"), t("extract.empty_detail"))
    right.html(blocks.note(t("extract.nothing_yet")))
    st.stop()
with right:
    done = draw_reading(extractor, stamped, document)
    likely = reading.chosen(done, least, ())
    off = draw_types("extract", highlight.counts([one.span for one in likely], list(names)), names)
    found = reading.settled(extractor, done, least, off)
counted = highlight.counts([one.span for one in found.mentions], list(names))
with top:
    draw_head(found, counted, len(done.mentions) - len(likely))
with right:
    text, entities, table, relations = st.tabs([t(f"extract.tab.{name}") for name in TABS])
    with text:
        draw_text(found, names)
    with entities:
        draw_entities(found, names, extractor.companies)
    with table:
        draw_table(found, names)
    with relations:
        draw_relations(done, found, names)
    draw_download(found, extractor, names, f"{done.key} {least:.2f} {sorted(off)}")
