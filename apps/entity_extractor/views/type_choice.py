"""The types as a legend that switches them on and off."""

from collections.abc import Mapping, Sequence

import streamlit as st

from entity_extractor.highlight import legend_style
from headwater.ui import frame
from headwater.ui.colours import VALUES

__all__ = ["draw_types", "type_names", "type_order"]

FIRST = ("PER", "ORG", "LOC", "MISC")


def type_names(types: Sequence[str]) -> dict[str, str]:
    """Each type with its word in the reader's language, in the order in which they are shown."""
    t = frame.texts()
    return {label: t.get(f"entity.{label}", label) for label in type_order(types)}


def type_order(types: Sequence[str]) -> list[str]:
    """People, organisations, places and others first, types of one's own, values last."""
    ranks = {label: number for number, label in enumerate(FIRST)}
    return sorted(set(types), key=lambda label: (label in VALUES, ranks.get(label, len(FIRST)), label))


def draw_types(place: str, found: Mapping[str, int], names: Mapping[str, str]) -> set[str]:
    """The types that are switched off, out of those that were found; each button has its type's line and number."""
    t, off = frame.texts(), st.session_state.setdefault(f"{place}.off", set())
    labels = [label for label, count in found.items() if count]
    if not labels:
        return set()
    key = f"{place}.types.{'.'.join(labels)}"
    st.session_state.setdefault(key, [label for label in labels if label not in off])
    with st.container(key=f"{place}-types"):
        st.html(legend_style(f"{place}-types", labels))
        shown = st.pills(
            t("extract.types"), labels, selection_mode="multi", key=key, label_visibility="collapsed", wrap=True,
            format_func=lambda label: f"{names.get(label, label)} {found[label]:,}",
        )  # fmt: skip
    now = set(labels) - set(shown or ())
    st.session_state[f"{place}.off"] = (off - set(labels)) | now
    return now
