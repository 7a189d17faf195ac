"""Conversations and unanswered questions -> what can be learnt: examples, answers, and clusters that no intent covers."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from support_chatbot.learning.clusters import SMALLEST, Cluster, cluster_questions
from support_chatbot.learning.pairs import ALIKE, BestAnswer, best_answer
from support_chatbot.learning.talk import Exchange, exchanges, is_question
from support_chatbot.learning.transcripts import CUSTOMER, UNRESOLVED, Conversation

__all__ = ["Asked", "Findings", "LikeIntent", "questions_of", "study"]

AGREED, ENOUGH = 0.5, 3  # mean cosine, and conversations, from which agents agree on an answer
MARGIN = 0.05  # by which an intent's answer must be nearer than any other's
TOLD = 0.92  # cosine to the answer that the bot gives already: no better draft
BATCH = 4096

Zone = Callable[[Sequence[tuple[str, float]]], str]  # Zones.zone: "answer", "ask" or "search"
Top = Sequence[tuple[str, float]]


@dataclass(frozen=True)
class Asked:
    """A question and where it was asked: a line of a transcript, or a turn of the store."""

    text: str
    where: str


@dataclass(frozen=True)
class LikeIntent:
    """A question that the bot is not sure of, which agents answered as they answer `intent`; `cosine` of the answers."""

    text: str
    intent: str
    where: str
    cosine: float
    understood: str
    probability: float


@dataclass(frozen=True)
class Findings:
    """What can be proposed. `answers` by intent, where agents agree; `cluster_answers[i]` is that of `clusters[i]`."""

    examples: tuple[LikeIntent, ...]
    answers: Mapping[str, BestAnswer]
    clusters: tuple[Cluster, ...]
    cluster_answers: tuple[BestAnswer | None, ...]
    cluster_places: tuple[tuple[str, ...], ...]
    counts: Mapping[str, int] = field(default_factory=dict)


def questions_of(conversations: Iterable[Conversation]) -> list[Asked]:
    """Every question of the customers."""
    return [
        Asked(turn.text, f"{talk.id} line {turn.line}")
        for talk in conversations
        for turn in talk.turns
        if turn.speaker == CUSTOMER and is_question(turn.text)
    ]


def study(
    conversations: Sequence[Conversation],
    classifier: Any,
    embedder: Any,
    zone: Zone,
    *,
    unanswered: Sequence[Asked] = (),
    told: Mapping[str, str] | None = None,
    smallest: int = SMALLEST,
) -> Findings:
    """Learn from conversations, and from questions that the bot could not answer (`unanswered`).

    `zone` says what the bot would do with a question's intents; `told` is what it answers to each intent now,
    `smallest` how many different questions make a cluster. Each distinct text is classified or embedded once, which is
    nearly all of the time: some 500 texts a second on 2 cores.
    """
    asked = [*questions_of(conversations), *unanswered]
    given = [one for talk in conversations for one in exchanges(talk)]
    tops = _tops(classifier, [one.text for one in asked])
    zones = {text: zone(top) for text, top in tops.items()}
    vectors = _Vectors(embedder)
    vectors.add(one.answer for one in given)
    answers = _answers([one for one in given if zones[one.question] == "answer"], tops, vectors)
    examples = _like(given, zones, tops, answers, vectors)
    taken = {one.text for one in examples}
    open_ones = [one for one in asked if zones[one.text] == "search" and one.text not in taken]
    clusters = _clusters(open_ones, vectors, smallest)
    agreed = {name: best for name, best in answers.items() if _agreed(best)}
    return Findings(
        tuple(examples),
        {name: best for name, best in agreed.items() if not _is_told(best, (told or {}).get(name), vectors)},
        tuple(clusters),
        tuple(_cluster_answer(cluster, given, vectors) for cluster in clusters),
        tuple(_places(cluster, open_ones) for cluster in clusters),
        {
            "conversations": len(conversations), "questions": len(asked), "exchanges": len(given),
            "understood": sum(zones[one.text] == "answer" for one in asked), "uncovered": len(open_ones),
        },
    )  # fmt: skip


class _Vectors:
    """Unit vectors of texts, each embedded once."""

    def __init__(self, embedder: Any) -> None:
        self.embedder, self.rows = embedder, dict[str, int]()
        self.blocks: list[np.ndarray] = []
        self.table: np.ndarray | None = None

    def add(self, texts: Iterable[str]) -> None:
        new = [text for text in dict.fromkeys(texts) if text not in self.rows]
        for start in range(0, len(new), BATCH):
            part = new[start : start + BATCH]
            self.blocks.append(np.asarray(self.embedder.predict(part), dtype=np.float32))
            self.rows |= {text: len(self.rows) + at for at, text in enumerate(part)}
            self.table = None

    def of(self, texts: Iterable[str]) -> np.ndarray:
        wanted = list(texts)
        self.add(wanted)
        if self.table is None:
            self.table = np.concatenate(self.blocks)
            self.blocks = [self.table]
        return self.table[[self.rows[text] for text in wanted]]


def _tops(classifier: Any, texts: Iterable[str]) -> dict[str, Top]:
    distinct = list(dict.fromkeys(texts))
    found: dict[str, Top] = {}
    for start in range(0, len(distinct), BATCH):
        part = distinct[start : start + BATCH]
        found |= {text: guess.top for text, guess in zip(part, classifier.predict(part), strict=True)}
    return found


def _answers(given: Sequence[Exchange], tops: Mapping[str, Top], vectors: _Vectors) -> dict[str, BestAnswer]:
    """The best answer to each intent, of the questions that are surely of it."""
    by_intent: dict[str, list[Exchange]] = defaultdict(list)
    for one in given:
        by_intent[tops[one.question][0][0]].append(one)
    found = {}
    for intent, group in sorted(by_intent.items()):
        best = best_answer(group, vectors.of(one.answer for one in group))
        if best is not None:
            found[intent] = best
    return found


def _agreed(best: BestAnswer) -> bool:
    return best.alike >= ENOUGH and best.agreement >= AGREED


def _is_told(best: BestAnswer, told: str | None, vectors: _Vectors) -> bool:
    if not told:
        return False
    ours, theirs = vectors.of([best.text, told])
    return float(ours @ theirs) >= TOLD


def _like(
    given: Sequence[Exchange],
    zones: Mapping[str, str],
    tops: Mapping[str, Top],
    answers: Mapping[str, BestAnswer],
    vectors: _Vectors,
) -> list[LikeIntent]:
    """Unsure questions whose answer is like one intent's, and clearly less like every other's; each once, the nearest.

    The intent must be among the five that the bot thought of, and the answer must not have left the question
    unresolved: agents are wrong, too.
    """
    unsure = [one for one in given if zones[one.question] != "answer" and one.resolution != UNRESOLVED]
    intents = [intent for intent, best in answers.items() if _agreed(best)]
    if not unsure or not intents:
        return []
    near = vectors.of(one.answer for one in unsure) @ vectors.of(answers[intent].text for intent in intents).T
    found: dict[str, LikeIntent] = {}
    for one, row in zip(unsure, near, strict=True):
        first = int(row.argmax())
        second = np.delete(row, first).max(initial=-1.0)
        thought = intents[first] in dict(tops[one.question])
        if thought and row[first] >= ALIKE and row[first] - second >= MARGIN:
            label, probability = tops[one.question][0]
            where, cosine = f"{one.conversation} line {one.line}", round(float(row[first]), 3)
            like = LikeIntent(one.question, intents[first], where, cosine, label, round(float(probability), 3))
            if one.question not in found or cosine > found[one.question].cosine:
                found[one.question] = like
    return sorted(found.values(), key=lambda like: (like.intent, -like.cosine, like.text))


def _clusters(asked: Sequence[Asked], vectors: _Vectors, smallest: int) -> list[Cluster]:
    counts = Counter(one.text for one in asked)
    texts = list(counts)
    if not texts:
        return []
    return cluster_questions(texts, vectors.of(texts), list(counts.values()), smallest=smallest)


def _cluster_answer(cluster: Cluster, given: Sequence[Exchange], vectors: _Vectors) -> BestAnswer | None:
    texts = set(cluster.questions)
    group = [one for one in given if one.question in texts]
    return best_answer(group, vectors.of(one.answer for one in group)) if group else None


def _places(cluster: Cluster, asked: Sequence[Asked]) -> tuple[str, ...]:
    texts = set(cluster.questions)
    return tuple(dict.fromkeys(one.where for one in asked if one.text in texts))[:10]
