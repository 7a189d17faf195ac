"""The extractor: a text in, its entities marked, counted, listed and to be taken away."""

from collections.abc import Sequence

import streamlit as st

from entity_extractor import document, exports, highlight
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


def draw_result(text: str, spans: Sequence[Span]) -> None:
    found = highlight.counts(spans, types)
    st.html(highlight.legend(found, names))
    with st.container(border=True, height=420 if len(text) > 1500 else "content"):
        st.html(highlight.marked(text, spans, names))
    rows = [
        {"text": s.text, "type": names.get(s.label, s.label), "probability": 100 * s.probability, "start": s.start, "end": s.end}
        for s in spans
    ]
    columns = {key: t(f"extract.column.{key}") for key in ("text", "type")}
    narrow = {key: st.column_config.NumberColumn(t(f"extract.column.{key}"), width=70) for key in ("start", "end")}
    bar = st.column_config.ProgressColumn(t("extract.column.probability"), min_value=0, max_value=100, format="%.0f %%")
    st.dataframe(rows, column_config=columns | narrow | {"probability": bar}, hide_index=True)
    with st.container(horizontal=True):
        st.download_button(t("extract.as_jsonl"), exports.to_jsonl(text, spans), "entities.jsonl", icon=":material/download:", on_click="ignore")
        st.download_button(t("extract.as_csv"), exports.to_csv(spans), "entities.csv", icon=":material/download:", on_click="ignore")


def count_words(spans: Sequence[Span]) -> str:
    """"2 people, 1 place": only the types that are there."""
    found = {label: count for label, count in highlight.counts(spans, types).items() if count}
    keys = {label: f"extract.count.{label if label in names and f'extract.count.{label}.many' in t.texts else 'any'}" for label in found}
    return t("common.comma").join(t.count(keys[label], count, label=label) for label, count in found.items())


def draw_head(text: str, spans: Sequence[Span], below: int) -> None:
    sentence = t.count("extract.found", len(spans), each=count_words(spans)) if spans else t("extract.none")
    rests = t("extract.rests", length=f"{len(text):,}", least=formats.percent(least), below=below)
    frame.head(t("nav.extractor"), sentence, rests)


top, (left, right) = st.container(), st.columns([1, 1.7], gap="large")
with left:
    given = draw_input()
    least = st.slider(t("extract.least"), 0, 100, 50, 5, format="%d %%") / 100
if len(given) > document.LONGEST:
    top.error(t("extract.too_long", length=f"{len(given):,}", longest=f"{document.LONGEST:,}"), icon=":material/error:")
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
        draw_result(given, kept)
