"""The conversation that a page is in: its key in the address, what was said, and what is sent."""

from dataclasses import dataclass, field

import streamlit as st

from headwater.errors import HeadwaterError
from headwater.ui import signin
from headwater.ui.frame import texts
from support_chatbot import talk
from support_chatbot.bot import Bot
from support_chatbot.opening import conversations, origin
from support_chatbot.records.rows import Conflict, Conversation, UnknownConversation
from support_chatbot.turn import Reply, State

__all__ = ["Talk", "begin_anew", "explained", "send", "standing", "step_of"]

KEY, FRESH, NEW, WHY, FAULT = "talk.key", "talk.fresh", "talk.new", "talk.why", "talk.fault"


@dataclass(frozen=True)
class Talk:
    """Where the page's conversation stands; without a `key` nothing was said yet."""

    key: str = ""
    turns: list[talk.Said] = field(default_factory=list)
    state: State = field(default_factory=State)
    about: Conversation | None = None

    @property
    def status(self) -> str:
        return self.about.status if self.about else "open"


def standing() -> Talk:
    """The conversation of the address, else of this session: it survives a reload, and a walk over other pages."""
    key = st.query_params.get("talk") or st.session_state.get(KEY)
    if not key:
        return Talk()
    talks = conversations()
    try:
        about: Conversation | None = talks.conversation(key)
    except UnknownConversation:  # an old address, or erased: begin another
        about = None
    if about is None or not _may_read(key, about):
        begin_anew()
        return Talk()
    if st.session_state.get(KEY) != key:
        begin_anew()
        st.session_state[KEY] = key
    if st.query_params.get("talk") != key:
        st.query_params["talk"] = key
    turns = talk.said(talks.transcript(key), st.session_state.get(FRESH, {}))
    return Talk(key, turns, talks.state(key), about)


def begin_anew() -> None:
    """Leave the conversation; the next message begins another."""
    for name in (KEY, FRESH, NEW, WHY, FAULT):
        st.session_state.pop(name, None)
    st.query_params.pop("talk", None)


def send(bot: Bot, text: str, picked: str | None = None) -> None:
    """Send a customer's message, and keep the reply as it was said for this session."""
    talks = conversations()

    def answer(state: State, said: str) -> Reply:
        return bot.reply(state, said, picked=picked)

    try:
        key = st.session_state.get(KEY) or talks.begin("page", texts().language, _subject(), origin=origin(bot))
        stored, reply = talks.say(key, text, answer)
    except HeadwaterError as fault:  # ended by a person meanwhile, or a server or the store is away
        st.session_state[FAULT] = (text, str(fault))
        return
    st.session_state[KEY] = key
    if reply is not None and stored.bot is not None:
        st.session_state.setdefault(FRESH, {})[stored.bot.number] = reply
        st.session_state[NEW] = stored.bot.number
        st.session_state.pop(WHY, None)


def _may_read(key: str, about: Conversation) -> bool:
    """Whether the reader may: who has the key, but of a customer who is known only that one, and staff."""
    who = signin.person()
    if not about.known or who.is_staff:
        return True
    if not who.email:
        return False
    try:
        return bool(conversations().begin("page", subject=who.email, key=key))
    except Conflict:
        return False


def _subject() -> str | None:
    """Who has signed in; the store keeps a hash of it."""
    return signin.person().email or None


def explained(here: Talk) -> talk.Said | None:
    """The bot's turn whose why is shown: the one that was chosen, else the last."""
    turns = [turn for turn in here.turns if turn.speaker == "bot"]
    chosen = st.session_state.get(WHY)
    return next((turn for turn in turns if turn.number == chosen), turns[-1] if turns else None)


def step_of(here: Talk) -> str:
    """What the page's sentence speaks of: empty, open, waiting, taken or closed."""
    if not here.turns or here.about is None:
        return "empty"
    if here.status == "handed_over":
        return "taken" if here.about.taken_by else "waiting"
    return here.status
