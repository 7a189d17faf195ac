"""Patterns: those in force, and one that is typed, tried on the text beside before it is added."""

from collections.abc import Mapping
from functools import partial

import streamlit as st

from entity_extractor.finding.editing import pattern_of, with_pattern, without
from entity_extractor.finding.finder import SpanReader
from entity_extractor.finding.setup import PatternRule, Setup
from entity_extractor.views.setup_keep import draw_held, fresh, keep_change
from headwater.errors import InputError
from headwater.ui import blocks, frame
from headwater.ui.faults import draw_fault

__all__ = ["draw_patterns"]


def draw_patterns(setup: Setup, models: Mapping[str, SpanReader]) -> PatternRule | None:
    """The patterns, and the one that is typed, None where none is or something is wrong with it."""
    t = frame.texts()
    if not setup.patterns:
        st.html(blocks.note(t("setup.no_patterns")))
    for rule in setup.patterns:
        if draw_held(rule.name, f"{rule.type} · {rule.regex}", f"setup.remove.pattern.{rule.name}"):
            gone = partial(without, kind="pattern", name=rule.name)
            keep_change(gone, models, t("setup.removed", name=rule.name))
    st.subheader(t("setup.new_pattern"), anchor=False)
    st.caption(t("setup.pattern_form"))
    with st.container(horizontal=True):
        name = st.text_input(t("setup.name"), key=fresh("pattern_name"), max_chars=64, placeholder="contract")
        kind = st.text_input(t("setup.type"), key=fresh("pattern_type"), max_chars=64, placeholder="CONTRACT")
    expression = st.text_input(t("setup.regex"), key=fresh("pattern_regex"), placeholder=r"[A-Z]{2}-\d{4,8}")
    typed = _typed(name, kind, expression) if expression.strip() else None
    lacking = typed is None or not name.strip() or not kind.strip()
    if st.button(t("setup.add_pattern"), key="setup.add_pattern", disabled=lacking, icon=":material/add:") and typed:
        keep_change(partial(with_pattern, rule=typed), models, t("setup.added", name=typed.name))
    return typed


def _typed(name: str, kind: str, expression: str) -> PatternRule | None:
    """The pattern, which is tried before it has a name and a type."""
    try:
        return pattern_of(name.strip() or "pattern", kind.strip() or "PATTERN", expression)
    except InputError as fault:
        draw_fault(frame.texts()("setup.pattern_wrong"), fault, mild=True)
        return None
