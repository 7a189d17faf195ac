"""Where hand-overs are sent, what waits to be sent, and what was given up."""

from urllib.parse import urlsplit

import streamlit as st

from headwater.store import Store, outbox
from headwater.store.status import status
from headwater.ui import blocks, frame
from support_chatbot.records.handover import CHANNELS, Webhook

__all__ = ["draw_webhook"]


def draw_webhook(hook: Webhook | str | None, store: Store) -> None:
    t = frame.texts()
    if hook is None:
        st.html(blocks.state(True, t("botsettings.webhook.none"), t("botsettings.webhook.how")))
    elif isinstance(hook, str):
        st.html(blocks.state(False, t("botsettings.webhook.wrong"), hook))
    else:
        host = urlsplit(hook.url).hostname or ""
        st.html(blocks.state(True, t("botsettings.webhook.to", host=host), t("common.comma").join(hook.channels)))
    counts = status(store).outbox
    total = {name: sum(counts.get(channel, {}).get(name, 0) for channel in CHANNELS) for name in outbox.STATES}
    if any(total.values()):
        st.html(blocks.state(not total["dead"], t("botsettings.webhook.counts", **total)))
    if total["dead"]:
        _draw_dead(store)


def _draw_dead(store: Store) -> None:
    t = frame.texts()
    dead = [message for channel in CHANNELS for message in outbox.messages(store, "dead", channel)]
    names = {name: t(f"botsettings.webhook.{name}") for name in ("channel", "key", "created", "attempts", "last_error")}
    st.dataframe([{words: getattr(one, name) for name, words in names.items()} for one in dead], hide_index=True)
    st.html(blocks.note(t("botsettings.webhook.dead_note")))
    st.button(t("botsettings.webhook.revive"), icon=":material/restart_alt:", on_click=_revive, args=(store, dead))


def _revive(store: Store, dead: list[outbox.Message]) -> None:
    count = outbox.revive(store, [message.id for message in dead])
    st.toast(frame.texts().count("botsettings.webhook.revived", count), icon=":material/check:")
