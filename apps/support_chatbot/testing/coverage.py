"""What dialogue tests reach of a bot, and what they do not: intents, the branches of its forms, acts, reasons, outcomes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support_chatbot.dialogue import Policy
from support_chatbot.dialogue.policy import FormPlan
from support_chatbot.dialogue.template import worded
from support_chatbot.testing.run import Result, Step, intents_of
from support_chatbot.turn import ACTS, KINDS, OUTCOMES, Form, Reply, State

if TYPE_CHECKING:
    from support_chatbot.bot import Bot

__all__ = ["Reach", "branches_of", "branches_taken", "coverage_of"]

# Ways of answering "this or that?".
ASKING = ("first", "second", "neither", "something else")


@dataclass(frozen=True)
class Reach:
    """Of one kind of thing, what was reached, with how many turns did, and what was `missed`."""

    reached: Mapping[str, int]
    missed: tuple[str, ...]

    @property
    def share(self) -> float:
        """1 where there is nothing to reach."""
        total = len(self.reached) + len(self.missed)
        return len(self.reached) / total if total else 1.0


def coverage_of(results: Iterable[Result], bot: "Bot") -> dict[str, Reach]:
    """Reach by kind: intents, forms (as `form: branch`), acts, actions, outcomes, reasons, asking, waits.

    An intent is reached by a reply that speaks of it. Only turns that went as expected count.
    """
    steps = [step for result in results for step in result.steps[: len(result.steps) - (not result.passed)]]
    head, policy = bot.classifier.head, bot.policy
    replies = [step.reply for step in steps]
    silent = set(head.labels) - set(bot.folder.answers) - {head.out_of_scope}  # only these can lack an answer
    waits = (*(wait.words for wait in policy.hand_over.waits), policy.hand_over.otherwise)
    return {
        "intents": _reach(
            [label for label in head.labels if label != head.out_of_scope],
            (intent for reply in replies for intent in intents_of(reply)),
        ),
        "forms": _reach(
            [f"{name}: {branch}" for name, plan in policy.forms.items() for branch in branches_of(plan)],
            (branch for step in steps for branch in branches_taken(step.before, step.reply, policy)),
        ),
        "acts": _reach(ACTS, (reply.message.act for reply in replies if reply.message.act)),
        "actions": _reach(KINDS, (part.kind for reply in replies for part in reply.parts)),
        "outcomes": _reach(OUTCOMES, (reply.outcome for reply in replies)),
        "reasons": _reach(
            [reason for reason in policy.hand_over.reasons if reason != "no_answer" or silent],
            (reply.handoff.reason for reply in replies if reply.handoff),
        ),
        "asking": _reach(ASKING, (way for step in steps for way in _asked(step, policy))),
        "waits": _reach(
            [worded(words, policy.known, {}) for words in waits],
            (reply.handoff.wait for reply in replies if reply.handoff),
        ),
    }


def branches_of(plan: FormPlan) -> tuple[str, ...]:
    """Every branch of a form that a conversation can take.

    offer, offer refused; ask SLOT; skip SLOT (optional ones); wrong value (where one can be wrong); change (a value said
    before, replaced); interruption (something else is asked, and the form comes back); confirm, refused;
    cancel; done; a person (too many wrong values).
    """
    picky = any(slot.holds != "text" or slot.pattern for slot in plan.slots)
    return (
        *(("offer", "offer refused") if plan.offer else ()),
        *(f"ask {slot.name}" for slot in plan.slots),
        *(f"skip {slot.name}" for slot in plan.slots if slot.optional),
        *(("wrong value", "a person") if picky else ()),
        *(("change",) if plan.slots else ()),
        "interruption",
        *(("confirm", "refused") if plan.confirm else ()),
        *(("cancel",) if plan.slots else ()),
        "done",
    )


def branches_taken(before: State, reply: Reply, policy: Policy) -> Iterator[str]:
    """The branches, as `form: branch`, that a turn took. The form under way before it is the one that it was said to."""
    was = before.forms[-1] if before.forms else None
    kinds = {part.kind for part in reply.parts}
    if was is not None and was.name in policy.forms:
        now = next((form for form in reply.state.forms if form.name == was.name), None)
        yield from (f"{was.name}: {branch}" for branch in _of_form(was, now, reply, kinds))
    for form in reply.state.forms[-1:]:
        if form.asked and kinds & {"asked", "resumed"} and not reply.state.offered:
            yield f"{form.name}: ask {form.asked}"
        if form.confirming and "confirming" in kinds:
            yield f"{form.name}: confirm"
        if not form.asked and not form.confirming and "asked" in kinds:
            yield f"{form.name}: offer"
    for action, _ in reply.actions:
        yield from (f"{name}: done" for name, plan in policy.forms.items() if plan.action == action)


def _of_form(was: Form, now: Form | None, reply: Reply, kinds: set[str]) -> Iterator[str]:
    offered = not was.asked and not was.confirming
    if "cancelled" in kinds and now is None:
        act = reply.message.act
        yield "offer refused" if offered else "refused" if was.confirming and act != "cancel" else "cancel"
    if now is None:
        return
    if now.tries > was.tries:
        yield "a person" if reply.handoff and reply.handoff.reason == "tries" else "wrong value"
    if any(value and now.filled.get(name) != value for name, value in was.filled.items()):
        yield "change"
    if "resumed" in kinds and now == was:
        yield "interruption"
    if was.asked and was.asked in now.filled and not now.filled[was.asked]:
        yield f"skip {was.asked}"


def _asked(step: Step, policy: Policy) -> Iterator[str]:
    """How "this or that?" was answered in a turn."""
    offered = step.before.offered
    if not offered:
        return
    chosen = {part.intent for part in step.reply.parts if part.kind == "clarified"}
    if step.reply.state.topic in policy.hand_over.always:
        chosen.add(step.reply.state.topic)
    yield from (way for way, intent in zip(ASKING, offered, strict=False) if intent in chosen)
    if not chosen & set(offered):
        said = step.reply.message.text.strip().casefold()
        refused = step.reply.message.act in ("no", "neither") or said == policy.asking.neither.casefold()
        yield "neither" if refused else "something else"


def _reach(known: Sequence[str], came: Iterable[str | None]) -> Reach:
    counts = dict.fromkeys(known, 0)
    for name in came:
        if name in counts:
            counts[name] += 1
    return Reach(
        {name: count for name, count in counts.items() if count},
        tuple(name for name, count in counts.items() if not count),
    )
