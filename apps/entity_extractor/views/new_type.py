"""A type that no model has: mark examples, see what else may be one, say yes or no."""

import streamlit as st

from entity_extractor import reading
from entity_extractor.learning import new_types, queue
from entity_extractor.learning.desk import embedder, opened_store, person
from entity_extractor.learning.new_types import FEWEST, Item, Taught
from entity_extractor.learning.remembering import Remembering
from entity_extractor.views.new_type_choice import draw_kind
from entity_extractor.views.new_type_marks import draw_done, draw_marking
from entity_extractor.views.new_type_suggestions import draw_suggestions
from entity_extractor.views.reading_step import told
from entity_extractor.views.text_box import draw_input
from entity_extractor.views.who import draw_person
from headwater.store import store_url
from headwater.ui import blocks, frame

t = frame.texts()
MOST = 200  # sentences that are looked through on a page
top, (left, right) = st.container(), st.columns([1, 1.6], gap="large")


@st.cache_resource(max_entries=1, show_spinner=False)
def remembering(digest: str) -> Remembering:
    return Remembering(embedder())


def suggestions(known: Taught, texts: list[str]) -> list[Item]:
    """What may be one, with a bar while texts are read for the first time; none before there are a few examples."""
    if known.spans < FEWEST:
        return []
    place = st.empty()
    with told("newtype.failed"):
        found = new_types.suggest(
            remembering(bundle.digest), known, texts, lambda share: place.progress(share, t("newtype.looking"))
        )
    place.empty()
    return found


with told("newtype.failed", top, "newtype.nav"):
    bundle, store = embedder().bundle, opened_store(store_url())
with left:
    kind = draw_kind(new_types.begun(store), reading.model_types())
    draw_person()
    st.caption(t("newtype.text"))
    document = draw_input()
texts = list(queue.sentences([document])) if document else []
if not kind:
    with top:
        frame.head(t("newtype.nav"), t("newtype.empty"), t("newtype.empty_detail"))
    right.html(blocks.note(t("newtype.no_text")))
    st.stop()
known = new_types.taught(store, kind)
with left:
    if texts:
        st.caption(t.count("newtype.sentences", min(len(texts), MOST)))
    if len(texts) > MOST:
        st.caption(t("newtype.first_sentences", shown=MOST, number=f"{len(texts):,}"))
with right:
    if not texts:
        st.html(blocks.note(t("newtype.no_text")))
    else:
        draw_marking(store, bundle, known, texts[:MOST], person())
    items = suggestions(known, texts[:MOST])
    draw_suggestions(store, bundle, known, items, person(), bool(texts))
    draw_done(store, bundle, known, person())
with top:
    marked = {"kind": kind, "spans": known.spans}
    said = t.count("newtype.progress", len(known.answers), open=sum(len(item.spans) for item in items), **marked)
    if known.spans < FEWEST:
        said = t("newtype.more", left=FEWEST - known.spans, **marked)
    frame.head(t("newtype.nav"), said, t("newtype.rests", who=person()) if person() else t("newtype.nobody"))
