"""A person takes over: the stated wait, and what that person is told."""

from dataclasses import replace
from datetime import datetime

from support_chatbot.dialogue import forms
from support_chatbot.dialogue.draft import Draft, House
from support_chatbot.dialogue.policy import DAYS, HandOver
from support_chatbot.turn import Handoff

__all__ = ["hand_over", "stated_wait", "summary"]


def stated_wait(policy: HandOver, now: datetime | None) -> str:
    """The words for the wait at this time, which is the bank's own; `otherwise` outside all hours and without a time."""
    if now is None:
        return policy.otherwise
    day, hour = DAYS[now.weekday()], f"{now:%H:%M}"
    fitting = (wait.words for wait in policy.waits if day in wait.days and wait.start <= hour < wait.end)
    return next(fitting, policy.otherwise)


def hand_over(house: House, draft: Draft) -> tuple[Draft, Handoff]:
    """Say that a person takes over, and write down for whom and why."""
    policy, reason = house.policy.hand_over, str(draft.reason)
    wait = house.words(stated_wait(policy, house.now))
    slots = dict(draft.slots_of(None))
    for form in draft.state.forms:
        slots |= forms.said_so_far(form)
    state = draft.state
    tasks = tuple((form.intent, forms.said_so_far(form)) for form in reversed(state.forms))
    handoff = Handoff(reason, summary(house, draft), slots, wait, state.topic, tasks, state.recent)
    said = house.words(policy.said, wait=wait, channel=policy.channel)
    return replace(draft.says("handed_over", said).at(status="handed_over"), quiet=True), handoff


def summary(house: House, draft: Draft) -> str:
    """One or two sentences: why, about what, what was under way, and the customer's last words."""
    state, why = draft.state, house.words(house.policy.hand_over.reasons[str(draft.reason)])
    about = [f"about “{house.title(state.topic)}”"] if state.topic else []
    for form in reversed(state.forms):
        filled = "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in forms.said_so_far(form).items())
        about.append(f"with {house.policy.forms[form.name].title} under way ({filled or 'nothing filled in yet'})")
    first = f"{why.rstrip('.')}{': ' if about else ''}{', '.join(about)}."
    last = "; ".join(f"“{text}”" for text in state.recent)
    return f"{first} Last asked: {last}." if last else first
