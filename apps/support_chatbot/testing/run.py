"""Hold the conversations of dialogue tests with a bot, and say where it does something else than a test expects."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol

from support_chatbot.content.finding import Finding
from support_chatbot.testing.cases import Case, CaseError, Turn
from support_chatbot.turn import Reply, State, plain, state_of

if TYPE_CHECKING:
    from support_chatbot.bot import Bot

__all__ = ["Difference", "Result", "Speaker", "Step", "dialed", "intents_of", "known_after", "run_case", "run_cases"]


class Speaker(Protocol):
    """A bot, or what stands in for one."""

    def reply(self, state: State, text: str, *, picked: str | None = None, now: datetime | None = None) -> Reply: ...


@dataclass(frozen=True)
class Step:
    """A turn as it went: where the conversation stood, and the reply."""

    before: State
    reply: Reply


@dataclass(frozen=True)
class Difference:
    """What differs in a turn; `turn` counts from 1, and `line` is that of the key in its file."""

    turn: int
    line: int
    key: str
    expected: str
    got: str


@dataclass(frozen=True)
class Result:
    """A case and how it went, up to the first turn that differs; all that differs in that turn is told."""

    case: Case
    steps: tuple[Step, ...]
    differences: tuple[Difference, ...]
    milliseconds: float

    @property
    def passed(self) -> bool:
        return not self.differences

    @property
    def explained(self) -> str:
        """The turn that differs, in lines for a person."""
        if self.passed:
            return ""
        turn = self.case.turns[self.differences[0].turn - 1]
        said = f"[{turn.picked}]" if turn.picked else turn.said
        lines = [f"turn {self.differences[0].turn}, customer: {said if len(said) <= 160 else said[:157] + '...'}"]
        for one in self.differences:
            lines.append(f"  {self.case.file}:{one.line}: {one.key}: expected {one.expected}, got {one.got}")
        if self.steps:
            lines.append("  bot: " + " | ".join(f"({part.kind}) {part.text}" for part in self.steps[-1].reply.parts))
        return "\n".join(lines)


def run_cases(cases: Iterable[Case], bot: "Bot") -> list[Result]:
    """Every case, each with a conversation of its own.

    Raises CaseError where cases name intents, forms, reasons or articles that the bot does not have.
    """
    cases = list(cases)
    if faults := [fault for case in cases for fault in _strangers(case, bot)]:
        raise CaseError(faults)
    dials = {risk: dialed(bot, risk) for risk in {case.risk for case in cases}}
    return [run_case(case, dials[case.risk]) for case in cases]


def run_case(case: Case, bot: Speaker) -> Result:
    """One conversation; the state goes through JSON between its turns, as it does in a store."""
    state, steps, began, now = State(), list[Step](), time.perf_counter(), case.now
    differences: tuple[Difference, ...] = ()
    for number, turn in enumerate(case.turns, 1):
        now += timedelta(minutes=turn.after)
        last = steps[-1].reply if steps else None
        offered = {choice.intent: choice.text for part in last.parts for choice in part.choices} if last else {}
        if turn.picked is not None and last is not None and turn.picked not in offered:
            buttons = ", ".join(str(intent) for intent in offered if intent) or "none"
            differences = (Difference(number, turn.line, "pick", f"a button for {turn.picked}", buttons),)
            break
        said = offered.get(turn.picked, "") if turn.picked is not None else turn.said
        reply = bot.reply(state, said, picked=turn.picked, now=now)
        steps.append(Step(state, reply))
        state = state_of(json.loads(json.dumps(plain(reply.state))))
        if differences := tuple(_differences(number, turn, reply)):
            break
    return Result(case, tuple(steps), differences, 1000 * (time.perf_counter() - began))


def dialed(bot: "Bot", risk: float | None) -> "Bot":
    """The bot with its dial turned to a risk; as it is for None. Raises InputError where the risk cannot be proved."""
    if risk is None:
        return bot
    from support_chatbot.risk.curve import read_risk
    from support_chatbot.risk.thresholds import zones_for

    return replace(bot, zones=zones_for(read_risk(bot.folder.risk_file), risk, find=bot.zones.find))


def intents_of(reply: Reply) -> tuple[str, ...]:
    """What a reply speaks of, each intent once; of one that always goes to a person nothing is said, but it is the topic."""
    said = tuple(dict.fromkeys(part.intent for part in reply.parts if part.intent))
    always = reply.handoff is not None and reply.handoff.reason == "always"
    return (*said, reply.state.topic) if always and reply.state.topic else said


def known_after(reply: Reply) -> dict[str, str]:
    """What is known after a reply: of the conversation, of its form, and of what was done or handed over."""
    known = dict(reply.state.slots)
    for slots in (
        *(form.filled for form in reply.state.forms),
        *(slots for _, slots in reply.actions),
        {slot.name: slot.value for slot in reply.message.slots if slot.name not in known},
        *([reply.handoff.slots] if reply.handoff else []),
    ):
        known |= slots
    return {name: value for name, value in known.items() if value}


def _differences(number: int, turn: Turn, reply: Reply) -> Iterator[Difference]:
    for key, expected in turn.expected.items():
        for wanted, got in _faults(key, expected, reply):
            yield Difference(number, turn.lines.get(key, turn.line), key, wanted, got)


def _faults(key: str, expected: object, reply: Reply) -> Iterator[tuple[str, str]]:
    """(expected, got) where the reply does not do what a key says."""
    if isinstance(expected, Mapping):
        known = known_after(reply)
        for name, value in expected.items():
            if known.get(name, "") != value:
                yield f"{name} {value!r}" if value else f"no {name}", repr(known.get(name, ""))
    elif key in ("says", "not_says"):
        text = _plain_words(reply.text)
        for words in (expected,) if isinstance(expected, str) else expected:  # type: ignore[attr-defined]
            if (_plain_words(words) in text) != (key == "says"):
                yield f"{'' if key == 'says' else 'not '}{words!r}", repr(reply.text)
    else:
        yield from _compared(key, expected, _came(key, reply))


def _compared(key: str, expected: object, came: Sequence[str]) -> Iterator[tuple[str, str]]:
    if expected == "":
        fine = not came
    elif isinstance(expected, str):
        fine = expected in came
    elif key in ("quotes", "offers"):
        fine = set(expected) <= set(came) if expected else not came  # type: ignore[call-overload]
    else:
        fine = expected == tuple(came)
    if not fine:
        words = expected if isinstance(expected, str) else ", ".join(expected)  # type: ignore[arg-type]
        yield words or "none", ", ".join(came) or "none"


def _came(key: str, reply: Reply) -> tuple[str, ...]:
    form = reply.state.forms[-1] if reply.state.forms else None
    choices = [choice for part in reply.parts for choice in part.choices]
    single = {
        "act": reply.message.act,
        "language": reply.message.language,
        "outcome": reply.outcome,
        "reason": reply.handoff.reason if reply.handoff else None,
    }
    if key in single:
        return (single[key],) if single[key] else ()  # type: ignore[return-value]
    if key == "form":
        return (form.name, *([f"{form.name}.{form.asked}"] if form.asked else [])) if form else ()
    return {
        "intent": intents_of(reply),
        "action": tuple(part.kind for part in reply.parts),
        "quotes": tuple(dict.fromkeys(_slug(quote.link) for part in reply.parts for quote in part.quotes)),
        "offers": tuple(words for choice in choices for words in (choice.intent, choice.text) if words),
        "does": tuple(name for name, _ in reply.actions),
    }[key]


def _slug(link: str) -> str:
    return PurePosixPath(link.partition("#")[0]).stem


def _plain_words(text: str) -> str:
    return " ".join(text.casefold().split())


def _strangers(case: Case, bot: "Bot") -> Iterator[Finding]:
    """What a case names and the bot does not have."""
    intents = set(bot.classifier.head.labels)
    forms, articles = bot.policy.forms, {article.slug for article in bot.folder.articles}
    own = {
        "intent": intents,
        "reason": set(bot.policy.hand_over.reasons),
        "does": {plan.action for plan in forms.values()},
        "form": {*forms, *(f"{name}.{slot.name}" for name, plan in forms.items() for slot in plan.slots)},
        "quotes": articles,
    }
    for turn in case.turns:
        if turn.picked is not None and turn.picked not in intents:
            yield Finding.said(case.file, turn.line, f"pick: the bot has no intent {turn.picked!r}")
        for key, known in own.items():
            words = turn.expected.get(key, ())
            for word in (words,) if isinstance(words, str) else words:
                if word and word not in known:
                    line = turn.lines.get(key, turn.line)
                    yield Finding.said(case.file, line, f"{key}: the bot has no {word!r}")
