"""A type that no model has, taught by examples: what was marked and answered in the store, and what else in some sentences may be one.

A correction of such a type stands under a head of its own, `new-type:PRODUCT`, and the bundle of sentence vectors that made the
suggestion. The model of names was not asked, and says nothing of PRODUCT; nor does a sentence looked through for products say which people
stand in it. So its training rows never mix with those of another head: they teach a model of their own, which a set-up joins as a second [[model]].
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from entity_extractor.learning.prototypes import Prototypes
from entity_extractor.learning.queue import Embeds, sentences
from entity_extractor.mentions import Annotated, Document, Mention
from headwater.bundle import Bundle
from headwater.spans import Span
from headwater.store import Store
from headwater.store.corrections import Correction, record, recorded

__all__ = [
    "FEWEST",
    "Item",
    "Taught",
    "answer",
    "begun",
    "head_of",
    "is_kind",
    "right_of",
    "suggest",
    "suggested",
    "taught",
]

HEAD, SOURCE = "new-type:", "extractor"
KIND = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
FEWEST = 5  # examples before anything is suggested
STEP = 20  # sentences between two steps of a progress bar


@dataclass(frozen=True)
class Item:
    """A sentence with what in it may be of the type; `likely` is the likeliest span's."""

    text: str
    spans: tuple[Span, ...]

    @property
    def likely(self) -> float:
        return max((span.probability for span in self.spans), default=0.0)


@dataclass(frozen=True)
class Taught:
    """All that was said of a type: the last answer to each sentence, whoever gave it, oldest first."""

    kind: str
    answers: dict[str, Correction]

    @property
    def examples(self) -> list[Annotated]:
        """The sentences, each marked whole; one without a mark says what is none."""
        return [
            Annotated(f"{self.kind}-{one.id}", text, tuple(Mention(s.start, s.end, s.label, s.text) for s in right_of(one)))
            for text, one in self.answers.items()
        ]  # fmt: skip

    @property
    def spans(self) -> int:
        """How many are marked."""
        return sum(len(right_of(one)) for one in self.answers.values())


def is_kind(name: str) -> bool:
    """Whether a type may be called so."""
    return KIND.fullmatch(name) is not None


def head_of(kind: str) -> str:
    """The head under which the store holds a type's corrections, and exports them."""
    return f"{HEAD}{kind}"


def begun(store: Store) -> list[str]:
    """The types that somebody has begun, by name."""
    return sorted({one.head.removeprefix(HEAD) for one in recorded(store) if one.head.startswith(HEAD)})


def taught(store: Store, kind: str) -> Taught:
    """What the store knows of a type."""
    last = {one.text: one for one in recorded(store, head=head_of(kind))}
    return Taught(kind, last)


def answer(
    store: Store, bundle: Bundle, kind: str, text: str, right: Collection[Span], said: Sequence[Span] | None, who: str
) -> Correction:
    """Write down which spans of a sentence are of the type: all of them, or none. `said` is what was suggested, None for nothing yet.

    Raises InputError for nobody, and for spans that the text has not.
    """
    kept = bundle.manifest
    spans = tuple(sorted(Span(one.start, one.end, kind, 1.0, text[one.start : one.end]) for one in right))
    given = Correction(
        text, spans, None if said is None else tuple(said), who, kept.name, kept.version, bundle.digest, head_of(kind), "token",
        confidence=min((span.probability for span in said or ()), default=None), source=SOURCE,
    )  # fmt: skip
    return record(store, given, labels=(kind,))


def suggest(
    embedder: Embeds, known: Taught, texts: Sequence[str], progress: Callable[[float], object] = lambda share: None
) -> list[Item]:
    """Sentences with what may be of the type, likeliest first; none of those that somebody has answered.

    Raises InputError as `Prototypes.learn` does.
    """
    learnt = Prototypes(embedder).learn(known.examples)
    left = [text for text in texts if text not in known.answers]
    items: list[Item] = []
    for start in range(0, len(left), STEP):
        progress(start / len(left))
        some = left[start : start + STEP]
        items += [Item(text, tuple(one.span for one in found)) for text, found in zip(some, learnt.suggest_all(some), strict=True)]  # fmt: skip
    return sorted((item for item in items if item.spans), key=lambda item: -item.likely)


def suggested(
    embedder: Embeds, examples: Sequence[Annotated], documents: Iterable[Document], least: float
) -> list[Annotated]:
    """The same from a file of examples: the sentences of documents, masked, with what may be of the examples' types, likeliest first.

    Raises InputError as `Prototypes.learn` does.
    """
    learnt, ids = Prototypes(embedder).learn(examples), sentences(documents)
    known, found = {one.text for one in examples}, list[Annotated]()
    texts = [text for text in ids if text not in known]
    for start in range(0, len(texts), STEP):
        some = texts[start : start + STEP]
        told = zip(some, learnt.suggest_all(some, least=least), strict=True)
        found += [Annotated(ids[text], text, mentions) for text, mentions in told if mentions]
    return sorted(found, key=lambda one: -max(mention.probability for mention in one.mentions))


def right_of(one: Correction) -> list[Span]:
    """The spans that a person said are right."""
    return [span for span in one.right if isinstance(span, Span)]
