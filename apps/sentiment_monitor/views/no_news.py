"""A store without any news: what to do first, instead of noughts that look like calm."""

import streamlit as st

from headwater.ui import frame
from sentiment_monitor.desk import Desk, desk
from sentiment_monitor.views.desk_bar import draw_bar
from sentiment_monitor.views.links import link_sources

__all__ = ["stop_without_news"]

EVERY = 10  # seconds


def stop_without_news(here: Desk, page: str) -> None:
    """End the page where no item was ever seen; it begins by itself when the first one comes. `page`: the key of its name."""
    if here.first is not None:
        return
    t, known = frame.texts(), len(here.past.feeds_health())
    said, detail = (
        ("newsdesk.waiting", "newsdesk.waiting_detail") if known else ("newsdesk.fresh", "newsdesk.fresh_detail")
    )
    frame.head(t(page), t(said), t(detail))
    draw_bar(here, span=False)
    link_sources("newsdesk.to_sources" if known else "newsdesk.add_source")
    st.fragment(_look, run_every=EVERY if here.live else None)(page)
    st.stop()


def _look(page: str) -> None:
    if desk(page).first is not None:
        st.rerun(scope="app")
