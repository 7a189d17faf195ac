"""The policy: all that the dialogue decides by, as it stands in policy.toml."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from support_chatbot.retrieval.phrasing import Phrasing

__all__ = [
    "DAYS",
    "KINDS",
    "Asking",
    "Filling",
    "Finding",
    "FormPlan",
    "HandOver",
    "Languages",
    "Policy",
    "Questions",
    "SlotPlan",
    "SmallTalk",
    "Wait",
    "strangers",
]

# What a slot of a form may hold: the slots that are found in messages, free words, or one of its choices only.
KINDS = (
    "amount", "date", "card", "order", "name", "country", "account", "email", "phone", "currency", "text", "choice",
)  # fmt: skip
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Languages:
    """`served` are ISO 639-1 codes; `other` is said to a message in any other language.

    After `after` such messages in a row a person takes over.
    """

    served: tuple[str, ...]
    other: str
    after: int = 2


@dataclass(frozen=True)
class SmallTalk:
    """What is said to an act that is no question; `yes` to `repeat` where nothing was asked.

    `passcode` is said, once, to a message that tells a PIN or another passcode.
    """

    greeting: str
    thanks: str
    goodbye: str
    yes: str
    no: str
    neither: str
    cancel: str
    repeat: str
    who: str
    feelings: str
    no_person: str
    passcode: str


@dataclass(frozen=True)
class Asking:
    """Between two close intents: `between` has {first} and {second}; `neither` is a button; `none` is said to it."""

    between: str
    neither: str
    none: str


@dataclass(frozen=True)
class Finding:
    """`introduction` stands above quotes, `also` between them and intents that may have been meant.

    `nothing` is said where there are no quotes, `unclear` where nothing was asked, and `again` where the message before
    found no answer either.
    """

    introduction: str
    also: str
    nothing: str
    unclear: str
    again: str


@dataclass(frozen=True)
class Questions:
    """At most `most` questions of a message are answered; `more` is said where it held more."""

    most: int
    more: str


@dataclass(frozen=True)
class Wait:
    """The `words` for a wait on `days` between `start` and `end`, hours as HH:MM on the bank's own clock."""

    days: tuple[str, ...]
    start: str
    end: str
    words: str


@dataclass(frozen=True)
class HandOver:
    """When a person takes over, and what is said: after `after_missed` questions in a row without an answer, among others.

    `always` are intents that go to a person; `reasons` names each reason for the person who takes over;
    `said` and `waiting` (to what is written after it) may hold {wait} and {channel}.
    """

    channel: str
    button: str
    said: str
    waiting: str
    otherwise: str
    reasons: Mapping[str, str]
    always: tuple[str, ...] = ()
    waits: tuple[Wait, ...] = ()
    after_missed: int = 3


@dataclass(frozen=True)
class Filling:
    """Words that all forms share: `resumed` and `waiting` have {form}, `wrong` is why a value was not taken; the last are buttons.

    `waiting` is said where another task begins before the yes to one; `expired` where the yes came later than
    `valid` minutes after it was asked for, so that it is asked for anew.
    """

    resumed: str
    waiting: str
    expired: str
    wrong: str
    unclear: str
    dropped: str
    yes: str
    no: str
    skip: str
    stop: str
    valid: int = 30


@dataclass(frozen=True)
class SlotPlan:
    """A slot of a form. `label` is what customers call it; `choices` are buttons, and with kind "choice" all there is.

    A value must match `pattern` whole, lie within `least` and `most` (an amount), and be "past" or "future" (a date);
    `wrong` says so.
    """

    name: str
    question: str
    kind: str = ""
    label: str = ""
    choices: tuple[str, ...] = ()
    optional: bool = False
    pattern: str = ""
    least: float | None = None
    most: float | None = None
    when: str = ""
    wrong: str = ""

    @property
    def holds(self) -> str:
        """The kind: as given, else the slot's name where that is a kind, else a choice or free words."""
        return self.kind or (self.name if self.name in KINDS else "choice" if self.choices else "text")


@dataclass(frozen=True)
class FormPlan:
    """A task. It begins at its `intents` and at answers that name it; with `offer` only after the customer's yes.

    `summary` is asked before `action` where `confirm` is set. After `most_tries` answers that do not fit, a person
    takes over.
    """

    title: str
    action: str
    done: str
    cancelled: str
    slots: tuple[SlotPlan, ...] = ()
    intents: tuple[str, ...] = ()
    offer: str = ""
    summary: str = ""
    confirm: bool = False
    most_tries: int = 3

    def slot(self, name: str) -> SlotPlan:
        return next(slot for slot in self.slots if slot.name == name)


@dataclass(frozen=True)
class Policy:
    """Everything the dialogue decides by. `currency` is meant where none was named, `time_zone` is the bank's; `facts` are slots of all texts.

    `phrasing` names a model that may put quotes into its own words; None, which is off, without that table.
    """

    bank: str
    bot: str
    currency: str
    time_zone: str
    languages: Languages
    small_talk: SmallTalk
    asking: Asking
    finding: Finding
    questions: Questions
    hand_over: HandOver
    filling: Filling
    facts: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, FormPlan] = field(default_factory=dict)
    phrasing: Phrasing | None = None

    @property
    def known(self) -> dict[str, str]:
        """Slots that every text may use: the facts, {bank} and {bot}."""
        return {**self.facts, "bank": self.bank, "bot": self.bot}

    def form_of(self, intent: str, named: str | None = None) -> str | None:
        """The form that an intent begins: the one its answer named, else the one that lists the intent."""
        if named in self.forms:
            return named
        return next((name for name, plan in self.forms.items() if intent in plan.intents), None)


def strangers(policy: Policy, intents: Collection[str]) -> list[str]:
    """Places of the policy that name an intent which is not among `intents`, one sentence each."""
    named = [("hand_over.always", intent) for intent in policy.hand_over.always]
    named += [(f"forms.{name}.intents", intent) for name, plan in policy.forms.items() for intent in plan.intents]
    return [f"{place}: {intent} is no intent of the model" for place, intent in named if intent not in intents]
