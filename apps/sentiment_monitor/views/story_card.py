"""One story: how it sounds, what it is about, the companies in it, and on demand the words that made its score."""

import streamlit as st

from headwater.serving import Classifier
from headwater.ui import blocks, formats, frame
from headwater.ui.colours import sentiment_ink
from headwater.ui.loading import word_weights
from sentiment_monitor.about import About, about
from sentiment_monitor.sample_stories import Story

__all__ = ["draw_story"]


def draw_story(model: Classifier, story: Story) -> None:
    """A card in the list of stories."""
    t, item = frame.texts(), story.first
    label = t("sentiment.sure", label=t(f"sentiment.{story.label}"), percent=formats.percent(story.probability))
    meta = [f"{item.published:%H:%M} UTC", item.source or t("stories.no_source")]
    if story.copies:
        meta.append(t.count("stories.copies", len(story.copies)))
    link = blocks.safe_link(item.url, t("stories.link")) if item.url else ""
    with st.container(border=True, gap="xsmall"):
        st.html(blocks.story(item.text, label, sentiment_ink(story.label), meta, link))
        _draw_about(model, item.text)
        if st.toggle(t("why.ask"), key=f"why-{item.id}"):
            _draw_why(model, story)


@st.cache_data(max_entries=2000, show_spinner=False)
def _about(_model: Classifier, digest: str, text: str) -> About:
    return about(_model.model, text)


def _draw_about(model: Classifier, text: str) -> None:
    t, found = frame.texts(), _about(model, model.bundle.digest, text)
    topics = " · ".join(t.get(f"topic.{topic}", topic) for topic in found.topics)
    chips = [
        blocks.chip(name, sentiment_ink(polarity), t.get(f"sentiment.{polarity}", polarity))
        for name, polarity in found.companies
    ]
    if topics or chips:
        st.html(blocks.tags(topics, chips))


def _draw_why(model: Classifier, story: Story) -> None:
    t = frame.texts()
    rows = [(t(f"sentiment.{label}"), share, formats.percent(share)) for label, share in story.probabilities.items()]
    st.html(blocks.bars(rows, [sentiment_ink(label) for label in story.probabilities]))
    parts = word_weights(model, model.bundle.digest, story.first.text, story.label)
    st.html(blocks.note(t("why.words", label=t(f"sentiment.{story.label}"))))
    st.html(blocks.weighted_words([(part.text, part.drop) for part in parts]))
