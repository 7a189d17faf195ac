"""What was given is kept for the session, so that it is there on the next page too."""

import streamlit as st

__all__ = ["keep", "kept"]


def kept(name: str, otherwise: str) -> None:
    """Let the widget `extract.name` begin with what it held when it was last shown."""
    st.session_state.setdefault(f"extract.{name}", st.session_state.get(f"extract.kept.{name}", otherwise))


def keep(name: str) -> None:
    """Note what the widget holds."""
    st.session_state[f"extract.kept.{name}"] = st.session_state[f"extract.{name}"]
