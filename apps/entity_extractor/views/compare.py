"""Two models side by side: on one text, and on a test set."""

import streamlit as st

from entity_extractor import versus
from entity_extractor.versus import Reader
from entity_extractor.views.compare_set import draw_set
from entity_extractor.views.compare_text import draw_text
from entity_extractor.views.reading_step import told
from entity_extractor.views.type_choice import type_names
from headwater.serving import Tagger
from headwater.ui import frame
from headwater.ui.loading import model_for, open_place, readers_for
from headwater.ui.shelf import Place, chosen, endpoint, shown_endpoint

t = frame.texts()
model_for("extractor")  # where there is none, the page says so
top = st.container()
with told("versus.failed", top, "versus.nav"):
    places = readers_for("extractor")
if len(places) < 2:
    with top:
        where = "one_served" if endpoint() else "one"
        frame.head(t("versus.nav"), t(f"versus.{where}", url=shown_endpoint()), t(f"versus.{where}_detail"))
    st.stop()


def draw_model(which: str, usual: int) -> Place:
    return st.selectbox(
        t(f"versus.{which}"), places, usual, lambda one: f"{one.name} ({t(f'models.origin.{one.origin}')})",
        key=f"versus.{which}",
    )  # fmt: skip


def opened(place: Place) -> Reader:
    model = open_place("extractor", place)
    assert isinstance(model, Tagger)
    return Reader(place.name, versus.model_alone(model), f"alone {model.bundle.digest}")


used = chosen("extractor")
at = next((n for n, one in enumerate(places) if (one.name if endpoint() else one.folder) == (used.name if endpoint() else used.folder)), 0)  # fmt: skip
one, other = st.columns(2)
with one:
    first = draw_model("first", at)
with other:
    second = draw_model("second", 1 if at == 0 else 0)
if first == second:
    with top:
        frame.head(t("versus.nav"), t("versus.same"), t("versus.same_detail"))
    st.stop()
with told("versus.failed"), st.spinner(t("model.opening", name=second.name)):
    pair = opened(first), opened(second)
labels = {
    label[2:] for place in pair for model in place.finder.models.values() for label in model.labels if label != "O"
}  # type: ignore[attr-defined]
way = st.segmented_control(
    t("versus.ways"), ("text", "set"), format_func=lambda one: t(f"versus.way.{one}"), default="text", required=True,
    key="versus.way", label_visibility="collapsed",
)  # fmt: skip
if way == "set":
    draw_set(top, pair, type_names(tuple(labels)))
else:
    draw_text(top, pair, type_names(tuple(labels)))
