"""Rules that cannot be read: the page says so in the words of who reads them, and stops."""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from headwater.errors import InputError
from headwater.ui import frame
from sentiment_monitor.alerts.rule import Rule

__all__ = ["read_or_stop"]


def read_or_stop(page: str, read: Callable[[], Sequence[Rule]]) -> list[Rule]:
    """The rules, or the end of the page. `page`: the key of its name."""
    try:
        return list(read())
    except InputError as fault:
        t = frame.texts()
        frame.head(t(page), t("newsrules.unreadable"), t("newsrules.unreadable_detail"))
        st.code(str(fault), language=None, wrap_lines=True)
        st.page_link(Path(__file__).with_name("rules.py"), label=t("newsrules.to_rules"), icon=":material/rule:")
        st.stop()
