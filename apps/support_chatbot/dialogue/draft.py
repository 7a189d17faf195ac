"""A reply in the making: what has been said so far, where the conversation stands, and what the engine may look up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from headwater.errors import InputError
from support_chatbot.content import Answer, Folder
from support_chatbot.dialogue.cues import negated
from support_chatbot.dialogue.policy import FormPlan, Policy
from support_chatbot.dialogue.shown import shown
from support_chatbot.dialogue.template import worded
from support_chatbot.risk.zones import Zones
from support_chatbot.turn import Form, Message, Part, Question, Quote, State

__all__ = ["Draft", "Find", "House"]

Find = Callable[[str], Sequence[Quote]]


@dataclass(frozen=True)
class House:
    """What stays the same over a turn. `now` is the bank's own time; without it, waits are told in general words."""

    policy: Policy
    folder: Folder
    zones: Zones
    find: Find
    now: datetime | None = None

    def answer(self, intent: str) -> Answer | None:
        return self.folder.answers.get(intent)

    def title(self, intent: str | None) -> str:
        """The intent in words."""
        answer = self.answer(intent) if intent else None
        return answer.title if answer else (intent or "").replace("_", " ").strip(" ?").lower()

    def plan(self, form: Form) -> FormPlan | None:
        """A form's plan; None where the policy has lost it since the form began."""
        return self.policy.forms.get(form.name)

    def quotes(self, question: str) -> tuple[Quote, ...]:
        """The quotes that are near enough to the question."""
        return tuple(quote for quote in self.find(question) if quote.score >= self.zones.find)

    def words(self, template: str, slots: Mapping[str, str] | None = None, **more: str) -> str:
        """A sentence with its slots. Facts come before what customers said: {phone} is the bank's."""
        return worded(template, {**more, **self.policy.known}, shown(slots or {}, self.policy.currency))

    def answer_text(self, intent: str, slots: Mapping[str, str]) -> str | None:
        """An intent's answer; None where there is none, or where it needs a slot that is not known."""
        answer = self.answer(intent)
        try:
            return self.words(answer.text, slots) if answer else None
        except InputError:
            return None


@dataclass(frozen=True)
class Draft:
    """The reply so far.

    `reason` is why a person takes over at the end of the turn. `spent`: the message has been dealt with; `quiet`: the
    form under way stays silent. `begun` counts forms begun by this message, `offered_before` is what was offered last.
    """

    message: Message
    state: State
    parts: tuple[Part, ...] = ()
    actions: tuple[tuple[str, Mapping[str, str]], ...] = ()
    reason: str | None = None
    spent: bool = False
    quiet: bool = False
    begun: int = 0
    offered_before: tuple[str, ...] = ()

    def says(self, kind: str, text: str, **more: Any) -> "Draft":
        return replace(self, parts=(*self.parts, Part(kind, text, **more)))

    def at(self, **changes: Any) -> "Draft":
        """The draft with the state changed."""
        return replace(self, state=replace(self.state, **changes))

    def for_person(self, reason: str) -> "Draft":
        """A person takes over; the first reason stays."""
        return replace(self, reason=self.reason or reason)

    def without(self, form: Form) -> "Draft":
        return self.at(forms=tuple(other for other in self.state.forms if other is not form))

    def with_top(self, form: Form) -> "Draft":
        """The form under way replaced by what it has become."""
        return self.at(forms=(*self.state.forms[:-1], form))

    @property
    def form(self) -> Form | None:
        """The form under way."""
        return self.state.forms[-1] if self.state.forms else None

    def slots_of(self, question: Question | None) -> dict[str, str]:
        """What was said so far, with what this question says: not with what another question of the message says."""
        others = [other for other in self.message.questions if question is not None and other != question]
        own = {
            slot.name: slot.value
            for slot in self.message.slots
            if not any(other.start <= slot.start < other.end for other in others)
            and not negated(self.message.text[: slot.start])
        }
        return {**self.state.slots, **own}
