"""What a policy of the right form may still have wrong: slots that nothing fills, patterns, hours, doubled names."""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import fields as keys
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from support_chatbot.content.templates import stray_braces
from support_chatbot.dialogue.policy import DAYS, KINDS, FormPlan, Policy, SlotPlan
from support_chatbot.dialogue.template import fields

__all__ = ["REASONS", "faults_in"]

# Why a person takes over. Each needs its words in [hand_over.reasons].
REASONS = ("asked", "missed", "tries", "always", "language", "no_answer")
HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


def faults_in(policy: Policy) -> list[str]:
    """One sentence for each fault, each beginning with its place."""
    return [*_sentences(policy), *_numbers(policy), *_hand_over(policy), *_intents(policy), *_forms(policy)]


def _sentences(policy: Policy) -> Iterator[str]:
    """Empty sentences, and slots in them that nothing fills."""
    also: dict[str, set[str]] = {
        "asking.between": {"first", "second"},
        "filling.resumed": {"form"},
        "filling.waiting": {"form"},
        "hand_over.said": {"wait", "channel"},
        "hand_over.waiting": {"wait", "channel"},
        "questions.more": {"most"},
    }
    for table in ("languages", "small_talk", "asking", "finding", "questions", "hand_over", "filling"):
        part = getattr(policy, table)
        for key in keys(part):
            text, place = getattr(part, key.name), f"{table}.{key.name}"
            if isinstance(text, str):
                yield from _slots(text, place, {*policy.known, *also.get(place, ())})
                if not text:
                    yield f"{place}: expected a sentence, got an empty text"
    for name in ("bank", "bot"):
        if name in policy.facts:
            yield f"facts.{name}: {name} stands at the top of the file; take it out of [facts]"


def _slots(text: str, place: str, known: Collection[str]) -> Iterator[str]:
    if stray_braces(text):
        yield f"{place}: a brace stands alone; a slot is {{name}} or {{name|words}}, a brace is {{{{ or }}}}"
    for name in fields(text):
        if name not in known:
            near = get_close_matches(name, list(known), 1, 0.6)
            yield f"{place}: nothing fills {{{name}}}; " + (
                f"did you mean {{{near[0]}}}?" if near else f"known here: {', '.join(sorted(known))}"
            )


def _numbers(policy: Policy) -> Iterator[str]:
    for place, number in (
        ("questions.most", policy.questions.most),
        ("hand_over.after_missed", policy.hand_over.after_missed),
        ("languages.after", policy.languages.after),
        ("filling.valid", policy.filling.valid),
        *((f"forms.{name}.most_tries", plan.most_tries) for name, plan in policy.forms.items()),
    ):
        if number < 1:
            yield f"{place}: expected at least 1, got {number}"
    if not policy.languages.served:
        yield "languages.served: expected at least one language"
    for code in policy.languages.served:
        if not re.fullmatch(r"[a-z]{2}", code):
            yield f'languages.served: expected codes of two letters such as "en", got {code!r}'
    if not re.fullmatch(r"[A-Z]{3}", policy.currency):
        yield f'currency: expected a code of three letters such as "GBP", got {policy.currency!r}'
    try:
        ZoneInfo(policy.time_zone)
    except (KeyError, OSError, ValueError):
        yield f'time_zone: expected a name such as "Europe/London", got {policy.time_zone!r}'


def _hand_over(policy: Policy) -> Iterator[str]:
    for reason in REASONS:
        if not policy.hand_over.reasons.get(reason):
            yield f"hand_over.reasons.{reason}: missing, and expected a text"
    for reason in policy.hand_over.reasons:
        if reason not in REASONS:
            yield f"hand_over.reasons.{reason}: unknown key; known here: {', '.join(REASONS)}"
    for number, wait in enumerate(policy.hand_over.waits, 1):
        place = f"hand_over.waits[{number}]"
        if not wait.days or set(wait.days) - set(DAYS):
            yield f"{place}.days: expected some of {', '.join(DAYS)}, got {list(wait.days)}"
        if not (HOUR.fullmatch(wait.start) and HOUR.fullmatch(wait.end) and wait.start < wait.end):
            yield f'{place}: expected start before end, as "08:00" and "20:00", got {wait.start!r} and {wait.end!r}'


def _intents(policy: Policy) -> Iterator[str]:
    begun = Counter(intent for plan in policy.forms.values() for intent in plan.intents)
    for intent, count in begun.items():
        if count > 1:
            yield f"forms: {intent} begins {count} forms; leave it in the intents of one"
        if intent in policy.hand_over.always:
            yield f"hand_over.always: {intent} goes to a person and would never begin its form; take it out of one"


def _forms(policy: Policy) -> Iterator[str]:
    for name, plan in policy.forms.items():
        place = f"forms.{name}"
        if plan.confirm and not plan.summary:
            yield f"{place}.summary: missing, and confirm = true needs a sentence to say yes to"
        if plan.summary and not plan.confirm:
            yield f"{place}.confirm: expected true, for a summary stands here that would never be asked"
        if not (plan.slots or plan.confirm or plan.offer):
            yield f"{place}: expected slots, confirm = true or an offer, or the action would follow without a word"
        for own, count in Counter(slot.name for slot in plan.slots).items():
            if count > 1:
                yield f"{place}.slots: {count} slots are named {own}"
            if own in policy.known:
                yield f"{place}.slots: {own} is a fact too; give the slot another name"
        for number, slot in enumerate(plan.slots, 1):
            yield from _slot(slot, f"{place}.slots[{number}]")
        yield from _form_sentences(policy, plan, place)


def _form_sentences(policy: Policy, plan: FormPlan, place: str) -> Iterator[str]:
    """Slots in a form's sentences: only those that are surely known need no words beside them."""
    own = {slot.name: not slot.optional for slot in plan.slots}
    if any(slot.holds == "amount" for slot in plan.slots):
        own |= {"currency": False}
    for key in ("title", "offer", "summary", "done", "cancelled", "action"):
        text = getattr(plan, key)
        yield from _slots(text, f"{place}.{key}", {*policy.known, *own})
        for name, needed in fields(text).items():
            if needed and name in own and (key in ("offer", "cancelled", "title") or not own[name]):
                yield f"{place}.{key}: {{{name}}} may not be known then; write {{{name}|words}}"
    for key in ("title", "done", "cancelled", "action"):
        if not getattr(plan, key):
            yield f"{place}.{key}: expected a text, got an empty one"
    for number, slot in enumerate(plan.slots, 1):
        for key in ("question", "wrong"):
            yield from _slots(getattr(slot, key), f"{place}.slots[{number}].{key}", policy.known)


def _slot(slot: SlotPlan, place: str) -> Iterator[str]:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", slot.name):
        yield f"{place}.name: expected small letters, digits and _, got {slot.name!r}"
    if slot.kind and slot.kind not in KINDS:
        yield f"{place}.kind: expected one of {', '.join(KINDS)}, got {slot.kind!r}"
    if slot.holds == "choice" and not slot.choices:
        yield f"{place}.choices: missing, and a slot of kind choice needs some"
    if len({choice.casefold() for choice in slot.choices}) < len(slot.choices):
        yield f"{place}.choices: a choice stands twice"
    if slot.when not in ("", "past", "future") or (slot.when and slot.holds != "date"):
        yield f'{place}.when: expected "past" or "future", of a date only, got {slot.when!r}'
    if (slot.least is not None or slot.most is not None) and slot.holds != "amount":
        yield f"{place}: least and most are of an amount only, and this slot holds {slot.holds}"
    try:
        re.compile(slot.pattern)
    except re.error as fault:
        yield f"{place}.pattern: is no regular expression: {fault}"
