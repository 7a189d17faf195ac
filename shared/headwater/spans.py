"""Labels of words <-> spans of characters.

Spans are what people read and correct; BIO labels of words are what a token head learns. Both directions are
here, so that training, serving and scoring cannot disagree about an edge.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

__all__ = ["Span", "bio_labels", "decode", "first_tokens", "from_bio", "to_bio"]

Edges = Sequence[tuple[int, int]]


@dataclass(frozen=True, order=True)
class Span:
    """A labelled stretch `text[start:end]` of a text, in characters. Two spans are equal when place and label are."""

    start: int
    end: int
    label: str
    probability: float = field(default=1.0, compare=False)
    text: str = field(default="", compare=False)


def bio_labels(types: Sequence[str]) -> tuple[str, ...]:
    """The labels of a token head: O, then B- and I- of each type.

    >>> bio_labels(["LOC", "PER"])
    ('O', 'B-LOC', 'I-LOC', 'B-PER', 'I-PER')
    """
    return ("O", *(f"{mark}-{name}" for name in types for mark in "BI"))


def to_bio(words: Edges, spans: Sequence[Span]) -> list[str]:
    """Label each word by the span that it touches; a word that two spans touch belongs to the earlier one.

    >>> to_bio([(0, 3), (4, 8), (9, 12)], [Span(4, 12, "LOC")])
    ['O', 'B-LOC', 'I-LOC']
    """
    labels, queue, at = [], sorted(spans), 0
    previous = None
    for start, end in words:
        while at < len(queue) and queue[at].end <= start:
            at += 1
        span = queue[at] if at < len(queue) and queue[at].start < end else None
        labels.append("O" if span is None else f"{'I' if span is previous else 'B'}-{span.label}")
        previous = span
    return labels


def from_bio(words: Edges, labels: Sequence[str]) -> list[Span]:
    """Join words into spans. An I- that follows nothing of its type starts a span, as conlleval has it.

    >>> from_bio([(0, 3), (4, 8), (9, 12)], ["O", "B-LOC", "I-LOC"])
    [Span(start=4, end=12, label='LOC', probability=1.0, text='')]
    """
    spans: list[Span] = []
    previous = "O"
    for (start, end), label in zip(words, labels, strict=True):
        mark, _, name = label.partition("-")
        if mark == "I" and previous != "O" and previous.partition("-")[2] == name:
            spans[-1] = Span(spans[-1].start, end, name)
        elif mark != "O":
            spans.append(Span(start, end, name))
        previous = label
    return spans


def first_tokens(words: Edges, offsets: np.ndarray) -> np.ndarray:
    """For each word the token that covers its first character, or -1: int64 (words,). `offsets` int64 (tokens, 2)."""
    edges = np.asarray(words, dtype=np.int64).reshape(-1, 2)
    real = np.flatnonzero(offsets[:, 1] > offsets[:, 0])
    if not len(real) or not len(edges):
        return np.full(len(edges), -1, dtype=np.int64)
    # A word may begin inside a token ("▁(a") and a character may be cut into several tokens: take the first of them.
    at = np.searchsorted(offsets[real, 1], edges[:, 0], side="right")
    inside = at < len(real)
    token = real[np.minimum(at, len(real) - 1)]
    return np.where(inside & (offsets[token, 0] < edges[:, 1]), token, -1)


def decode(log_probabilities: np.ndarray, labels: Sequence[str]) -> list[int]:
    """The best label sequence in which every I- follows a B- or I- of its own type (Viterbi, 1967).

    `log_probabilities` float (words, labels) -> words label numbers. Without the rule a tagger's argmax may emit
    an I-LOC after an O, which no scorer reads alike.
    """
    if not len(log_probabilities):
        return []
    allowed = _transitions(tuple(labels))
    score = log_probabilities[0] + np.where(np.char.startswith(labels, "I-"), -np.inf, 0.0)
    back = np.zeros(log_probabilities.shape, dtype=np.int64)
    for word in range(1, len(log_probabilities)):
        paths = score[:, None] + allowed
        back[word] = paths.argmax(axis=0)
        score = paths.max(axis=0) + log_probabilities[word]
    best = [int(score.argmax())]
    for word in range(len(log_probabilities) - 1, 0, -1):
        best.append(int(back[word, best[-1]]))
    return best[::-1]


def _transitions(labels: tuple[str, ...]) -> np.ndarray:
    """0 where label j may follow label i, minus infinity where not: float (labels, labels)."""
    types = [label[2:] for label in labels]
    allowed = np.zeros((len(labels), len(labels)))
    for j, label in enumerate(labels):
        if label.startswith("I-"):
            allowed[:, j] = [0.0 if types[i] == types[j] and labels[i] != "O" else -np.inf for i in range(len(labels))]
    return allowed
