"""The extractor: a text in, its entities marked, counted, listed and to be taken away."""

from collections.abc import Sequence

import streamlit as st

from entity_extractor import highlight
from entity_extractor.views.result import draw_result
from entity_extractor.views.text_box import draw_input
from headwater.spans import Span
from headwater.ui import blocks, formats, frame
from headwater.ui.loading import model_for

t = frame.texts()
model = model_for("extractor")
types = [label for label in ("PER", "ORG", "LOC", "MISC") if f"B-{label}" in model.labels]
types += sorted({label[2:] for label in model.labels if label.startswith("B-")} - set(types))
names = {label: t.get(f"entity.{label}", label) for label in types}


@st.cache_data(max_entries=50, show_spinner=False)
def find(digest: str, text: str) -> tuple[Span, ...]:
    return model.predict([text])[0]


def count_words(spans: Sequence[Span]) -> str:
    """The types that are there, as words: 2 people, 1 place."""
    found = {label: count for label, count in highlight.counts(spans, types).items() if count}
    keys = {
        label: f"extract.count.{label if label in names and f'extract.count.{label}.many' in t.texts else 'any'}"
        for label in found
    }
    return t("common.comma").join(t.count(keys[label], count, label=label) for label, count in found.items())


def draw_head(text: str, spans: Sequence[Span], below: int) -> None:
    sentence = t.count("extract.found", len(spans), each=count_words(spans)) if spans else t("extract.none")
    rests = t("extract.rests", length=f"{len(text):,}", least=formats.percent(least), below=below)
    frame.head(t("nav.extractor"), sentence, rests)


top, (left, right) = st.container(), st.columns([1, 1.7], gap="large")
with left:
    given = draw_input()
    least = st.slider(t("extract.least"), 0, 100, 50, 5, format="%d %%") / 100
if len(given) > highlight.LONGEST:
    top.error(
        t("extract.too_long", length=f"{len(given):,}", longest=f"{highlight.LONGEST:,}"), icon=":material/error:"
    )
elif not given.strip():
    with top:
        frame.head(t("nav.extractor"), t("extract.empty"), t("extract.empty_detail"))
    right.html(blocks.note(t("extract.nothing_yet")))
else:
    with right, st.spinner(t("extract.reading")):
        every = find(model.bundle.digest, given)
    kept = [span for span in every if span.probability >= least]
    with top:
        draw_head(given, kept, len(every) - len(kept))
    with right:
        draw_result(given, kept, names)
