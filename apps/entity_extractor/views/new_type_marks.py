"""Examples of a new type: marked by their words, and all sentences that were looked at, to be taken away or taken back."""

import io

import streamlit as st

from entity_extractor import formats as files
from entity_extractor import highlight
from entity_extractor.learning import draft, new_types
from entity_extractor.learning.new_types import Taught
from headwater.bundle import Bundle
from headwater.errors import HeadwaterError
from headwater.spans import Span
from headwater.store import Store
from headwater.ui import formats, frame
from headwater.ui.faults import draw_fault

__all__ = ["draw_done", "draw_marking"]

FORM = "jsonl"  # as training reads it
SHOWN = 30  # sentences that were looked at, the last first


def draw_marking(store: Store, bundle: Bundle, known: Taught, texts: list[str], who: str) -> None:
    """The field; every place of its words is marked."""
    t = frame.texts()
    version = st.session_state.setdefault("newtype.version", 0)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(t("newtype.mark"), key=f"newtype.words.{version}", placeholder=t("newtype.mark_hint"))
        found = {text: places for text in texts if (places := draft.occurrences(text, words))}
        pressed = st.button(t("newtype.mark_button"), disabled=not found or not who, icon=":material/ink_highlighter:")
    if words.strip() and not found:
        st.warning(t("newtype.not_there", words=formats.plain(words)))
    elif found:
        places = sum(map(len, found.values()))
        st.caption(t("newtype.mark_everywhere", places=places, sentences=len(found)))
    else:
        st.caption(t("newtype.mark_detail", kind=formats.plain(known.kind)))
    if pressed:
        try:
            for text, at in found.items():
                _mark(store, bundle, known, text, at, who)
        except HeadwaterError as fault:
            draw_fault(t("newtype.not_kept"), fault)
            return
        st.session_state["newtype.version"] = version + 1
        st.rerun()


def draw_done(store: Store, bundle: Bundle, known: Taught, who: str) -> None:
    """The sentences that were looked at, and the training rows that they are."""
    t = frame.texts()
    if not known.answers:
        return
    with st.expander(f"{t('newtype.done')} · {len(known.answers):,}", icon=":material/checklist:"):
        for text, one in list(reversed(known.answers.items()))[:SHOWN]:
            with st.container(horizontal=True, vertical_alignment="center"):
                right = new_types.right_of(one)
                st.html(highlight.marked(text, right, {known.kind: known.kind}), width="stretch")
                back = right and st.button(t("newtype.take_back"), key=f"newtype.back.{one.id}", disabled=not who)
            if back:
                new_types.answer(store, bundle, known.kind, text, (), one.said, who)  # type: ignore[arg-type]
                st.rerun()
    stream = io.BytesIO()
    files.write(FORM, known.examples, stream)
    st.download_button(
        t("newtype.download"), stream.getvalue(), f"{known.kind}.jsonl", icon=":material/download:", on_click="ignore"
    )
    st.caption(t("newtype.train", head=new_types.head_of(known.kind)))


def _mark(store: Store, bundle: Bundle, known: Taught, text: str, places: list[tuple[int, int]], who: str) -> None:
    """Beside what is marked in the sentence already; what the new places overlap gives way to them."""
    one = known.answers.get(text)
    new = [Span(start, end, known.kind) for start, end in places]
    old = new_types.right_of(one) if one else []
    kept = [span for span in old if all(span.end <= own.start or own.end <= span.start for own in new)]
    new_types.answer(store, bundle, known.kind, text, [*kept, *new], one.said if one else None, who)  # type: ignore[arg-type]
