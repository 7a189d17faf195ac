"""Forms under way: begun or offered, moved to the next open slot, confirmed, done or given up, and asked for again."""

from dataclasses import replace
from datetime import date

from support_chatbot.dialogue import forms
from support_chatbot.dialogue.draft import Draft, House
from support_chatbot.dialogue.policy import FormPlan
from support_chatbot.turn import Choice, Form

__all__ = ["ask", "begin", "drop", "expired", "finish", "mended", "prompt", "settle", "today", "wanted"]

DEEPEST = 4  # forms that wait for each other; the one that has waited longest is given up


def today(house: House) -> date | None:
    return house.now.date() if house.now else None


def begin(house: House, draft: Draft, name: str, intent: str, slots: dict[str, str]) -> Draft:
    """Begin a form, or offer it; one that was interrupted comes up again.

    Of several begun by one message, the first is under way and the others wait below it.
    """
    waiting = next((form for form in draft.state.forms if form.name == name), None)
    if waiting is not None:
        others = tuple(form for form in draft.state.forms if form is not waiting)
        return draft.at(forms=(*others, waiting))
    plan = house.policy.forms[name]
    form = forms.chosen(plan, forms.begin(plan, name, intent, slots, today(house)), draft.message)
    place = len(draft.state.forms) - draft.begun
    older, fresh = draft.state.forms[:place], draft.state.forms[place:]
    if plan.offer or fresh:
        form = form if plan.offer else forms.following(plan, form)
        return replace(draft.at(forms=(*older, form, *fresh)[-DEEPEST:]), begun=draft.begun + 1)
    return replace(settle(house, draft.at(forms=(*older, form)[-DEEPEST:])), begun=1)


def settle(house: House, draft: Draft) -> Draft:
    """Move the form under way on: the next open slot, the confirmation, or, with nothing left to ask, its action."""
    form = draft.state.forms[-1]
    moved = forms.following(house.policy.forms[form.name], form)
    return finish(house, draft) if forms.is_offered(moved) else draft.with_top(moved)


def finish(house: House, draft: Draft) -> Draft:
    """Give out the form's action, and say that it is done."""
    form = draft.state.forms[-1]
    plan, slots = house.policy.forms[form.name], forms.said_so_far(form)
    if any(slots.get(slot.name) for slot in plan.slots if slot.holds == "amount"):
        slots.setdefault("currency", house.policy.currency)  # as it was read back
    draft = draft.without(form).says("done", house.words(plan.done, slots), intent=form.intent)
    return replace(draft, actions=(*draft.actions, (plan.action, slots)))


def drop(house: House, draft: Draft) -> Draft:
    """Give up the form under way: nothing has been done."""
    form = draft.state.forms[-1]
    words, offered = house.policy.forms[form.name].cancelled, forms.is_offered(form)
    text = house.policy.filling.dropped if offered else words
    return draft.without(form).says("cancelled", house.words(text, forms.said_so_far(form)), intent=form.intent)


def expired(house: House, form: Form) -> bool:
    """Whether the yes to a form comes too late. Where it is not known when it was asked for, it does; without a clock, never."""
    if house.now is None:
        return False
    return form.since is None or house.now.timestamp() - form.since > 60 * house.policy.filling.valid


def _stamped(house: House, form: Form) -> Form:
    """The form with the time, where it now asks for a yes."""
    waits = form.asked is None and house.now is not None
    return replace(form, since=int(house.now.timestamp()) if waits and house.now else None)


def mended(house: House, waiting: tuple[Form, ...]) -> tuple[Form, ...]:
    """The forms as the policy of today has them: one that it no longer has, or that has nothing left to ask, is dropped."""
    kept = []
    for form in waiting:
        plan = house.plan(form)
        if plan is None:
            continue
        if forms.is_offered(form):
            kept += [form] if plan.offer else []
        elif not forms.is_offered(moved := forms.following(plan, form)):
            kept.append(moved)
    return tuple(kept)


def prompt(house: House, draft: Draft, *, resumed: bool) -> Draft:
    """Ask for what the form under way waits for. `resumed`: something else was said before, so say what it is about."""
    form = draft.state.forms[-1]
    plan, words = house.policy.forms[form.name], house.policy.filling
    text, choices = wanted(house, plan, form)
    kind = "confirming" if form.confirming else "asked"
    if resumed:
        kind, text = "resumed", f"{house.words(words.resumed, form=plan.title)} {text}"
    return ask(house, draft, form, kind, text, choices)


def ask(house: House, draft: Draft, form: Form, kind: str, text: str, choices: tuple[Choice, ...]) -> Draft:
    """Say what the form under way asks; a yes counts from now on."""
    return draft.with_top(_stamped(house, form)).says(kind, text, intent=form.intent, choices=choices)


def wanted(house: House, plan: FormPlan, form: Form) -> tuple[str, tuple[Choice, ...]]:
    """What a form asks, and its buttons."""
    words, slots = house.policy.filling, forms.said_so_far(form)
    if form.asked is None:
        text = plan.summary if form.confirming else plan.offer
        return house.words(text, slots), (Choice(words.yes), Choice(words.no))
    slot = plan.slot(form.asked)
    passed = (Choice(words.skip),) if slot.optional else ()
    buttons = (*(Choice(choice) for choice in slot.choices), *passed, Choice(words.stop))
    return house.words(slot.question, slots), buttons
