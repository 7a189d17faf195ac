"""The customer's word on "this or that?": by button, by words, by place, both, or neither."""

from dataclasses import replace

from support_chatbot.dialogue import cues
from support_chatbot.dialogue.answering import answer, ask_between, is_foreign, missed, nothing
from support_chatbot.dialogue.draft import Draft, House
from support_chatbot.risk.zones import ANSWER

__all__ = ["choose"]


def choose(house: House, draft: Draft, act: str | None) -> Draft:
    """Read a message as the answer to what was offered; any other message is left unspent, and the offer lapses."""
    offered, asked_for = draft.state.offered, draft.state.offered_for
    draft = replace(draft.at(offered=(), offered_for=""), offered_before=offered)
    if act in ("no", "neither"):
        return replace(_neither(house, draft), spent=True)
    if act == "yes":  # to which of them?
        return replace(missed(house, ask_between(house, draft, offered, asked_for), "missed"), spent=True)
    for intent in _meant(house, draft, offered) if act is None else ():
        draft = replace(answer(house, draft, intent, kind="clarified"), spent=True)
    return draft


def _meant(house: House, draft: Draft, offered: tuple[str, ...]) -> tuple[str, ...]:
    """The intents among those offered that the message means."""
    questions = draft.message.questions
    sure = [question.top[0][0] for question in questions if house.zones.zone(question.top) == ANSWER]
    if any(intent in offered for intent in sure):
        return tuple(intent for intent in offered if intent in sure) if len(questions) == 1 else ()
    if sure or len(questions) > 1 or is_foreign(house, draft):
        return ()
    places = cues.choice_among(draft.message.text, [house.title(intent) for intent in offered])
    return tuple(offered[place] for place in places)


def _neither(house: House, draft: Draft) -> Draft:
    """Neither was meant: the customer is asked for other words. The help centre was looked up before anything was offered."""
    return nothing(house, draft, house.policy.asking.none)
