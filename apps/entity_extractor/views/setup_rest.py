"""Kinds of values, who wins, and the whole set-up as text, with the way back to the one that ships."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from entity_extractor.finding import own
from entity_extractor.finding.editing import Source, kinds_on, ranked, sources, with_values
from entity_extractor.finding.finder import SpanReader
from entity_extractor.finding.precedence import ROLES
from entity_extractor.finding.setup import Setup
from entity_extractor.views.setup_keep import keep, keep_change
from headwater.ui import frame
from headwater.values import KINDS, ORDERS

__all__ = ["draw_ranks", "draw_text", "draw_values"]

DECIMALS = ("auto", ".", ",")


def draw_values(setup: Setup, models: Mapping[str, SpanReader]) -> None:
    """Which kinds are looked for, and how dates and numbers are read."""
    t, on = frame.texts(), kinds_on(setup)
    first = setup.values[0] if setup.values else None
    picked = st.pills(
        t("setup.kinds"), KINDS, selection_mode="multi", default=on, key=f"setup.kinds.{' '.join(on)}", wrap=True,
        format_func=lambda kind: t(f"entity.{kind.upper()}"),
    )  # fmt: skip
    with st.container(horizontal=True):
        order = st.selectbox(
            t("setup.dates"), ORDERS, ORDERS.index(first.order) if first else 0, format_func=lambda one: t(f"setup.order.{one}")
        )  # fmt: skip
        decimal = st.selectbox(
            t("setup.sign"), DECIMALS, DECIMALS.index(first.decimal) if first else 0,
            format_func=lambda one: t("setup.decimal.auto") if one == "auto" else one,
        )  # fmt: skip
    if st.button(t("setup.keep_values"), key="setup.keep_values", type="primary"):
        keep_change(lambda setup: with_values(setup, picked or (), order, decimal), models, t("setup.kept_values"))


def draw_ranks(setup: Setup, models: Mapping[str, SpanReader]) -> None:
    """Every source with its rank and role, strongest first."""
    t, every = frame.texts(), sources(setup)
    st.caption(t("setup.ranks_detail"))
    rows: list[dict[str, Any]] = [{"source": _named(one), "rank": one.rank, "role": one.role} for one in every]
    columns = {
        "source": st.column_config.TextColumn(t("setup.source"), disabled=True),
        "rank": st.column_config.NumberColumn(t("setup.rank"), min_value=0, max_value=1000, step=1, required=True),
        "role": st.column_config.SelectboxColumn(t("setup.how"), options=list(ROLES), required=True, format_func=lambda one: t(f"setup.role.{one}")),
    }  # fmt: skip
    key = f"setup.ranks {hash(tuple(every))}"  # a table of other sources begins anew
    table = st.data_editor(rows, column_config=columns, hide_index=True, key=key)
    if st.button(t("setup.keep_ranks"), key="setup.keep_ranks", type="primary"):
        changed = [replace(one, rank=int(row["rank"]), role=row["role"]) for one, row in zip(every, table, strict=True)]
        keep_change(lambda setup: ranked(setup, changed), models, t("setup.kept_ranks"))


def _named(one: Source) -> str:
    t = frame.texts()
    name = t.get(f"entity.{one.name.upper()}", one.name) if one.kind == "value" else one.name
    return f"{t(f'setup.kind.{one.kind}')} {name}"


def draw_text(models: Mapping[str, SpanReader]) -> None:
    """The file as it stands, to be edited: what the other tabs do not show, such as further models, is in it too."""
    t, place = frame.texts(), own.folder() / "finding.toml"
    st.caption(t("setup.text_detail", file=str(place)))
    standing = own.standing().read_text(encoding="utf-8", errors="replace")
    text = st.text_area(t("setup.tab.text"), standing, height=420, key=f"setup.text {hash(standing)}", label_visibility="collapsed")  # fmt: skip
    with st.container(horizontal=True):
        saved = st.button(t("setup.keep_text"), key="setup.keep_text", type="primary")
        back = st.button(t("setup.reset"), key="setup.reset", disabled=own.standing() == own.DEFAULT)
    if saved:
        keep(lambda: own.save(text, models), t("setup.kept_text"))
    if back:
        keep(own.reset, t("setup.is_reset"))
