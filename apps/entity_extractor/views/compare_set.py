"""Two models on a test set: scores with their intervals, what changed, and the texts that they read differently."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from entity_extractor.mentions import Annotated
from entity_extractor.versus import ENDINGS, Measured, Pair, gold_of, measure, sentence
from entity_extractor.views.compare_scores import draw_scores, draw_worst
from entity_extractor.views.reading_step import told
from headwater.ui import blocks, frame, uploads

__all__ = ["draw_set"]


def draw_set(top: Any, pair: Pair, names: Mapping[str, str]) -> None:
    """The upload, and what comes of it; the sentence goes into `top`."""
    t = frame.texts()
    upload = st.file_uploader(t("versus.upload"), [ending.removeprefix(".") for ending in ENDINGS], key="versus.file")
    if upload is None:
        with top:
            frame.head(t("versus.nav"), t("versus.set_empty"), t("versus.set_detail"))
        st.html(blocks.note(t("versus.formats")))
        return
    with told("versus.unreadable", top, "versus.nav"):
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
