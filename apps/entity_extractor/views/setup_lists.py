"""Lists of one's own names: those in force, and a file that becomes one."""

from collections.abc import Mapping
from functools import partial

import streamlit as st

from entity_extractor.finding import Finder
from entity_extractor.finding.editing import without
from entity_extractor.finding.finder import SpanReader
from entity_extractor.finding.setup import CASES
from entity_extractor.setting_up import add_list
from entity_extractor.views.setup_keep import draw_held, fresh, keep, keep_change
from headwater.ui import blocks, frame

__all__ = ["draw_lists"]


def draw_lists(finder: Finder, models: Mapping[str, SpanReader]) -> None:
    """The lists, each with what it holds; beneath them the upload."""
    t = frame.texts()
    if not finder.setup.dictionaries:
        st.html(blocks.note(t("setup.no_lists")))
    for rule in finder.setup.dictionaries:
        held = finder.dictionaries[rule.name]
        types = sorted({entry.type for entries in held.names.values() for entry in entries})
        about = t.count("setup.list_holds", len(held), types=t("common.comma").join(types[:6]))
        if draw_held(rule.name, about, f"setup.remove.list.{rule.name}"):
            gone = partial(without, kind="dictionary", name=rule.name)
            keep_change(gone, models, t("setup.removed", name=rule.name))
    _draw_new(models)


def _draw_new(models: Mapping[str, SpanReader]) -> None:
    t = frame.texts()
    st.subheader(t("setup.new_list"), anchor=False)
    st.caption(t("setup.list_form"))
    upload = st.file_uploader(t("setup.list_file"), ["csv", "jsonl"], key=fresh("list"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(t("setup.name"), key=fresh("list_name"), max_chars=64, placeholder="clients")
        kind = st.text_input(
            t("setup.type"), key=fresh("list_type"), max_chars=64, placeholder="CLIENT", help=t("setup.type_help")
        )
        case = st.selectbox(
            t("setup.written"), CASES, 1, format_func=lambda one: t(f"setup.case.{one}"), key="setup.list_case"
        )
    if st.button(t("setup.add_list"), key="setup.add_list", disabled=upload is None, icon=":material/add:") and upload:
        label = name.strip() or upload.name.rpartition(".")[0][:64]
        keep(lambda: add_list(upload, label, kind, case, models), t("setup.added", name=label))
