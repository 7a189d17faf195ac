"""A look at a bundle, kept until its files change: verifying 23 MB on every click would make the pages slow."""

from pathlib import Path

import streamlit as st

from headwater.bundle import Bundle
from headwater.ui.shelf import Place, inspect, stamp

__all__ = ["forget", "look"]


def look(place: Place) -> Bundle | str:
    """The opened bundle, or the sentence that says what is wrong with it."""
    return place.fault or _look(place.name, place.folder, place.origin, stamp(place.folder))


@st.cache_resource(max_entries=50, show_spinner=False)
def _look(name: str, folder: Path, origin: str, stamped: tuple[int, ...]) -> Bundle | str:
    return inspect(Place(name, folder, origin))


def forget() -> None:
    """Let the next look read every file again."""
    _look.clear()
