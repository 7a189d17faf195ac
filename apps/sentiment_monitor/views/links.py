"""Ways from one page of the monitor to another, with what they are to show."""

from pathlib import Path

import streamlit as st

from headwater.ui import blocks, formats, frame
from headwater.ui.colours import sentiment_ink
from sentiment_monitor.desk import Desk
from sentiment_monitor.naming import LONGEST, name_of, short
from sentiment_monitor.records import StoryRow
from sentiment_monitor.views.desk_bar import when

__all__ = ["draw_story_row", "link_alert", "link_overview", "link_sources", "link_story", "link_subject"]

HERE = Path(__file__).resolve().parent


def link_overview() -> None:
    """The way back."""
    st.page_link(HERE / "overview.py", label=frame.texts()("overview.back"), icon=":material/arrow_back:")


def link_sources(words: str = "newsdesk.to_sources") -> None:
    """To where the news come from; `words`: a key."""
    st.page_link(HERE / "sources.py", label=frame.texts()(words), icon=":material/rss_feed:")


def link_alert(alert: int) -> None:
    """To an alert in the inbox."""
    words = frame.texts()("overview.to_alert")
    st.page_link(HERE / "alerts.py", label=words, icon=":material/arrow_forward:", query_params={"alert": str(alert)})


def link_subject(here: Desk, dimension: str, value: str, icon: str = "monitoring") -> None:
    """To a topic, company or source, by its name."""
    name = name_of(frame.texts(), here.companies, dimension, value)
    at = {"of": dimension, "name": value}
    st.page_link(HERE / "subject.py", label=formats.plain(name), icon=f":material/{icon}:", query_params=at)


def link_story(story: int, title: str, longest: int = LONGEST) -> None:
    """To a story, by its title."""
    words = formats.plain(short(title, longest)) or frame.texts()("stories.untitled")
    st.page_link(HERE / "story.py", label=words, query_params={"story": str(story)})


def draw_story_row(here: Desk, row: StoryRow) -> None:
    """A story in a list: its title, how it counts, when it began, and who else has told it."""
    t = frame.texts()
    told = [when(here, row.at)]
    if row.items > 1:
        told += [t.count("stories.items", row.items), t.count("stories.sources", row.sources)]
    with st.container(gap=None):
        link_story(row.id, row.title)
        chip = blocks.chip(t(f"sentiment.{row.sentiment}"), sentiment_ink(row.sentiment))
        st.html(blocks.tags(" · ".join(told), [chip]))
