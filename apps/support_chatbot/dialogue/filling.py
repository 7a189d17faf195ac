"""A message while a form is under way: it fills, changes, confirms, gives up, or asks something in between."""

from dataclasses import replace

from support_chatbot.dialogue import cues, forms, tasks
from support_chatbot.dialogue.answering import ask_questions, is_foreign
from support_chatbot.dialogue.draft import Draft, House
from support_chatbot.dialogue.policy import FormPlan
from support_chatbot.risk.zones import ANSWER, ASK
from support_chatbot.turn import Form, Message, Question

__all__ = ["fill_form"]

SENTENCE = 3  # words that at least say what is asked for


def fill_form(house: House, draft: Draft, act: str | None) -> Draft:
    """Read a message with the form under way; what has nothing to do with it is left unspent."""
    form = draft.state.forms[-1]
    plan = house.policy.forms[form.name]
    if forms.is_offered(form):
        return _offered(house, draft, form, act)
    slot = plan.slot(form.asked) if form.asked else None
    if slot and slot.optional and _passes(draft, act):
        return replace(tasks.settle(house, draft.with_top(forms.skip(form))), spent=True)
    foreign = is_foreign(house, draft)
    asked = draft.message.questions if act is None and not foreign else ()
    own = tuple(question for question in asked if _is_own(house, plan, form, question, draft))
    rest = _without(draft.message, own)
    free = act is None and (not foreign or bool(slot and slot.pattern))
    free = free and not (slot and slot.holds == "name" and _is_no_name(house, form, draft.message))
    taken = forms.take(plan, form, rest, free=free, today=tasks.today(house))
    refuses = cues.refuses(rest.text) and not cues.is_question(rest.text)
    if form.confirming and act is None and refuses and not _new(taken):
        return replace(tasks.drop(house, draft), spent=True)  # "no, don't close my account" corrects no account
    if taken.changed:
        draft = replace(tasks.settle(house, draft.with_top(taken.form)), spent=True)
    if own:
        return _answered(house, draft, own)
    if taken.changed:
        return draft
    if form.confirming and act is None and taken.wrong is None and (others := _others(house, draft, form, asked)):
        return _answered(house, draft, others)
    return _nothing_taken(house, draft, form, act, taken.wrong)


def _answered(house: House, draft: Draft, own: tuple[Question, ...]) -> Draft:
    """The questions answered; where one began another task before the yes to this one, say that this was not done."""
    form = draft.state.forms[-1]
    draft = replace(ask_questions(house, draft, own), spent=True)
    if not form.confirming or draft.reason or draft.form in (None, form) or form not in draft.state.forms:
        return draft
    words, title = house.policy.filling.waiting, house.policy.forms[form.name].title
    return draft.says("resumed", house.words(words, form=title), intent=form.intent)


def _others(house: House, draft: Draft, form: Form, asked: tuple[Question, ...]) -> tuple[Question, ...]:
    """What was said to a confirmation, is neither word on it nor a change, and can be answered: "tell me about fees"."""

    def known(question: Question) -> bool:
        zone = house.zones.zone(question.top)
        if zone == ASK:
            return form.intent not in house.zones.closest(question.top)
        return zone != ANSWER and len(cues.words_of(question.text)) >= SENTENCE and bool(house.quotes(question.text))

    return tuple(question for question in asked if known(question))


def _new(taken: forms.Taken) -> bool:
    """Whether a message brought values, and did not only call some wrong."""
    return any(taken.form.filled.get(name) for name in taken.changed)


def _offered(house: House, draft: Draft, form: Form, act: str | None) -> Draft:
    """The customer's word on an offer, or at once what its form would ask for; any other message lets the offer lapse."""
    taken = _taken_up(house, draft, form) if act is None else None
    if (act == "yes" or taken) and tasks.expired(house, form):
        return _late(house, draft, form)
    if act == "yes" or taken:
        return replace(tasks.settle(house, draft.with_top(taken or form)), spent=True)
    if act in ("no", "neither"):
        return replace(tasks.drop(house, draft), spent=True)
    return draft if act in ("thanks", "repeat") else draft.without(form)


def _taken_up(house: House, draft: Draft, form: Form) -> Form | None:
    """The form with what an answer to its offer says: "yes, it was £20", and, where a yes is asked for at the end, "£20 to Bo"."""
    plan, message = house.policy.forms[form.name], draft.message
    other = any(
        house.zones.zone(question.top) in (ANSWER, ASK) and question.top[0][0] != form.intent
        for question in message.questions
    )
    if other or is_foreign(house, draft) or cues.is_question(message.text) or cues.hesitates(message.text):
        return None
    taken = forms.take(plan, form, message, free=False, today=tasks.today(house))
    return taken.form if cues.agrees(message.text) or (plan.confirm and _new(taken)) else None


def _is_no_name(house: House, form: Form, message: Message) -> bool:
    """Whether words said where a name was asked for forbid, or ask for the task once more: "cancel the transfer"."""
    sure = [question.top[0][0] for question in message.questions if house.zones.zone(question.top) == ANSWER]
    return form.intent in sure or cues.refuses(message.text) or cues.skips(message.text)


def _late(house: House, draft: Draft, form: Form) -> Draft:
    """A yes that came too late does nothing: what it was to is asked anew."""
    text, choices = tasks.wanted(house, house.policy.forms[form.name], form)
    kind, text = "confirming" if form.confirming else "asked", f"{house.words(house.policy.filling.expired)} {text}"
    return replace(tasks.ask(house, draft, form, kind, text, choices), quiet=True, spent=True)


def _is_own(house: House, plan: FormPlan, form: Form, question: Question, draft: Draft) -> bool:
    """Whether a question stands for itself, and is not what the form asked for."""
    kinds, choices = forms.kinds_of(plan), [choice for slot in plan.slots for choice in slot.choices]
    inside = [slot for slot in draft.message.slots if question.start <= slot.start < question.end]
    said = f" {' '.join(cues.words_of(question.text))} "
    holds = any(slot.name in kinds for slot in inside) or any(f" {choice.casefold()} " in said for choice in choices)
    sure = house.zones.zone(question.top) == ANSWER and question.top[0][0] != form.intent
    if form.confirming and cues.inquires(question.text) and not cues.corrects(question.text):
        return True  # "does the virtual card still work?" chooses nothing
    if cues.is_question(question.text):
        return sure or not ((holds and not cues.asks(question.text)) or cues.corrects(question.text))
    if form.confirming and sure and _is_another(house, form, question) and not cues.turns_back(question.text):
        return True  # "order me a spare card" does not make the debit card the spare one
    slot = plan.slot(form.asked) if form.asked else None
    free = slot is not None and slot.holds == "text" and forms.fits(slot, question.text)
    labels = (slot.label or slot.name.replace("_", " ") for slot in plan.slots)
    changes = cues.corrects(question.text) and any(f" {label.casefold()} " in said for label in labels)
    return sure and not (holds or free or changes)


def _is_another(house: House, form: Form, question: Question) -> bool:
    """Whether a sentence, and not only the name of a choice, asks for another task than the one under way."""
    intent = question.top[0][0]
    answer = house.answer(intent)
    name = house.policy.form_of(intent, answer.form if answer else None)
    return name not in (None, form.name) and len(cues.words_of(question.text)) > SENTENCE


def _without(message: Message, own: tuple[Question, ...]) -> Message:
    """The message with some questions blanked out, its offsets as they were."""
    text, slots = message.text, message.slots
    for question in own:
        text = text[: question.start] + " " * (question.end - question.start) + text[question.end :]
        slots = tuple(slot for slot in slots if not question.start <= slot.start < question.end)
    return replace(message, text=text, slots=slots)


def _nothing_taken(house: House, draft: Draft, form: Form, act: str | None, wrong: str | None) -> Draft:
    """No slot was filled and no question asked: a yes, a no, a slot passed over, small talk, or what does not fit."""
    if form.confirming and act == "yes" and not cues.hesitates(draft.message.text):
        if tasks.expired(house, form):
            return _late(house, draft, form)
        return replace(tasks.finish(house, draft), spent=True)
    first = house.policy.forms[form.name].slots[:1]
    if act in ("no", "neither") and (form.confirming or (first and form.asked == first[0].name)):
        return replace(tasks.drop(house, draft), spent=True)  # nothing is begun yet
    if wrong is None and (is_foreign(house, draft) or act not in (None, "yes", "no", "neither")):
        return draft
    return replace(_again(house, draft, form, wrong), spent=True)


def _passes(draft: Draft, act: str | None) -> bool:
    return act in ("no", "neither", "skip") or cues.skips(draft.message.text)


def _again(house: House, draft: Draft, form: Form, wrong: str | None) -> Draft:
    """Ask again and say why; after too many tries a person takes over."""
    plan, tried = house.policy.forms[form.name], replace(form, tries=form.tries + 1)
    draft = replace(draft.with_top(tried), quiet=True)
    if tried.tries >= plan.most_tries:
        return draft.for_person("tries")
    words = house.policy.filling
    why = wrong or (plan.slot(form.asked).wrong if form.asked else words.unclear) or words.wrong
    text, choices = tasks.wanted(house, plan, tried)
    kind = "confirming" if form.confirming else "asked"
    return tasks.ask(house, draft, tried, kind, f"{house.words(why)} {text}", choices)
