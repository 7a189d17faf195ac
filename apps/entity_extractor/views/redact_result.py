"""The redacted text beside the original, and both files: the text to give away, and the key to keep."""

from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

import streamlit as st

from entity_extractor import highlight, reading
from entity_extractor.extraction import Extractor
from entity_extractor.mentions import Stretch
from entity_extractor.redacting import Choice, Side, key_file, sides, taken_out
from entity_extractor.redaction import Key, Redacted
from entity_extractor.views.reading_step import told
from entity_extractor.views.turner import draw_turner
from headwater.ui import frame

__all__ = ["draw_redacted"]

LONG = 700  # characters that are shown without a box that scrolls


def draw_redacted(top: Any, extractor: Extractor, done: reading.Read, choice: Choice, names: Mapping[str, str]) -> None:
    """Everything beside the choices; the sentence goes into `top`."""
    t = frame.texts()
    found = reading.settled(extractor, done, 0.0, ())
    with told("redact.failed", top, "redact.nav"):
        redacted, key = _redacted(found, choice, done.key, astuple(choice))
    entities = len({(entry.kind, entry.entity) for entry in key.entries})
    with top:
        count = len(redacted.replacements)
        said = t.count("redact.done", count) if count else t("redact.none")
        frame.head(t("redact.nav"), said, t.count("redact.rests", entities) if count else "")
        st.warning(t("redact.warning"), icon=":material/warning:")
    places = [one for one in found.mentions if one.label in choice.kinds]
    draw_sides(found.document.text, redacted, draw_turner("redact", found.document, places), names)
    draw_files(redacted, key, choice)


def draw_sides(text: str, redacted: Redacted, part: Stretch, names: Mapping[str, str]) -> None:
    """A part before and after; what was taken is marked in both."""
    t = frame.texts()
    columns = st.columns(2)
    for column, name, side in zip(columns, ("before", "after"), sides(text, redacted, part), strict=True):
        with column:
            st.caption(t(f"redact.{name}"))
            _draw_side(side, names if name == "before" else None)


def _draw_side(side: Side, names: Mapping[str, str] | None) -> None:
    t, words = frame.texts(), None
    if names is not None:  # what stands in a name's place says its type itself
        words = {one.label: names.get(one.label) or t.get(f"personal.{one.label}", one.label) for one in side.spans}
    with st.container(border=True, height=460 if len(side.text) > LONG else "content"):
        st.html(highlight.marked(side.text, side.spans, words))


def draw_files(redacted: Redacted, key: Key, choice: Choice) -> None:
    """The two downloads, and what the key is."""
    t = frame.texts()
    with told("redact.failed"):
        content = key_file(key, choice.passphrase)
    with st.container(horizontal=True):
        st.download_button(
            t("redact.text_file"), redacted.text, "redacted.txt", icon=":material/download:", on_click="ignore"
        )
        st.download_button(t("redact.key_file"), content, "key.json", icon=":material/key:", on_click="ignore")
    st.caption(t("redact.key_locked" if choice.passphrase else "redact.key_note"))


@st.cache_resource(max_entries=4, show_spinner=False)
def _redacted(_found: Any, _choice: Choice, key: str, choice: tuple[Any, ...]) -> tuple[Redacted, Key]:
    return taken_out(_found, _choice)
