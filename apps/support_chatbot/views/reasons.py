"""Beside the chat: why the bot said what it said to a message."""

import streamlit as st

from headwater.ui import blocks, formats, frame
from headwater.ui.colours import OTHER
from headwater.ui.loading import word_weights
from support_chatbot import talk
from support_chatbot.bot import Bot
from support_chatbot.naming import intent_name
from support_chatbot.risk.thresholds import NEVER
from support_chatbot.risk.zones import Zones

__all__ = ["draw_reasons", "thresholds"]


def draw_reasons(bot: Bot, turn: talk.Said | None) -> None:
    """The panel; `turn` is the bot's, None where nothing was said yet."""
    t = frame.texts()
    st.subheader(t("reason.title"), anchor=False)
    if turn is None or turn.message is None:
        st.html(blocks.note(t("reason.nothing")))
        return
    reads = talk.what_was_read(turn, bot.zones)
    _draw_branch(turn)
    if not reads:
        st.html(blocks.note(t("reason.no_question")))
    for read in reads:
        _draw_read(bot, read)
    _draw_slots(turn)
    st.html(blocks.note(" ".join(thresholds(bot.zones))))


def _draw_branch(turn: talk.Said) -> None:
    t = frame.texts()
    kinds = dict.fromkeys(part["kind"] for part in turn.parts)
    st.html(blocks.tags(t("reason.branch"), [blocks.chip(t(f"reason.kind.{kind}"), OTHER) for kind in kinds]))
    if act := (turn.message or {}).get("act"):
        st.html(blocks.note(t("reason.act", act=t(f"reason.acts.{act}"))))
    if turn.milliseconds is not None:
        st.html(blocks.note(t("reason.took", number=formats.number(turn.milliseconds))))


def _draw_read(bot: Bot, read: talk.Read) -> None:
    t, label = frame.texts(), read.top[0][0]
    st.html(blocks.paragraph(t("reason.question", text=read.text)))
    st.html(blocks.bars([(intent_name(t, intent), share, formats.percent(share)) for intent, share in read.top]))
    st.html(blocks.note(t(f"reason.zone.{read.zone}")))
    with st.expander(t("reason.words_title")):
        parts = word_weights(bot.classifier, bot.classifier.bundle.digest, read.text, label)
        st.html(blocks.note(t("why.words", label=intent_name(t, label))))
        st.html(blocks.weighted_words([(part.text, part.drop) for part in parts]))


def _draw_slots(turn: talk.Said) -> None:
    t = frame.texts()
    slots = [(t(f"reason.slots.{slot['name']}"), slot["value"]) for slot in (turn.message or {}).get("slots", ())]
    found = [blocks.chip(f"{name}: {value}", OTHER) for name, value in slots]
    st.html(blocks.tags(t("reason.found") if found else t("reason.no_slots"), found))


def thresholds(zones: Zones) -> list[str]:
    """The thresholds in words, a sentence's part each."""
    t = frame.texts()
    values = {name: formats.percent(min(1, getattr(zones, name))) for name in ("answer", "ask")}
    answer = "reason.answer" if zones.answer < NEVER else "reason.answer_never"
    ask = "reason.ask" if zones.ask < NEVER else "reason.ask_never"
    find = "reason.find" if zones.find < NEVER else "reason.find_never"
    return [
        t(answer, percent=values["answer"]),
        t(ask, percent=values["ask"]),
        t(find, cosine=f"{zones.find:.2f}"),
    ]
