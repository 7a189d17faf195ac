"""Two models on a test set: scores with their intervals, what changed, and the texts that they read differently."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from entity_extractor.mentions import Annotated
from entity_extractor.versus import (
    ENDINGS,
    Measured,
    Pair,
    change_rows,
    difference_rows,
    gold_of,
    measure,
    score_rows,
    sentence,
)
from entity_extractor.views.reading_step import told
from headwater.ui import blocks, frame, uploads

__all__ = ["draw_set"]

MOST = 500  # differences in the table
ORDER = ("text", "gold", "first", "second", "worse", "document")


def draw_set(top: Any, pair: Pair, names: Mapping[str, str]) -> None:
    """The upload, and what comes of it; the sentence goes into `top`."""
    t = frame.texts()
    upload = st.file_uploader(t("versus.upload"), [ending.removeprefix(".") for ending in ENDINGS], key="versus.file")
    if upload is None:
        with top:
            frame.head(t("versus.nav"), t("versus.set_empty"), t("versus.set_detail"))
        st.html(blocks.note(t("versus.formats")))
        return
    with told("versus.unreadable"):
        with uploads.on_disk(upload) as path:
            gold = gold_of(path)
        found = draw_measuring(pair, gold, upload.getvalue())
    with top:
        key, values = sentence(found)
        rests = t("versus.rests", texts=f"{found.first.documents:,}", names=f"{found.first.gold:,}")
        frame.head(t("versus.nav"), t(key, first=pair[0].name, second=pair[1].name, **values), rests)
    if found.strange:
        st.warning(t("versus.strange", types=", ".join(found.strange)), icon=":material/warning:")
    draw_scores(found, pair, names)
    draw_worst(found, pair, names)


def draw_measuring(pair: Pair, gold: list[Annotated], content: bytes) -> Measured:
    """The scores, with a bar while the models read; those of the last set are kept."""
    key = (pair[0].digest, pair[1].digest, content)
    if (kept := st.session_state.get("versus.kept")) and kept[0] == key:
        return kept[1]  # type: ignore[no-any-return]
    place, words = st.empty(), frame.texts()("extract.reading")
    found = measure(gold, pair, lambda share: place.progress(share, words))
    place.empty()
    st.session_state["versus.kept"] = key, found
    return found


def draw_scores(found: Measured, pair: Pair, names: Mapping[str, str]) -> None:
    """Three tables: strict measures, F1 by scheme, strict F1 by type."""
    t = frame.texts()
    tables = {
        "strict": change_rows(found, lambda name: t(f"versus.measure.{name}")),
        "schemes": score_rows(found, "schemes", lambda name: t(f"versus.scheme.{name}")),
        "types": score_rows(found, "types", lambda name: names.get(name, name)),
    }
    for name, rows in tables.items():
        st.subheader(t(f"versus.table.{name}"), anchor=False)
        columns = {"what": t(f"versus.what.{name}"), "first": pair[0].name, "second": pair[1].name}
        st.dataframe(rows, column_config=columns | {"change": t("versus.change")}, hide_index=True)
    st.caption(t("versus.intervals"))


def draw_worst(found: Measured, pair: Pair, names: Mapping[str, str]) -> None:
    """Where the second model is worst against the first, first."""
    t, differences = frame.texts(), found.change.differences
    st.subheader(t("versus.worst"), anchor=False)
    if not differences:
        st.html(blocks.note(t("versus.nowhere")))
        return
    columns = {key: t(f"versus.column.{key}") for key in ("text", "gold", "worse", "document")}
    columns |= {"first": pair[0].name, "second": pair[1].name}
    rows = difference_rows(differences[:MOST], names)
    st.dataframe(rows, column_config=columns, column_order=ORDER, hide_index=True)
    if len(differences) > MOST:
        st.caption(t("extract.first_rows", shown=MOST, number=f"{len(differences):,}"))
