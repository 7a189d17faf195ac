"""The set-up: what is looked for and who wins, changed here and in force at once, on the pages and on the command line."""

import streamlit as st

from entity_extractor import reading
from entity_extractor.finding import own
from entity_extractor.reading import MODEL
from entity_extractor.setting_up import counts
from entity_extractor.views.setup_base import draw_base
from entity_extractor.views.setup_lists import draw_lists
from entity_extractor.views.setup_patterns import draw_patterns
from entity_extractor.views.setup_rest import draw_ranks, draw_text, draw_values
from entity_extractor.views.setup_trial import draw_trial
from headwater.errors import HeadwaterError
from headwater.serving import Tagger
from headwater.ui import formats, frame
from headwater.ui.faults import draw_fault
from headwater.ui.loading import model_for

t = frame.texts()
model = model_for("extractor")
assert isinstance(model, Tagger)  # a use picks only such heads
models = {MODEL: model}
TABS = ("lists", "patterns", "values", "base", "ranks", "text")
try:
    extractor, stamped = reading.extractor_for(model)
except (HeadwaterError, OSError) as fault:
    frame.head(t("setup.nav"), t("setup.broken"), t("setup.broken_detail"))
    draw_fault(t("model.fault"), fault)
    draw_text(models)
    st.stop()
held = counts(extractor)
parts = (
    t.count("setup.names", held.names) if held.names else "",
    t.count("setup.patterns", held.patterns) if held.patterns else "",
    t.count("setup.values", held.values) if held.values else "",
    t.count("setup.base", held.base) if held.base else "",
)
frame.head(
    t("setup.nav"),
    t("setup.looks", what=t("common.comma").join((t("setup.model"), *filter(None, parts)))),
    t.joined(
        t("setup.model_is", model=model.bundle.manifest.name),
        t("setup.own" if own.standing() != own.DEFAULT else "setup.shipped"),
    ),
)
if said := st.session_state.pop("setup.said", ""):
    st.success(formats.plain(said), icon=":material/check:")
if extractor.finder.notes:
    draw_fault(t("setup.notes"), "\n".join(extractor.finder.notes), mild=True)
left, right = st.columns([1.4, 1], gap="large")
with left:
    tabs = dict(zip(TABS, st.tabs([t(f"setup.tab.{name}") for name in TABS]), strict=True))
with tabs["lists"]:
    draw_lists(extractor.finder, models)
with tabs["patterns"]:
    typed = draw_patterns(extractor.finder.setup, models)
with tabs["values"]:
    draw_values(extractor.finder.setup, models)
with tabs["base"]:
    draw_base(extractor, models)
with tabs["ranks"]:
    draw_ranks(extractor.finder.setup, models)
with tabs["text"]:
    draw_text(models)
with right:
    draw_trial(extractor, typed)
