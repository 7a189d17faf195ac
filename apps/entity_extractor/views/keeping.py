"""What was given is kept for the session, so that it is there on the next page too."""

import streamlit as st

__all__ = ["keep", "kept"]


def kept(name: str, otherwise: str) -> None:
    """Let the widget `extract.name` hold what was last given, on this page or another.

    Every run says so anew: Streamlit forgets what a widget held when a page leaves it out. `keep` is the widget's
    `on_change`, which comes before the run.
    """
    st.session_state[f"extract.{name}"] = st.session_state.get(f"extract.kept.{name}", otherwise)


def keep(name: str) -> None:
    """Note what the widget holds."""
    st.session_state[f"extract.kept.{name}"] = st.session_state[f"extract.{name}"]
