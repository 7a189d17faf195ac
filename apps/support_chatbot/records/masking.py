"""A reply and a state -> what of them is written down.

Texts and values are masked before they are written, as everywhere in the store; here the slots say more than a text
alone: what was understood as an e-mail address, a telephone number, an account or a card is masked wherever it is
repeated, also where its check digits do not hold.

One thing is kept as it was said: the state of a conversation that is under way. A form that asks "is it
ann@example.org?" cannot go on with "[email]". That is why the state is dropped when the conversation is handed
over or closed (`at_rest`), when nobody has gone on with it for some days (`Retention.states`), and with erasure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from headwater.spans import Span
from headwater.store.cleaning import clean_text, clean_values, mask_text
from support_chatbot.turn import Handoff, Message, Question, Reply, Slot, State, is_personal, plain
from support_chatbot.understanding.slots import find_slots

__all__ = ["at_rest", "masked_handoff", "masked_message", "masked_reply", "masked_words"]

SHORTEST = 4  # characters; a shorter value would be found in other words


def masked_message(message: Message) -> Message:
    """The message without personal data; questions and slots stand where their words stand now."""
    slots = [Span(slot.start, slot.end, slot.name) for slot in message.slots]
    pieces = [span for span, slot in zip(slots, message.slots, strict=True) if is_personal(slot.name, slot.text)]
    questions = [Span(question.start, question.end, "") for question in message.questions]
    text, moved = mask_text(message.text, [*slots, *questions], pieces)
    return replace(
        message,
        text=text,
        slots=tuple(map(_masked_slot, message.slots, moved)),
        questions=tuple(
            Question(span.text, span.start, span.end, question.top)
            for question, span in zip(message.questions, moved[len(slots) :], strict=True)
        ),
    )


def masked_words(text: str, today: date) -> str:
    """Words that the bot does not answer, without personal data: a customer's to an agent, and an agent's.

    >>> masked_words("sort code 12-34-56, account 12345678", date(2026, 11, 22))
    'sort code [account]'
    """
    return masked_message(Message(clean_text(text), slots=find_slots(clean_text(text), today=today))).text


def _masked_slot(slot: Slot, span: Span) -> Slot:
    hidden = is_personal(slot.name, slot.value)
    value = f"[{slot.name}]" if hidden else clean_values(slot.value)
    return Slot(slot.name, value, span.start, span.end, span.text)


def masked_reply(reply: Reply) -> dict[str, Any]:
    """What of a reply is written down, as JSON values: all but the state, which the conversation has."""
    secrets = _secrets(reply)
    content = {
        "message": plain(masked_message(reply.message)),
        "parts": [_hidden(plain(part), secrets) for part in reply.parts],
        "handoff": None if reply.handoff is None else plain(masked_handoff(reply)),
        "actions": [[name, _slots(slots, secrets)] for name, slots in reply.actions],
    }
    return dict(clean_values(content, masked=False))


def masked_handoff(reply: Reply) -> Handoff:
    """The hand-over of a reply that has one."""
    assert reply.handoff is not None
    given, secrets = reply.handoff, _secrets(reply)
    words = {name: _hidden(getattr(given, name), secrets) for name in ("reason", "summary", "wait", "topic")}
    tasks = tuple((intent, _slots(filled, secrets)) for intent, filled in given.tasks)
    recent = tuple(_hidden(text, secrets) for text in given.recent)
    return Handoff(**words, slots=_slots(given.slots, secrets), tasks=tasks, recent=recent)


def at_rest(state: State) -> State:
    """The state of a conversation that the bot does not carry on: no forms, and no values."""
    return State(turns=state.turns, topic=state.topic, status=state.status)


def _secrets(reply: Reply) -> dict[str, str]:
    """Personal values of the whole conversation -> what stands in their place; longest first."""
    found = {
        value: f"[{name}]"
        for name, value in _values(reply)
        if is_personal(name, value) and len(value.strip()) >= SHORTEST
    }
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


def _values(reply: Reply) -> Iterator[tuple[str, str]]:
    for slot in reply.message.slots:
        yield from ((slot.name, slot.value), (slot.name, slot.text))
    held = [reply.state.slots, *(form.filled for form in reply.state.forms), *(slots for _, slots in reply.actions)]
    for slots in held if reply.handoff is None else [*held, reply.handoff.slots]:
        yield from slots.items()


def _slots(slots: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
    return {name: f"[{name}]" if is_personal(name, value) else _hidden(value, secrets) for name, value in slots.items()}


def _hidden(value: Any, secrets: Mapping[str, str]) -> Any:
    """A JSON value with none of its texts holding a secret, nor what looks like one."""
    if isinstance(value, str):
        for secret, placeholder in secrets.items():
            value = value.replace(secret, placeholder)
        return mask_text(clean_text(value))[0]
    if isinstance(value, Mapping):
        return {name: _hidden(inner, secrets) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(inner, secrets) for inner in value]
    return value
