"""The bot, its conversations and the store for pages: opened once a process, opened again when what they rest on changes."""

from pathlib import Path

import streamlit as st

from headwater.errors import HeadwaterError, InputError
from headwater.serving import Classifier, Embedder, load
from headwater.store import Store, open_store, store_url
from headwater.ui.faults import draw_fault
from headwater.ui.frame import head, texts
from headwater.ui.loading import model_for
from headwater.ui.shelf import places, stamp
from support_chatbot.bot import Bot, open_bot
from support_chatbot.choices import chosen_risk, standing_sources
from support_chatbot.content.folder import folder_path
from support_chatbot.records.conversations import Conversations
from support_chatbot.records.handover import Courier, Webhook, webhook_from
from support_chatbot.records.rows import Origin

__all__ = ["bot", "conversations", "forget", "origin", "store", "webhook"]


def bot(page: str = "nav.support") -> Bot:
    """The bot of the team's folder at the dial's choice; where it cannot be had, the page says why and stops.

    `page` is the key of the page's name, for that message.
    """
    classifier, t, here = model_for("support"), texts(), store(page)
    try:
        with st.spinner(t("talk.opening")):
            risk, sources = chosen_risk(here), standing_sources(here)
            key = (classifier.bundle.digest, _changed(folder_path()), *map(_changed, sources))
            return _bot(classifier, key, str(folder_path()), risk, sources)
    except (HeadwaterError, OSError) as fault:
        _explain(page, "talk.no_bot", fault)


def store(page: str = "nav.support") -> Store:
    """The store of all sessions; a page that cannot have it says why and stops."""
    try:
        return _store(store_url())
    except HeadwaterError as fault:
        _explain(page, "talk.no_store", fault)


def conversations() -> Conversations:
    """The conversations of the store. Where a webhook is set, hand-overs are put into the outbox and delivered."""
    hook, here = webhook(), store()
    if isinstance(hook, str):  # a fault that settings tell of: what is handed over meanwhile waits for its repair
        return Conversations(here)
    if hook is not None:
        _courier(here, store_url(), hook)
    return Conversations(here, () if hook is None else hook.channels)


def webhook() -> Webhook | str | None:
    """The webhook that the environment sets, or the sentence that says what is wrong with it."""
    try:
        return webhook_from()
    except InputError as fault:
        return str(fault)


def origin(opened: Bot) -> Origin:
    """What a new conversation is written down with: the bundle and the folder that answer in it."""
    manifest = opened.classifier.bundle.manifest
    return Origin(manifest.name, manifest.version, opened.classifier.bundle.digest, opened.folder.digest)


def forget() -> None:
    """Let the next page open the bot anew, its index brought up to date."""
    _bot.clear()


def _explain(page: str, key: str, fault: Exception) -> None:
    t = texts()
    head(t(page), t(key), t(f"{key}_detail"))
    draw_fault(t("model.fault"), fault)
    st.stop()


def _changed(path: Path) -> tuple[int, int]:
    """Changes with what stands under a path: how many files, and when the youngest was written. Far cheaper than a digest."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return len(files), max((file.stat().st_mtime_ns for file in files), default=0)


@st.cache_resource(show_spinner=False)
def _store(url: str) -> Store:
    return open_store(url)


@st.cache_resource(max_entries=2, show_spinner=False)
def _courier(_store: Store, url: str, hook: Webhook) -> Courier:
    """One thread a process that delivers what was handed over; others may run elsewhere."""
    courier = Courier(_store, hook)
    courier.start()
    return courier


@st.cache_resource(max_entries=4, show_spinner=False)
def _bot(_model: Classifier, key: tuple[object, ...], folder: str, risk: float, sources: tuple[Path, ...]) -> Bot:
    """`key` is what the answers rest on and is not read here: the bundle's digest, and when files last changed."""
    return open_bot(Path(folder), classifier=_model, embedder=_embedder(), sources=sources, risk=risk)


def _embedder() -> Embedder | None:
    """The shelf's model of sentences; None where there is none, and `open_bot` says what that means."""
    place = next((place for place in places() if place.name == "sentences"), None)
    return None if place is None else _sentences(place.folder, stamp(place.folder))


@st.cache_resource(max_entries=2, show_spinner=False)
def _sentences(folder: Path, stamped: tuple[int, ...]) -> Embedder:
    return load(folder)  # type: ignore[return-value]  # it has one head, of sentences
