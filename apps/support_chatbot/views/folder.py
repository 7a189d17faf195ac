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
        st.html(blocks.state(False, t("botsettings.folder.lacks"), lack.told(t)))
    if not found:
        st.html(blocks.state(True, t("botsettings.folder.well")))
        return
    st.html(blocks.state(False, t.count("botsettings.folder.found", len(found))))
    names = {name: t(f"botsettings.folder.{name}") for name in ("severity", "file", "line", "words")}
    told = [(t(f"botsettings.folder.{one.severity}"), one.file, one.line, one.fault.told(t)) for one in found]
    st.dataframe([dict(zip(names.values(), row, strict=True)) for row in told], hide_index=True)
