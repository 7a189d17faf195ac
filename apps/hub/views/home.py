"""Home: what this is, the three apps, and the state of the models."""

from pathlib import Path

import streamlit as st

from headwater.bundle import Bundle
from headwater.ui import blocks, frame
from headwater.ui.loading import bundle_for
from headwater.ui.shelf import USES, Place, chosen, fits
from hub import quality

APPS = Path(__file__).resolve().parents[2]
VIEWS = {
    "support": (APPS / "support_chatbot/views/chat.py", "forum"),
    "monitor": (APPS / "sentiment_monitor/views/overview.py", "monitoring"),
    "extractor": (APPS / "entity_extractor/views/extract.py", "ink_highlighter"),
}

t = frame.texts()
states = {app: (chosen(app), bundle_for(app)) for app in USES}
ready = sum(not isinstance(found, str) for _, found in states.values())


def state_line(app: str, place: Place, found: Bundle | str) -> str:
    """One line on the model that an app uses."""
    if isinstance(found, str):
        return blocks.state(False, t("home.model_bad", name=place.name, app=t(f"nav.{app}")), found)
    heads = [USES[app].pick(found)] if fits(USES[app], found) else found.manifest.heads
    name = f"{found.manifest.name} {found.manifest.version} ({found.digest[:12]})"
    return blocks.state(True, t("home.model_good", name=name, app=t(f"nav.{app}")), quality.in_words(found, heads, t))


if ready == len(states):
    frame.head(t("home.name"), t("home.ready"), t("home.what"))
else:
    frame.head(t("home.name"), t("home.some_ready", ready=ready, all=len(states)), t("home.what"))

for column, (app, (view, icon)) in zip(st.columns(3), VIEWS.items(), strict=True):
    with column.container(border=True, height="stretch"):
        st.subheader(f":material/{icon}: {t(f'nav.{app}')}", anchor=False)
        st.write(t(f"home.{app}"))
        st.page_link(view, label=t("home.open"), icon=":material/arrow_forward:")

st.subheader(t("home.models"), anchor=False)
st.html("".join(state_line(app, place, found) for app, (place, found) in states.items()))
with st.container(horizontal=True):
    st.page_link(Path(__file__).with_name("models.py"), label=t("home.to_models"), icon=":material/deployed_code:")
    st.page_link(Path(__file__).with_name("batch.py"), label=t("home.to_batch"), icon=":material/table_rows:")
