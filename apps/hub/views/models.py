"""Models: every bundle on this machine, what it says of itself, and which app uses it."""

import streamlit as st

from headwater.bundle import Bundle
from headwater.errors import HeadwaterError
from headwater.ui import blocks, formats, frame
from headwater.ui.faults import draw_fault
from headwater.ui.inspecting import forget, look
from headwater.ui.shelf import USES, Place, choose, chosen, fits, places
from hub import quality
from hub.views.model_card import draw_bundle

t = frame.texts()
shelf = [(place, look(place)) for place in places()]
good = [(place, found) for place, found in shelf if not isinstance(found, str)]


def line(place: Place, found: Bundle | str) -> str:
    """One model in the overview, broken ones with the sentence that says why."""
    if isinstance(found, str):
        return blocks.state(False, t("models.bad", name=place.name), found)
    facts = (
        quality.in_words(found, found.manifest.heads, t),
        formats.size(quality.weight(found)),
        t(f"models.origin.{place.origin}"),
        found.digest[:12],
        str(place.folder),
    )
    return blocks.state(True, f"{found.manifest.name} {found.manifest.version}", " · ".join(facts))


def draw_swaps() -> None:
    """For each app the bundles that it can read; a choice is kept for every session and after a restart."""
    for column, (app, use) in zip(st.columns(len(USES)), USES.items(), strict=True):
        usable = [place for place, bundle in good if fits(use, bundle)]
        now = next(
            (i for i, place in enumerate(usable) if place.folder.resolve() == chosen(app).folder.resolve()), None
        )
        picked = column.selectbox(
            t(f"nav.{app}"),
            usable,
            now,
            lambda place: f"{place.name} ({t(f'models.origin.{place.origin}')})",
            placeholder=t("models.none_fits"),
        )
        if picked is not None and (now is None or picked != usable[now]):
            choose(app, picked)
            st.toast(t("models.swapped", app=t(f"nav.{app}"), name=picked.name))


frame.head(t("nav.models"), t("models.title", good=len(good), all=len(shelf)), t("models.detail"))
if st.button(t("models.verify"), icon=":material/verified:", help=t("models.verify_help")):
    forget()
    st.session_state["models.verified"] = True
    st.rerun()
if st.session_state.pop("models.verified", False):
    st.toast(t("models.verified", good=len(good), all=len(shelf)), icon=":material/verified:")
st.html("".join(line(*row) for row in shelf))
st.subheader(t("models.swap"), anchor=False)
draw_swaps()
if good:
    st.subheader(t("models.one"), anchor=False)
    names = [f"{place.name} ({t(f'models.origin.{place.origin}')})" for place, _ in good]
    number = st.selectbox(
        t("models.pick"), range(len(good)), format_func=names.__getitem__, label_visibility="collapsed"
    )
    try:
        draw_bundle(good[number][1])
    except HeadwaterError as fault:
        draw_fault(t("models.bad", name=names[number]), fault)
