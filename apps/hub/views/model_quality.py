"""What was measured of a bundle: its figures, or, where it has no labels to get right, the checks of its export."""

from dataclasses import asdict

import streamlit as st

from headwater.bundle import Bundle
from headwater.ui import formats, frame
from hub import quality

__all__ = ["draw_quality"]


def draw_quality(bundle: Bundle) -> None:
    t = frame.texts()
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for figure in quality.figures(bundle):
        name = t.get(f"metric.{figure.metric}", figure.metric)
        row = rows.setdefault((figure.head, figure.metric), {"head": figure.head, "metric": name})
        row[figure.variant] = formats.within(figure.value, figure.low, figure.high)
    if not rows:
        _draw_checks(bundle)
        return
    st.caption(t("models.quality_note", variant=bundle.default_variant("cpu")))
    titles: dict[str, str | None] = {"head": t("models.figure.head"), "metric": t("models.figure.metric")}
    if len(bundle.manifest.heads) == 1:
        titles["head"] = None  # hidden: every row would say the same
    columns = dict.fromkeys(name for row in rows.values() for name in row)
    st.dataframe(
        [{name: row.get(name, "–") for name in columns} for row in rows.values()],
        column_config=titles,
        hide_index=True,
    )


def _draw_checks(bundle: Bundle) -> None:
    t, passed = frame.texts(), quality.checks(bundle)
    if not passed:
        st.info(t("models.unmeasured_detail"), icon=":material/info:")
        return
    st.caption(t("models.checks_note"))
    titles = {key: t(f"models.check.{key}") for key in ("name", "wanted", "got")}
    st.dataframe([asdict(check) for check in passed], column_config=titles, hide_index=True)
