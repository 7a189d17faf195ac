"""Findings -> proposals, and proposals of a new run put into a file that people have worked in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from support_chatbot.learning.pairs import BestAnswer
from support_chatbot.learning.proposals import PROPOSED, Draft, Line, New, Proposals, digest
from support_chatbot.learning.study import Findings

__all__ = ["merge", "propose", "same"]

SAME = 0.85  # nearness of two clusters' examples from which they are one
SHARED = 0.5  # or this share of the examples of the smaller one
MOST_TITLE = 70

Nearness = Callable[[Sequence[str], Sequence[str]], float]


def same(text: str) -> str:
    """What is left of a text without case, blanks and end marks.

    >>> same(" Where is  my CARD?") == same("where is my card")
    True
    """
    return " ".join(text.casefold().split()).rstrip("?!. ")


def propose(findings: Findings) -> Proposals:
    """What a person is to decide, in a stable order: intents by name, new ones by size."""
    examples: dict[str, list[Line]] = {}
    for like in findings.examples:
        evidence = {
            "cosine": like.cosine, "understood": like.understood, "probability": like.probability, "seen": (like.where,),
        }  # fmt: skip
        examples.setdefault(like.intent, []).append(_made(Line(like.text, evidence=evidence)))
    drafts = {
        intent: _made(Draft(intent, best.text, evidence=_evidence(best)))
        for intent, best in sorted(findings.answers.items())
    }
    rows = zip(findings.clusters, findings.cluster_answers, findings.cluster_places, strict=True)
    new = []
    for cluster, best, places in rows:
        evidence = {"questions": cluster.size, "cohesion": round(cluster.cohesion, 3)}
        evidence |= _evidence(best) if best else {"seen": places}
        title = _title(cluster.typical[0])
        new.append(_made(New(cluster.name, title, cluster.typical, best.text if best else "", evidence=evidence)))
    return Proposals({intent: tuple(lines) for intent, lines in sorted(examples.items())}, drafts, tuple(new))


def merge(old: Proposals, new: Proposals, nearness: Nearness | None = None) -> Proposals:
    """The old proposals with those of a new run: no decision and no edit is lost, and nothing is proposed twice.

    An old entry that nobody has touched gives way to the new one of the same intent, example or cluster; every other
    old entry stays as it is, and the new one is dropped. Two clusters are the same where they share `SHARED` of their
    examples, or where `nearness` of their examples is at least `SAME`.
    """
    intents = sorted({*old.examples, *new.examples})
    examples = {intent: _lines(old.examples.get(intent, ()), new.examples.get(intent, ())) for intent in intents}
    drafts = dict(old.drafts)
    for intent, draft in new.drafts.items():
        if intent not in drafts or _untouched(drafts[intent]):
            drafts[intent] = draft
    return Proposals(examples, drafts, _new(old.new, new.new, nearness))


def _lines(old: Sequence[Line], new: Sequence[Line]) -> tuple[Line, ...]:
    """Old lines in their order, then new ones. An edited line is known by what it was made of, too."""
    known = {same(line.text) for line in old} | {line.made for line in old}
    return (*old, *(line for line in new if same(line.text) not in known and line.made not in known))


def _new(old: Sequence[New], new: Sequence[New], nearness: Nearness | None) -> tuple[New, ...]:
    merged, left = list(old), list(new)
    for place, entry in enumerate(old):
        twin = next((other for other in left if _is_same(entry, other, nearness)), None)
        if twin is not None and _untouched(entry):
            merged[place] = twin
        # One old cluster may have come apart: none of its pieces is proposed beside a decision.
        left = [other for other in left if other is not twin and not _is_same(entry, other, nearness)]
    labels = {entry.label for entry in merged}
    return (*merged, *(_renamed(entry, labels) for entry in left))


def _renamed(entry: New, labels: set[str]) -> New:
    """The entry under a label that no other has."""
    label, number = entry.label, 2
    while label in labels:
        label, number = f"{entry.label}_{number}", number + 1
    labels.add(label)
    return entry if label == entry.label else _made(replace(entry, label=label))


def _is_same(one: New, other: New, nearness: Nearness | None) -> bool:
    if one.made and one.made == other.made:
        return True
    ours, theirs = set(map(same, one.examples)), set(map(same, other.examples))
    if not ours or not theirs:
        return one.label == other.label
    if len(ours & theirs) >= SHARED * min(len(ours), len(theirs)):
        return True
    return nearness is not None and nearness(one.examples, other.examples) >= SAME


def _untouched(entry: Draft | New) -> bool:
    return entry.status == PROPOSED and entry.made == digest(entry)


def _made(entry: Any) -> Any:
    return replace(entry, made=digest(entry))


def _evidence(best: BestAnswer) -> Mapping[str, Any]:
    names: Iterable[str] = ("conversations", "alike", "resolved", "known", "agreement", "score", "seen")
    return {name: getattr(best, name) for name in names}


def _title(question: str) -> str:
    """The most typical question as words for a button."""
    words = question.strip().rstrip("?!. ")
    if len(words) > MOST_TITLE:
        words = words[:MOST_TITLE].rsplit(" ", 1)[0] + "…"
    return words[:1].upper() + words[1:]
