"""The help centre's index: what is searched, how to bring it up to date, and how to add to it."""

from pathlib import Path

import streamlit as st

from headwater.errors import HeadwaterError
from headwater.store import Store
from headwater.ui import blocks, frame
from support_chatbot import choices, opening, watching
from support_chatbot.bot import Bot

__all__ = ["draw_index"]

SAID = "botsettings.said"


def draw_index(bot: Bot, store: Store) -> None:
    t = frame.texts()
    if bot.index is None:
        st.html(blocks.state(False, t("botsettings.index.none")))
    else:
        st.html(blocks.state(True, t.count("botsettings.index.holds", len(bot.index)), t("botsettings.index.how")))
        for rejected in bot.index.rejected():
            st.html(blocks.state(False, t("botsettings.index.rejected", file=rejected.file), rejected.reason))
    for place in watching.places(bot, choices.chosen_sources(store)):
        _draw_place(place, store, bot)
    if said := st.session_state.pop(SAID, None):
        st.html(blocks.state(*said))
    if bot.index is not None:
        st.button(t("botsettings.index.update"), icon=":material/sync:", on_click=_update, args=(bot, store))
    with st.form("botsettings.add", border=True, clear_on_submit=True):
        path = st.text_input(t("botsettings.index.add"), help=t("botsettings.index.add_help"), key="botsettings.path")
        if st.form_submit_button(t("botsettings.index.add_button"), icon=":material/create_new_folder:") and path:
            _keep(store, [*choices.chosen_sources(store), Path(path.strip())])
            st.rerun()


def _draw_place(place: Path, store: Store, bot: Bot) -> None:
    t, own = frame.texts(), place == bot.folder.path / "help"
    with st.container(horizontal=True, vertical_alignment="center"):
        there = place.exists()
        words = "botsettings.index.own" if own else "botsettings.index.added" if there else "botsettings.index.gone"
        st.html(blocks.state(there, str(place), t(words)), width="stretch")
        if not own:
            rest = [source for source in choices.chosen_sources(store) if source != place]
            label = t("botsettings.index.remove")
            st.button(label, key=f"remove-{place}", icon=":material/delete:", on_click=_keep, args=(store, rest))


def _keep(store: Store, sources: list[Path]) -> None:
    """Keep the folders; what is wrong with one is said where they are listed."""
    t = frame.texts()
    try:
        choices.choose_sources(store, sources)
    except HeadwaterError as fault:
        st.session_state[SAID] = (False, t("botsettings.index.not_kept"), str(fault))
    else:
        st.session_state[SAID] = (True, t("botsettings.index.kept"))


def _update(bot: Bot, store: Store) -> None:
    t = frame.texts()
    try:
        done = bot.index.update(watching.places(bot, choices.standing_sources(store)))
    except HeadwaterError as fault:
        st.session_state[SAID] = (False, t("botsettings.index.not_updated"), str(fault))
        return
    opening.forget()
    counts = {"added": len(done.added), "changed": len(done.changed), "removed": len(done.removed)}
    st.session_state[SAID] = (True, t("botsettings.index.updated", **counts, unchanged=done.unchanged))
