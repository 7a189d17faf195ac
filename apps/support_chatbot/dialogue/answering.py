"""Questions answered one by one: from the intent's answer, by a question back, or by quotes of the help centre."""

from collections.abc import Sequence
from dataclasses import replace

from support_chatbot.content.templates import literal
from support_chatbot.dialogue import cues, tasks
from support_chatbot.dialogue.draft import Draft, House
from support_chatbot.risk.zones import ANSWER, ASK
from support_chatbot.turn import Choice, Question, Quote

__all__ = [
    "answer",
    "ask_between",
    "ask_questions",
    "block",
    "is_foreign",
    "limit",
    "missed",
    "nothing",
    "person",
    "search",
]

NEAR = 0.75  # of the two intents' probability: cosines are lower than probabilities (chosen on a dozen of either kind)
# What belongs to one matter only, and is forgotten with it. A card or an address stays the customer's.
PASSING = ("amount", "currency", "date", "order", "name")


def is_foreign(house: House, draft: Draft) -> bool:
    language = draft.message.language
    return bool(language) and language not in house.policy.languages.served


def limit(house: House, draft: Draft) -> Draft:
    """Say politely which languages are served; a person takes over if it goes on."""
    draft = draft.says("declined", house.words(house.policy.languages.other), choices=(person(house),))
    return missed(house, draft, "language", house.policy.languages.after)


def ask_questions(house: House, draft: Draft, questions: tuple[Question, ...]) -> Draft:
    """Answer the questions of a message in order, one or two parts each; what is asked twice is answered once."""
    most = house.policy.questions.most
    told: set[str] = set()
    for question in questions[:most]:
        zone = house.zones.zone(question.top)
        if zone == ANSWER:
            if question.top[0][0] in told:
                continue
            told.add(question.top[0][0])
            draft = answer(house, draft, question.top[0][0], question)
        elif zone == ASK and _may_ask(house, draft, question):
            draft = _between(house, draft, question)
        else:
            draft = search(house, draft, question.text)
    if len(questions) > most:
        draft = draft.says("small_talk", house.words(house.policy.questions.more, most=str(most)))
    return draft


def answer(house: House, draft: Draft, intent: str, question: Question | None = None, kind: str = "answered") -> Draft:
    """Answer by the intent, and begin its form if it has one. `kind` is "clarified" after a choice."""
    if intent in house.policy.hand_over.always:
        return draft.at(topic=intent).for_person("always")
    draft = _turn_to(draft, intent, forget=kind == "answered")
    slots = draft.slots_of(question)
    text, answered = house.answer_text(intent, slots), house.answer(intent)
    name = house.policy.form_of(intent, answered.form if answered else None)
    if text is None and name is None:
        return _unanswered(house, draft, intent, question)
    if text is not None:
        draft = draft.says(kind, text, intent=intent)
    draft = draft.at(missed=0)
    return tasks.begin(house, draft, name, intent, slots) if name else draft


def search(house: House, draft: Draft, text: str, beside: tuple[str, ...] = ()) -> Draft:
    """Quote what the help centre says, or say that nothing was found; intents `beside` it become buttons."""
    quotes = house.quotes(_query(house, draft, text))
    if not quotes:
        return nothing(house, draft, house.policy.finding.nothing)
    said = [
        house.words(house.policy.finding.introduction),
        block(quotes),
        *([house.words(house.policy.finding.also)] if beside else []),
    ]
    choices = tuple(Choice(house.title(intent), intent) for intent in beside)
    draft = draft.says("found", "\n\n".join(said), quotes=quotes, choices=choices).at(missed=0)
    return draft.at(offered=beside, offered_for="") if beside and not draft.form else draft


def block(quotes: Sequence[Quote]) -> str:
    """Quotes as Markdown that shows them word for word, the items of a list as a list."""
    return "\n\n".join("> " + literal(quote.text).replace("\n\\- ", "\n- ").replace("\n", "\n> ") for quote in quotes)


def _query(house: House, draft: Draft, text: str) -> str:
    """What is looked up for a question: one that leans on the topic is read with it."""
    title = house.title(draft.state.topic)
    return f"{title}: {text}" if title and cues.is_elliptical(text) else text


def _turn_to(draft: Draft, intent: str, *, forget: bool) -> Draft:
    """The conversation turned to an intent: what was said of another matter is forgotten."""
    slots = dict(draft.state.slots)
    if forget and draft.state.topic not in (None, intent):
        slots = {name: value for name, value in slots.items() if name not in PASSING}
    return draft.at(topic=intent, slots=slots)


def _may_ask(house: House, draft: Draft, question: Question) -> bool:
    """Whether to ask between two intents: not for a second question, and not the same again."""
    return not draft.state.offered and set(house.zones.closest(question.top)) != set(draft.offered_before)


def _between(house: House, draft: Draft, question: Question) -> Draft:
    """Ask which of two intents was meant; what the help centre says comes first where it is near, and they are buttons beneath.

    Questions near the intents and not of them ("Do you offer mortgages?") seem like two of them, too.
    """
    intents = house.zones.closest(question.top)
    likely = sum(share for intent, share in question.top if intent in intents)
    near = max((quote.score for quote in house.quotes(_query(house, draft, question.text))), default=0.0)
    if near and near >= NEAR * likely:
        return search(house, draft, question.text, beside=intents)
    return ask_between(house, draft, intents, question.text)


def ask_between(house: House, draft: Draft, intents: tuple[str, ...], text: str) -> Draft:
    """Ask which of two intents a question meant."""
    words = house.policy.asking
    first, second = (house.title(intent) for intent in intents)
    choices = (*(Choice(house.title(intent), intent) for intent in intents), Choice(words.neither))
    draft = draft.says("asked", house.words(words.between, first=first, second=second), choices=choices)
    return replace(draft.at(offered=intents, offered_for=text), quiet=True)


def _unanswered(house: House, draft: Draft, intent: str, question: Question | None) -> Draft:
    """An intent without an answer: the help centre may have one, else a person has."""
    text = question.text if question else house.title(intent)
    return search(house, draft, text) if house.quotes(text) else draft.for_person("no_answer")


def nothing(house: House, draft: Draft, words: str) -> Draft:
    """Say that there is no answer, in `words` the first time, and in others where the message before had none either."""
    text = house.words(house.policy.finding.again if draft.state.missed else words)
    return missed(house, draft.says("declined", text, choices=(person(house),)), "missed")


def missed(house: House, draft: Draft, reason: str, most: int | None = None) -> Draft:
    """Count a question that found no answer; after so many in a row a person takes over."""
    draft = draft.at(missed=draft.state.missed + 1)
    most = most or house.policy.hand_over.after_missed
    return draft.for_person(reason) if draft.state.missed >= most else draft


def person(house: House) -> Choice:
    """The button that brings a person."""
    return Choice(house.policy.hand_over.button)
