"""Why a score: which words and which sentences made it."""

import streamlit as st

from headwater.scoring.scorer import Scorer
from headwater.serving import Model
from headwater.ui import blocks, formats, frame
from headwater.ui.colours import sentiment_ink
from headwater.ui.loading import model_for
from headwater.ui.why import Part
from sentiment_monitor.desk import Desk
from sentiment_monitor.reading.sentences import Sentence, score_sentences
from sentiment_monitor.records import ItemRow
from sentiment_monitor.story import scores_of
from sentiment_monitor.whys import Score, parts_of

__all__ = ["draw_why"]

LONG = 2  # sentences from which on each has its own score


def draw_why(here: Desk, item: ItemRow) -> None:
    """On demand: a text is read some fifty times for it."""
    t, scores = frame.texts(), scores_of(frame.texts(), here.companies, item)
    if not scores or not st.toggle(t("why.ask"), key=f"story.why.{item.id}"):
        return
    asked = st.selectbox(t("story.which"), list(scores), key=f"story.score.{item.id}")
    model = model_for("monitor").model
    digest = model.bundle.digest
    if item.bundle != digest:
        st.caption(t("story.other_bundle"))
    if scores[asked].head == "sentiment":
        rows = [(t(f"sentiment.{one}"), share, formats.percent(share)) for one, share in item.probabilities.items()]
        st.html(blocks.bars(rows, [sentiment_ink(one) for one in item.probabilities]))
    parts = _parts(model, digest, item.text, scores[asked])
    st.html(blocks.note(t("why.words", label=asked)))
    st.html(blocks.weighted_words([(part.text, part.drop) for part in parts]))
    if scores[asked].head == "sentiment":
        _draw_sentences(_sentences(model, digest, item.text))


def _draw_sentences(found: list[Sentence]) -> None:
    """The sentences of an article by themselves."""
    t = frame.texts()
    if len(found) < LONG:
        return
    st.html(blocks.note(t("story.sentences")))
    for one in found:
        sure = t("sentiment.sure", label=t(f"sentiment.{one.sentiment}"), percent=formats.percent(one.probability))
        st.html(blocks.tags(one.text, [blocks.chip(sure, sentiment_ink(one.sentiment))]))


@st.cache_data(max_entries=500, show_spinner=False)
def _parts(_model: Model, digest: str, text: str, score: Score) -> list[Part]:
    return parts_of(_model, text, score)


@st.cache_data(max_entries=500, show_spinner=False)
def _sentences(_model: Model, digest: str, text: str) -> list[Sentence]:
    return score_sentences(Scorer([_model]), text)
