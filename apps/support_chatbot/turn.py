"""What passes between the rooms of the bot: a message understood, where a conversation stands, and what the bot says.

    text -> understanding -> Message -> dialogue (State, Policy) -> Reply (its parts, the next State)

All of it is frozen and plain: `plain()` makes JSON values of any of them, `state_of()` reads a State back.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = [
    "ACTS",
    "KINDS",
    "OUTCOMES",
    "Choice",
    "Form",
    "Handoff",
    "Message",
    "Part",
    "Question",
    "Quote",
    "Reply",
    "Slot",
    "State",
    "is_personal",
    "plain",
    "state_of",
]

# What a whole message may be instead of a question.
ACTS = (
    "greeting",
    "thanks",
    "goodbye",
    "yes",
    "no",
    "neither",
    "cancel",
    "human",
    "no_person",
    "repeat",
    "who",
    "feelings",
)
# What a part of a reply does.
KINDS = (
    "answered", "found", "clarified", "asked", "confirming", "done", "cancelled", "resumed", "small_talk", "declined",
    "handed_over",
)  # fmt: skip
# What a turn counts as: exactly one, the first of these that any of its parts is. "asked" to "small_talk" are
# steps on the way, and count for the conversation as a whole.
OUTCOMES = ("handed_over", "answered", "found", "clarified", "declined", "under_way", "small_talk")
PERSONAL = ("account", "card", "email", "phone")  # names of slots
LAST_FOUR = re.compile(r"\d{0,4}|[a-z]+")  # of a card; and "debit", "virtual"


@dataclass(frozen=True)
class Slot:
    """A value in a message: `message.text[start:end] == text`.

    `value` is canonical: an ISO 8601 date, a decimal number ("20.50"), an ISO 4217 code, digits alone, a name as written.
    """

    name: str
    value: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Question:
    """One question of a message. `top`: intents with their calibrated probabilities, likeliest first."""

    text: str
    start: int
    end: int
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Message:
    """A customer's message. `act` is one of ACTS where the message as a whole is that and no question.

    `language` is an ISO 639-1 code, "" where the text is too short to tell. `picked` is the intent of the button
    that was pressed, if one was. `told`: it held a PIN or another passcode, in whose place the text has "[code]".
    """

    text: str
    language: str = ""
    act: str | None = None
    questions: tuple[Question, ...] = ()
    slots: tuple[Slot, ...] = ()
    picked: str | None = None
    told: bool = False


@dataclass(frozen=True)
class Form:
    """A task under way. `asked` is the slot that was asked for last; `confirming`: all is there but the customer's yes.

    `since` is when a yes was last asked for, in seconds since 1970; None where that is not known.
    """

    name: str
    intent: str
    filled: Mapping[str, str] = field(default_factory=dict)
    asked: str | None = None
    confirming: bool = False
    tries: int = 0
    since: int | None = None


@dataclass(frozen=True)
class State:
    """Where a conversation stands. The last of `forms` is under way, those before it were interrupted.

    `offered` are the intents the bot asked between, and `offered_for` the question they were offered for;
    `topic` is the intent last spoken of; `slots` what the customer has said so far; `missed` counts the
    questions in a row that found no answer; `recent` are the last questions, for the person who may take over.
    `status` is open, handed_over or closed; `warned`: the customer has been asked never to tell passcodes.
    """

    turns: int = 0
    forms: tuple[Form, ...] = ()
    offered: tuple[str, ...] = ()
    offered_for: str = ""
    topic: str | None = None
    slots: Mapping[str, str] = field(default_factory=dict)
    missed: int = 0
    status: str = "open"
    recent: tuple[str, ...] = ()
    warned: bool = False


@dataclass(frozen=True)
class Quote:
    """A sentence of a passage, word for word. `link` is where it stands; `score` is how near it is to the question (cosine)."""

    text: str
    title: str
    link: str
    passage: str
    score: float = 0.0


@dataclass(frozen=True)
class Choice:
    """A quick reply: the button's words, and the intent it stands for (None: the words are sent as they are)."""

    text: str
    intent: str | None = None


@dataclass(frozen=True)
class Part:
    """One thing the bot says. `kind` is one of KINDS; `text` is Markdown."""

    kind: str
    text: str
    intent: str | None = None
    quotes: tuple[Quote, ...] = ()
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Handoff:
    """What a person gets who takes over. `reason` is one of the policy's; `wait` is what the customer was told.

    `summary` says in the bank's words what stands after it in parts: the intent last spoken of, the tasks under way, latest
    first, each by its intent with what was filled in, and the customer's last questions.
    """

    reason: str
    summary: str
    slots: Mapping[str, str]
    wait: str
    topic: str | None = None
    tasks: tuple[tuple[str, Mapping[str, str]], ...] = ()
    recent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reply:
    """What the bot says to a message, and where the conversation stands then.

    `actions` are tasks that the customer has confirmed: (name, slots), for another system to do.
    """

    message: Message
    parts: tuple[Part, ...]
    state: State
    handoff: Handoff | None = None
    actions: tuple[tuple[str, Mapping[str, str]], ...] = ()

    @property
    def text(self) -> str:
        return "\n\n".join(part.text for part in self.parts)

    @property
    def outcome(self) -> str:
        kinds = {part.kind for part in self.parts}
        if kinds & {"asked", "confirming", "done", "cancelled", "resumed"}:
            kinds.add("under_way")
        return next((outcome for outcome in OUTCOMES if outcome in kinds), "small_talk")


def is_personal(name: str, value: str) -> bool:
    """Whether a slot's value says who somebody is, so that it is masked where it is kept.

    >>> is_personal("card", "4111 1111 1111 1112"), is_personal("card", "1112"), is_personal("amount", "20")
    (True, False, False)
    """
    return name in PERSONAL and not (name == "card" and LAST_FOUR.fullmatch(value.lower()))


def plain(value: Any) -> Any:
    """The JSON values of any of these.

    >>> plain(Choice("Card arrival", "card_arrival"))
    {'text': 'Card arrival', 'intent': 'card_arrival'}
    """
    return asdict(value)


def state_of(content: Mapping[str, Any]) -> State:
    """A State from what `plain` made of it, also after a trip through JSON.

    >>> state_of(plain(State(turns=2, forms=(Form("block", "lost_or_stolen_card"),)))).forms[0].name
    'block'
    """
    values = dict(content)
    forms = tuple(Form(**form) for form in values.pop("forms", ()))
    lists = {name: tuple(values.get(name, ())) for name in ("offered", "recent")}
    return State(**{**values, "forms": forms, **lists})
