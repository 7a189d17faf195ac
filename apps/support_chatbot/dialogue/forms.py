"""A form and its slots: where it begins, what a message fills or changes in it, what it asks for next."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from support_chatbot.dialogue import cues
from support_chatbot.dialogue.policy import FormPlan, SlotPlan
from support_chatbot.turn import Form, Message

__all__ = ["Taken", "begin", "chosen", "fits", "following", "is_offered", "kinds_of", "said_so_far", "skip", "take"]

LEADING = r"(?:(?i:it was|it is|it['’]s|it says) )?(?:(?i:to|at|from|on|for) )*"  # before a name
# What an answer is read as where the message has no slot of the kind that was asked for.
BARE = {
    "amount": re.compile(r"\D{0,12}?(\d+(?:[.,]\d{1,2})?)\D{0,10}"),
    "card": re.compile(r"\D{0,30}?(?:[\d ]{8,})?(\d{4})\W*"),
    "order": re.compile(r"\W*(?:\w+ ){0,4}?((?=\w*\d)[\w-]{4,30})\W*"),
    "phone": re.compile(r"\D{0,20}?(\+?[\d ()-]{7,20})\W*"),
    "name": re.compile(rf"\W*{LEADING}(\w(?:[^?\n]{{0,58}}\w)?)\W*"),
    "country": re.compile(r"\W*([^\W\d][^?\d\n]{1,40}[^\W\d])\W*"),
}
BARE_NAME = re.compile(rf"{LEADING}(?:[^\W\d_a-z][\w'’&.-]*\s?)+")  # capitals, by which a name is known
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
LONGEST = 500  # characters of a free answer
MOST_WORDS = 6  # of a name


@dataclass(frozen=True)
class Taken:
    """What a message did to a form: the slots it `changed`, and why what was asked for was not taken (`wrong`)."""

    form: Form
    changed: tuple[str, ...] = ()
    wrong: str | None = None


@dataclass(frozen=True)
class Offer:
    """A value that a message holds for a slot."""

    value: str
    start: int
    end: int


def kinds_of(plan: FormPlan) -> set[str]:
    """The slots of messages that this form takes."""
    kinds = {slot.holds for slot in plan.slots}
    return kinds | ({"currency"} if "amount" in kinds else set()) | ({"card_kind"} if "card" in kinds else set())


def is_offered(form: Form) -> bool:
    """Whether the form waits for the yes to begin at all."""
    return form.asked is None and not form.confirming


def begin(plan: FormPlan, name: str, intent: str, known: Mapping[str, str], today: date | None) -> Form:
    """A form with what the customer has said already; values that do not fit are left out, to be asked for."""
    filled: dict[str, str] = {}
    for slot in plan.slots:
        value = known.get(slot.holds) or (known.get("card_kind") if slot.holds == "card" else None)
        first = slot.holds not in {other.holds for other in plan.slots if other.name in filled}
        if value and first and slot.holds not in ("text", "choice") and _wrong(slot, value, today) is None:
            filled[slot.name] = value
    if known.get("currency") and any(slot.holds == "amount" for slot in plan.slots):
        filled.setdefault("currency", known["currency"])
    return Form(name, intent, filled)


def chosen(plan: FormPlan, form: Form, message: Message) -> Form:
    """The form with the choices that the message which began it names: "change my address" says what has changed.

    A slot of which it names two stays open.
    """
    filled = dict(form.filled)
    for slot in plan.slots:
        if slot.holds == "choice" and slot.name not in filled:
            offers = _offers(slot, message, asked=False)
            named = {offer.value for offer in offers if not cues.negated(message.text[: offer.start])}
            if len(named) == 1:
                filled[slot.name] = named.pop()
    return replace(form, filled=filled)


def following(plan: FormPlan, form: Form) -> Form:
    """The form with its next open slot asked for; with none left it waits for a yes, or has nothing asked at all."""
    asked = next((slot.name for slot in plan.slots if slot.name not in form.filled), None)
    return replace(form, asked=asked, confirming=asked is None and plan.confirm)


def said_so_far(form: Form) -> dict[str, str]:
    """The slots that have values: an optional one that was passed over has none."""
    return {name: value for name, value in form.filled.items() if value}


def skip(form: Form) -> Form:
    """The form with the slot that was asked for passed over."""
    return replace(form, filled={**form.filled, str(form.asked): ""}, tries=0)


def fits(slot: SlotPlan, value: str) -> bool:
    """Whether a slot would take the value; a date's "past" and "future" need a day, and are not asked here."""
    return _wrong(slot, value, None) is None


def take(plan: FormPlan, form: Form, message: Message, *, free: bool, today: date | None) -> Taken:
    """Fill and change slots by a message. `free`: its words may be a free answer to what was asked.

    The slot that was asked for comes first; then open ones; then filled ones, which are corrected. Where any words
    would do for what was asked, a message that begins as a correction ("sorry, I meant £40") is first read as one; any
    other is the answer, and corrects nothing.
    """
    back = cues.turns_back(message.text) and _takes_words(plan, form, message)
    filled, changed, used = dict(form.filled), list[str](), set[int]()
    wrong: str | None = None
    for slot in _order(plan, form, back):
        asked = slot.name == form.asked
        if asked and back and (changed or wrong is not None):
            continue  # the message was about another slot: this one stays open
        if form.asked in changed and slot.name in form.filled and plan.slot(changed[0]).holds == "text":
            continue  # the words of a free answer may be about anything
        every = list(_offers(slot, message, asked))
        offers = [offer for offer in every if offer.start not in used and not cues.negated(message.text[: offer.start])]
        value = _pick(
            slot, offers, every, filled, message, asked and free and not (changed or _is_choice(plan, slot, message))
        )
        if value is None and free and not changed and filled.get(slot.name) and _may_mend(plan, form, slot, message):
            value = _mended(slot, message)
        if value is None or value == filled.get(slot.name) or (back and not value and not cues.is_short(message.text)):
            continue
        used |= {offer.start for offer in offers}
        reason = _wrong(slot, value, today) if value else None
        if reason is not None:
            wrong = wrong if wrong is not None else reason
            continue
        changed.append(slot.name)
        if value:
            filled[slot.name] = value
        else:
            filled.pop(slot.name)
        if slot.holds == "amount" and (code := next((s.value for s in message.slots if s.name == "currency"), "")):
            filled["currency"] = code
    if changed:
        return Taken(replace(form, filled=filled, tries=0), tuple(changed))
    return Taken(form, (), wrong)


def _order(plan: FormPlan, form: Form, back: bool) -> list[SlotPlan]:
    """The slots in the order in which a message is read for them; `back`: it corrects what was said before."""
    if back:
        return sorted(plan.slots, key=lambda slot: (slot.name not in form.filled, slot.name != form.asked))
    return sorted(plan.slots, key=lambda slot: (slot.name != form.asked, slot.name in form.filled))


def _takes_words(plan: FormPlan, form: Form, message: Message) -> bool:
    """Whether any words would do for what was asked, and the message has no value of its kind."""
    slot = plan.slot(form.asked) if form.asked else None
    return slot is not None and slot.holds in ("text", "name", "country") and not any(_offers(slot, message, True))


def _pick(
    slot: SlotPlan,
    offers: Sequence[Offer],
    every: Sequence[Offer],
    filled: Mapping[str, str],
    message: Message,
    free: bool,
) -> str | None:
    """The value a message gives a slot: "" to ask for it again, None where it says nothing of it."""
    if offers:
        return (offers[-1] if cues.corrects(message.text) else offers[0]).value
    old, label = filled.get(slot.name), slot.label or slot.name.replace("_", " ")
    called = rf"\b(?:{re.escape(label)}|{slot.holds})\b"  # a recipient may be called the name
    if old is not None and (cues.other_than(message.text, label) or any(offer.value == old for offer in every)):
        rest = [choice for choice in slot.choices if choice != old]
        return rest[0] if len(slot.choices) == 2 and len(rest) == 1 else ""
    if old is not None and cues.corrects(message.text) and re.search(called, message.text, re.I):
        new = re.search(rf"{called} to (.+)", message.text, re.I | re.DOTALL)
        return (_bare(slot, new[1]) if new else None) or ""
    if free and len(slot.choices) == 2 and len(places := cues.choice_among(message.text, slot.choices)) == 1:
        return slot.choices[places[0]]  # "the second one"
    if free:
        return _bare(slot, _beside_slots(message) if slot.holds in ("name", "country") else message.text)
    return None


def _is_choice(plan: FormPlan, slot: SlotPlan, message: Message) -> bool:
    """Whether a message is no more than a choice of another slot, and so no free answer to this one."""
    said = message.text.strip(" .!").casefold()
    return any(said == choice.casefold() for other in plan.slots if other != slot for choice in other.choices)


def _may_mend(plan: FormPlan, form: Form, slot: SlotPlan, message: Message) -> bool:
    """Whether a bare value may be a filled slot's: at the summary; a name also where no words were asked for."""
    return form.confirming or (slot.holds == "name" and not message.slots and not _takes_words(plan, form, message))


def _mended(slot: SlotPlan, message: Message) -> str | None:
    """What a short correction of a summary puts in the place of a value: "no, 50"; words alone ("no, wrong") are none."""
    said = cues.turned_to(message.text)
    looks = {"name": BARE_NAME, "text": re.compile(r".*[\d@].*", re.DOTALL)}.get(slot.holds, re.compile(r".*\d.*"))
    return _bare(slot, said) if said and slot.holds != "choice" and looks.fullmatch(said) else None


def _beside_slots(message: Message) -> str:
    """What a message says first beside its values: "Amazon" of "Amazon, £20, yesterday"; a country may be of a name."""
    text, beside = message.text, [found for found in message.slots if found.name != "country"]
    for found in beside:
        text = text[: found.start] + " " * (found.end - found.start) + text[found.end :]
    pieces = re.split(r"[,;]", text) if beside else [text]
    return next((piece.strip(" .–-") for piece in pieces if re.search(r"[^\W\d_]{2}", piece)), "")


def _offers(slot: SlotPlan, message: Message, asked: bool) -> Iterator[Offer]:
    """Values of the slot's kind and choices by their words, in the order of the text."""
    names = ("card", "card_kind") if slot.holds == "card" else (slot.holds,)
    found = [Offer(item.value, item.start, item.end) for item in message.slots if item.name in names]
    for choice in sorted(slot.choices, key=len, reverse=True):  # an "email address" is no "address"
        if not asked and choice.casefold() in ("yes", "no", "other"):
            continue  # a word that says something else where this was not asked
        for match in re.finditer(rf"(?<!\w){re.escape(choice)}(?!\w)", message.text, re.IGNORECASE):
            if not any(offer.start <= match.start() < offer.end for offer in found):
                found.append(Offer(choice, *match.span()))
    yield from sorted(found, key=lambda offer: (offer.start, -offer.end))


def _bare(slot: SlotPlan, text: str) -> str | None:
    """What was asked for, as the whole of a short answer."""
    said = text.strip()
    if slot.holds == "text":
        return said[:LONGEST] or None
    match = BARE[slot.holds].fullmatch(said) if slot.holds in BARE else None
    if match is None or (slot.holds in ("name", "country") and len(said.split()) > MOST_WORDS):
        return None
    return match[1].replace(",", ".") if slot.holds == "amount" else " ".join(match[1].split())


def _wrong(slot: SlotPlan, value: str, today: date | None) -> str | None:
    """Why a value does not fit its slot: the policy's words, "" where it has none; None where the value fits."""
    fits = not slot.pattern or re.fullmatch(slot.pattern, value, re.IGNORECASE | re.DOTALL) is not None
    if slot.holds == "choice":
        fits = fits and value in slot.choices
    if slot.holds == "amount":
        fits = fits and _within(slot, value)
    if slot.holds == "date":
        fits = fits and DAY.fullmatch(value) is not None  # "next week" is understood, and no day
    if slot.when and today is not None and fits:
        iso = today.isoformat()  # ISO dates sort as they stand
        fits = fits and (value <= iso if slot.when == "past" else value >= iso)
    return None if fits else slot.wrong


def _within(slot: SlotPlan, value: str) -> bool:
    try:
        number = float(value)
    except ValueError:
        return False
    return (slot.least is None or number >= slot.least) and (slot.most is None or number <= slot.most)
