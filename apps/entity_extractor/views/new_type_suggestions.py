"""What may be of a new type, likeliest first: a sentence at a time is answered, and the answer changes what comes next."""

import hashlib

import streamlit as st

from entity_extractor import highlight
from entity_extractor.learning import new_types
from entity_extractor.learning.new_types import FEWEST, Item, Taught
from headwater.bundle import Bundle
from headwater.errors import HeadwaterError
from headwater.spans import Span
from headwater.store import Store
from headwater.ui import blocks, formats, frame
from headwater.ui.faults import draw_fault

__all__ = ["draw_suggestions"]

SHOWN = 8  # sentences: the rest comes up as these are answered


def draw_suggestions(
    store: Store, bundle: Bundle, known: Taught, items: list[Item], who: str, there_is_text: bool
) -> None:
    """A row a sentence: its spans, how likely, and yes or no."""
    t = frame.texts()
    if not items:
        if there_is_text and known.spans >= FEWEST:
            st.html(blocks.note(t("newtype.none_left", kind=known.kind)))
        return
    st.subheader(t("newtype.suggested"), anchor=False)
    for number, item in enumerate(items[:SHOWN]):
        with st.container(border=True):
            _draw_item(store, bundle, known, item, who, number == 0)


def _draw_item(store: Store, bundle: Bundle, known: Taught, item: Item, who: str, first: bool) -> None:
    t, key = frame.texts(), hashlib.sha256(item.text.encode()).hexdigest()[:16]
    st.html(highlight.marked(item.text, item.spans, {known.kind: known.kind}))
    picked = _draw_spans(item, key)
    with st.container(horizontal=True, vertical_alignment="center"):
        yes = st.button(
            t("newtype.accept"), key=f"newtype.yes.{key}", disabled=not who or not picked, icon=":material/check:",
            type="primary" if first else "secondary", shortcut="Y" if first else None,
        )  # fmt: skip
        no = st.button(
            t("newtype.reject"), key=f"newtype.no.{key}", disabled=not who, icon=":material/close:",
            shortcut="N" if first else None,
        )  # fmt: skip
        st.caption(t("newtype.likely", percent=formats.percent(item.likely)))
    if yes or no:
        try:
            new_types.answer(store, bundle, known.kind, item.text, picked if yes else (), item.spans, who)
        except HeadwaterError as fault:
            draw_fault(t("newtype.not_kept"), fault)
            return
        st.rerun()


def _draw_spans(item: Item, key: str) -> list[Span]:
    """Of several spans, those that are ticked; the only one is."""
    if len(item.spans) == 1:
        return list(item.spans)
    t, numbers = frame.texts(), list(range(len(item.spans)))
    ticked = st.pills(
        t("newtype.suggested"), numbers, selection_mode="multi", default=numbers, key=f"newtype.which.{key}.{len(numbers)}",
        format_func=lambda at: formats.plain(item.spans[at].text), label_visibility="collapsed",
    )  # fmt: skip
    return [item.spans[at] for at in ticked or ()]
