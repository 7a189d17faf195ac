"""One proposal: what it says, what speaks for it, and the decision."""

from dataclasses import replace
from pathlib import Path

import streamlit as st

from headwater.errors import HeadwaterError
from headwater.ui import blocks, formats, frame
from headwater.ui.colours import ACCENT, GOOD, OTHER, Ink
from support_chatbot import review
from support_chatbot.learning.proposals import ACCEPTED, PROPOSED, REJECTED, Draft, Line, New
from support_chatbot.naming import intent_name
from support_chatbot.views.learning_edit import draw_edit

__all__ = ["draw_item"]

KINDS = {"new": Ink(GOOD, "✚"), "answer": Ink(ACCENT, "✎"), "example": OTHER}
EXAMPLES = 5


def draw_item(file: Path, item: review.Item) -> None:
    """A card with its buttons."""
    t, entry = frame.texts(), item.entry
    with st.container(border=True):
        title = entry.title if isinstance(entry, New) else t("learning.for", intent=intent_name(t, item.label))
        st.html(blocks.story(title, t(f"learning.kind.{item.kind}"), KINDS[item.kind], [_evidence(entry)]))
        if isinstance(entry, New):
            st.html(blocks.items(entry.examples[:EXAMPLES]))
            if len(entry.examples) > EXAMPLES:
                st.html(blocks.note(t.count("learning.examples", len(entry.examples) - EXAMPLES)))
        said = entry.answer if isinstance(entry, New) else entry.text
        if not isinstance(entry, Line):
            st.html(blocks.note(t("learning.answers" if said else "learning.no_answer")))
        if said:
            st.html(blocks.paragraph(said))
        _draw_decision(file, item)


def _evidence(entry: Line | Draft | New) -> str:
    """What speaks for it, in words; nothing for what a person has added."""
    t, words = frame.texts(), []
    for name, value in entry.evidence.items():
        if name in ("questions", "conversations", "alike", "resolved"):
            words.append(t.count(f"learning.evidence.{name}", int(value)))
        elif name in ("agreement", "probability", "cohesion", "cosine"):
            words.append(t(f"learning.evidence.{name}", share=formats.percent(float(value))))
        elif name == "understood":
            words.append(t("learning.evidence.understood", intent=intent_name(t, str(value))))
    return " · ".join(words) or t("learning.evidence.none")


def _draw_decision(file: Path, item: review.Item) -> None:
    t, status = frame.texts(), item.entry.status
    choices = [(ACCEPTED, "check", "primary"), (REJECTED, "close", "secondary"), (PROPOSED, "undo", "secondary")]
    with st.container(horizontal=True):
        for to, icon, kind in choices:
            if to == status or (to == PROPOSED and status == PROPOSED):
                continue
            key = f"learning.{to}.{item.key}"
            if st.button(t(f"learning.to.{to}"), icon=f":material/{icon}:", type=kind, key=key):
                _decide(file, item, to)
        with st.popover(t("learning.edit"), icon=":material/edit:"):
            draw_edit(file, item)


def _decide(file: Path, item: review.Item, status: str) -> None:
    try:
        review.change(file, item, lambda entry: replace(entry, status=status))
    except HeadwaterError as fault:
        st.session_state["learning.fault"] = str(fault)
    st.rerun()
