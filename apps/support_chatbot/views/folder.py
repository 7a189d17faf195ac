"""The team's folder, and what its doctor says of it."""

from datetime import UTC, datetime

import streamlit as st

from headwater.ui import blocks, frame
from support_chatbot import watching
from support_chatbot.bot import Bot

__all__ = ["draw_folder"]


def draw_folder(bot: Bot) -> None:
    t, found = frame.texts(), watching.findings(bot, datetime.now(UTC).date())
    counts = {"answers": len(bot.folder.answers), "articles": len(bot.folder.articles)}
    st.html(blocks.paragraph(t("botsettings.folder.where", path=bot.folder.path, **counts)))
    for lack in bot.lacks:
        st.html(blocks.state(False, t("botsettings.folder.lacks"), lack))
    if not found:
        st.html(blocks.state(True, t("botsettings.folder.well")))
        return
    st.html(blocks.state(False, t.count("botsettings.folder.found", len(found))))
    names = {name: t(f"botsettings.folder.{name}") for name in ("severity", "file", "line", "words")}
    rows = [{words: getattr(finding, name) for name, words in names.items()} for finding in found]
    st.dataframe(rows, hide_index=True)
