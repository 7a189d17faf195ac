"""Mentions -> Relations: every pair of names of a sentence is marked in it and put to a relation model.

The model is any classification bundle that learnt on texts marked by `headwater.relations.marked`; which label means
that nothing joins two names, its head says (`out_of_scope`), or it is called "none".
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from entity_extractor.mentions import Mention
from headwater.errors import InputError
from headwater.relations import NONE, marked, pairs
from headwater.sentences import Edges, sentences_of
from headwater.serving import Classifier
from headwater.spans import Span

__all__ = ["APART", "Relation", "relate"]

APART = 12  # names between two that are still asked about: a list of forty would be 1,560 questions
CHUNK = 1024  # pairs held at a time


@dataclass(frozen=True)
class Relation:
    """`head` is what the label says something of: "Ann Work_For Acme". `probability` is the model's, calibrated."""

    head: Mention
    tail: Mention
    label: str
    probability: float


def relate(text: str, mentions: Sequence[Mention], model: Classifier, minimum: float = 0.5) -> Iterator[Relation]:
    """The relations of a text's names that are at least so probable, in the order of their heads.

    Names of different sentences, and values such as amounts where the model has no type for them, are not asked about.
    Raises InputError for a model that has no label of "no relation".
    """
    head = model.head
    nothing = head.out_of_scope or NONE
    if nothing not in head.labels:
        raise InputError(
            f"{model.model.bundle.manifest.name}: expected a relation model with the label {NONE!r}, got {', '.join(head.labels)}: "
            "train one with models/relations/recipe.toml"
        )
    asked: list[tuple[Mention, Mention, str]] = []
    for one in _asked(text, sorted(mentions)):
        asked.append(one)
        if len(asked) == CHUNK:
            yield from _answered(asked, model, nothing, minimum)
            asked = []
    yield from _answered(asked, model, nothing, minimum)


def _asked(text: str, mentions: Sequence[Mention]) -> Iterator[tuple[Mention, Mention, str]]:
    for (start, end), inside in _by_sentence(text, mentions):
        places = {Span(one.start - start, one.end - start, one.label): number for number, one in enumerate(inside)}
        for head, tail in pairs(list(places)):
            if abs(places[head] - places[tail]) <= APART:
                yield inside[places[head]], inside[places[tail]], marked(text[start:end], head, tail)


def _by_sentence(text: str, mentions: Sequence[Mention]) -> Iterator[tuple[Edges, list[Mention]]]:
    """Each sentence that holds two names or more whole, with them."""
    sentences = sentences_of(text)
    starts = [start for start, _ in sentences]
    held: dict[int, list[Mention]] = {}
    for mention in mentions:
        number = bisect_right(starts, mention.start) - 1
        if number >= 0 and mention.end <= sentences[number][1]:
            held.setdefault(number, []).append(mention)
    return ((sentences[number], inside) for number, inside in held.items() if len(inside) > 1)


def _answered(
    asked: Sequence[tuple[Mention, Mention, str]], model: Classifier, nothing: str, minimum: float
) -> Iterator[Relation]:
    if not asked:
        return
    for (head, tail, _), found in zip(asked, model.predict([text for *_, text in asked]), strict=True):
        if found.label not in (nothing, None) and found.probability >= minimum:
            yield Relation(head, tail, str(found.label), found.probability)
