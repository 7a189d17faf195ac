"""One step of a dialogue: a message and where the conversation stands -> a reply. No clock, no chance.

    handed over? -> "a person, please" -> the button pressed -> this or that? -> the form under way
    -> language, small talk, questions -> a person takes over, or the form asks on

Each stage may spend the message; what is left goes to the next.
"""

from dataclasses import replace
from datetime import datetime
from functools import cache

from support_chatbot.content import Folder
from support_chatbot.dialogue import cues, tasks
from support_chatbot.dialogue.answering import answer, ask_questions, is_foreign, limit, nothing, person, search
from support_chatbot.dialogue.draft import Draft, Find, House
from support_chatbot.dialogue.filling import fill_form
from support_chatbot.dialogue.handover import hand_over, stated_wait
from support_chatbot.dialogue.offers import choose
from support_chatbot.dialogue.policy import Policy
from support_chatbot.risk.zones import ANSWER, Zones
from support_chatbot.turn import Message, Reply, State, is_personal

__all__ = ["step"]

KEPT = 3  # last questions, for the person who may take over
CUT = 200  # characters of each
BARE = 3  # words beside slots, up to which a message is no more than its slots


def step(
    state: State,
    message: Message,
    policy: Policy,
    folder: Folder,
    zones: Zones,
    find: Find,
    *,
    now: datetime | None = None,
) -> Reply:
    """The reply to a message, with at least one part, and the next state.

    `find` gives quotes for a question; those below `zones.find` are none. `now` is the bank's own time: it decides
    the stated wait and which dates are past. What a customer writes is classified and quoted, never obeyed.
    """
    house = House(policy, folder, zones, cache(find), now)  # a question is looked up once a turn
    fresh = state if state.status != "closed" else State(turns=state.turns, slots=state.slots)
    fresh = replace(fresh, turns=state.turns + 1, forms=tasks.mended(house, fresh.forms))
    draft = Draft(message, fresh)
    if message.told and not state.warned:
        draft = draft.says("small_talk", house.words(policy.small_talk.passcode)).at(warned=True)
    if state.status == "handed_over":
        wait = house.words(stated_wait(policy.hand_over, now))
        text = house.words(policy.hand_over.waiting, wait=wait, channel=policy.hand_over.channel)
        return Reply(message, draft.says("handed_over", text).parts, draft.state)
    draft = _remember(_turn(house, draft, _act(policy, message)), message)
    if draft.reason:
        draft, handoff = hand_over(house, draft)
        return Reply(message, draft.parts, draft.state, handoff, draft.actions)
    draft = _open_question(house, draft, {form.name for form in fresh.forms})
    return Reply(message, draft.parts, draft.state, None, draft.actions)


def _act(policy: Policy, message: Message) -> str | None:
    """The act of a message: of the button whose words it is, else as it was understood."""
    buttons = {
        policy.filling.yes: "yes",
        policy.filling.no: "no",
        policy.filling.skip: "skip",
        policy.filling.stop: "cancel",
        policy.asking.neither: "neither",
        policy.hand_over.button: "human",
    }
    said = message.text.strip().casefold()
    return next((act for words, act in buttons.items() if words.casefold() == said), message.act)


def _turn(house: House, draft: Draft, act: str | None) -> Draft:
    picked = draft.message.picked
    if act == "human":  # what it is about is known where the message says so
        sure = [question.top[0][0] for question in draft.message.questions if house.zones.zone(question.top) == ANSWER]
        return draft.at(topic=sure[0] if sure else draft.state.topic).for_person("asked")
    if picked and (house.answer(picked) or house.policy.form_of(picked) or picked in house.policy.hand_over.always):
        draft = draft.at(offered=(), offered_for="")
        return replace(answer(house, draft, picked, kind="clarified"), spent=True)
    if act == "cancel" and draft.form and cues.agrees(draft.message.text):
        act = None if draft.form.confirming else "yes"  # "yes, stop it": where a yes is final, asked once more
    if act == "cancel" and draft.form:
        return tasks.drop(house, draft.at(offered=(), offered_for=""))
    if draft.state.offered:
        draft = choose(house, draft, act)
    if not draft.spent and draft.form:
        draft = fill_form(house, draft, act)
    return draft if draft.spent else _talk(house, draft, act)


def _talk(house: House, draft: Draft, act: str | None) -> Draft:
    """A message that no offer and no form was waiting for."""
    if act is not None:
        return _small_talk(house, draft, act)
    if is_foreign(house, draft):
        return limit(house, draft)
    if _is_bare(house, draft):
        return _with_topic(house, draft)
    if draft.message.questions:
        return ask_questions(house, draft, draft.message.questions)
    return nothing(house, draft, house.policy.finding.unclear)


def _small_talk(house: House, draft: Draft, act: str) -> Draft:
    words = house.policy.small_talk
    if act == "repeat" and (draft.form or draft.state.topic):
        topic = draft.state.topic if not draft.form else None
        text = house.answer_text(topic, dict(draft.state.slots)) if topic else None
        if draft.form or text:
            return draft.says("answered", text, intent=topic) if text else draft
    text = house.words(getattr(words, act, words.no))
    choices = (person(house),) if act == "feelings" else ()
    left = act == "goodbye" and not (
        draft.form and draft.form.confirming
    )  # after it an "ok" would be taken for the yes
    return replace(draft.says("small_talk", text, choices=choices), quiet=left)


def _is_bare(house: House, draft: Draft) -> bool:
    """Whether a message is little more than slots, said of the topic: "and 50 euros?"."""
    message = draft.message
    if not (message.slots and draft.state.topic) or any(
        house.zones.zone(question.top) == ANSWER for question in message.questions
    ):
        return False
    text = message.text
    for slot in message.slots:
        text = text[: slot.start] + " " * (slot.end - slot.start) + text[slot.end :]
    return len(cues.words_of(text)) <= BARE


def _with_topic(house: House, draft: Draft) -> Draft:
    """The topic's answer with the new slots; where they change nothing in it, a search for the topic with them."""
    topic = str(draft.state.topic)
    before, text = (house.answer_text(topic, slots) for slots in (dict(draft.state.slots), draft.slots_of(None)))
    if text is None or text == before:
        return search(house, draft, f"{house.title(topic)}: {draft.message.text}")
    return draft.says("answered", text, intent=topic).at(missed=0)


def _remember(draft: Draft, message: Message) -> Draft:
    """What was said goes into the state: slots, and the message itself if it was a question."""
    asked = (message.act is None or message.questions) and message.picked is None and message.text.strip()
    recent = (*draft.state.recent, _recalled(message)) if asked else draft.state.recent
    return draft.at(slots=draft.slots_of(None), recent=recent[-KEPT:])


def _recalled(message: Message) -> str:
    """The message on one line, cut, without the numbers that say who somebody is: a hand-over has them as slots.

    What is remembered of a message outlives its slots, by which it could be masked later.
    """
    text = message.text
    for slot in sorted(message.slots, key=lambda slot: -slot.start):
        if is_personal(slot.name, slot.text):
            text = f"{text[: slot.start]}[{slot.name}]{text[slot.end :]}"
    return " ".join(text.split())[:CUT]


def _open_question(house: House, draft: Draft, waiting: set[str]) -> Draft:
    """The form under way asks for what it waits for, unless the bot has just asked something else."""
    if draft.form and not draft.quiet:
        return tasks.prompt(house, draft, resumed=bool(draft.parts) and draft.form.name in waiting)
    if not draft.parts:
        return draft.says("declined", house.words(house.policy.finding.unclear), choices=(person(house),))
    return draft
