"""One story: who told it when, what it is about, why it is scored so, and the way to put it right."""

import streamlit as st

from headwater.errors import InputError
from headwater.ui import blocks, formats, frame
from headwater.ui.colours import sentiment_ink
from sentiment_monitor.desk import Desk, desk
from sentiment_monitor.marking import marked
from sentiment_monitor.records import ItemRow
from sentiment_monitor.story import about, lasted, sentence, surest
from sentiment_monitor.views.desk_bar import between, when
from sentiment_monitor.views.links import link_overview, link_subject
from sentiment_monitor.views.righting import draw_righting
from sentiment_monitor.views.story_items import draw_items
from sentiment_monitor.views.story_why import draw_why

t = frame.texts()
here = desk("nav.story")
link_overview()
number = st.query_params.get("story", "")
try:
    story = here.past.story(int(number) if number.isdecimal() and len(number) < 16 else 0)
except InputError:
    frame.head(t("nav.story"), t("story.gone"), t("story.gone_detail"))
    st.stop()


def draw_first(item: ItemRow, here: Desk) -> None:
    """What was said first, its companies marked, and how it sounds."""
    with st.container(border=True, gap="xsmall"):
        if item.sentiment:
            chance = formats.percent(item.probabilities.get(item.sentiment, 0.0))
            sure = t("sentiment.sure", label=t(f"sentiment.{item.sentiment}"), percent=chance)
            chip = blocks.chip(sure, sentiment_ink(item.sentiment))
            st.html(blocks.tags(t("story.abstained") if item.unsure else "", [chip]))
        st.html(marked(item.text, item.mentions, t))
        line = [item.source or t("newsdesk.no_source"), when(here, item.at)]
        line += [] if item.timing == "given" else [t(f"story.timing.{item.timing}")]
        link = [blocks.safe_link(item.url, t("stories.link"))] if item.url else []
        st.html(blocks.tags(" · ".join(line), link))


def draw_about(item: ItemRow, here: Desk) -> None:
    """Topics and companies, each the way to its own page."""
    st.subheader(t("story.companies"), anchor=False)
    for mention in surest(item.mentions):
        ink, words = sentiment_ink(mention.polarity), about(t, here.companies, mention)
        with st.container(gap=None):
            if mention.company in here.companies:
                link_subject(here, "company", str(mention.company), "apartment")
                st.html(blocks.tags("", [blocks.chip(words, ink)]))
            else:
                st.html(blocks.tags(mention.text, [blocks.chip(words, ink)]))
    if not item.mentions:
        st.html(blocks.note(t("story.no_companies")))
    st.subheader(t("story.topics"), anchor=False)
    for label, sure in item.topics:
        with st.container(gap=None):
            link_subject(here, "topic", label, "label")
            st.html(blocks.note(t("story.sure", sure=formats.percent(sure))))
    if not item.topics:
        st.html(blocks.note(t("story.no_topics")))


first, last = lasted(story)
frame.head(t("nav.story"), sentence(t, story), between(here, first, last))  # its title stands below, once, in its text
left, right = st.columns([3, 2], gap="large")
item = story.items[0]
with left:
    draw_first(item, here)
    draw_why(here, item)
    draw_righting(here, item)
with right:
    draw_about(item, here)
    draw_items(here, story)
