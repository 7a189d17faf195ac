"""Labels of words <-> spans of characters.

Spans are what people read and correct; BIO labels of words are what a token head learns. Both directions are
here, so that training, serving and scoring cannot disagree about an edge.

A head of a foreign checkpoint may have types without B-: their spans begin with I-, and, where it has S- labels,
with S- right after a span of the same type (see `headwater.export.schemes`).
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

__all__ = ["Span", "bio_labels", "covered", "decode", "first_tokens", "from_bio", "rules", "to_bio", "trimmed"]

JOINERS = "\ufe0e\ufe0f\u20e3"  # of emoji: two variation selectors, and the frame of a key
Edges = Sequence[tuple[int, int]]
Transitions = tuple[tuple[float, ...], ...]


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


def trimmed(text: str, words: Edges, runs: Sequence[Span]) -> Iterator[Span]:
    """Runs of word numbers without the emoji, other pictures and invisible signs at their edges.

    No set of news has them, so a tagger guesses: a flag after a city would be the end of its name.

    >>> [(run.start, run.end) for run in trimmed("Oslo \U0001f642", [(0, 4), (5, 6)], [Span(0, 2, "LOC")])]
    [(0, 1)]
    """
    for run in runs:
        start, end = run.start, run.end
        while start < end and _is_picture(text[slice(*words[start])]):
            start += 1
        while end > start and _is_picture(text[slice(*words[end - 1])]):
            end -= 1
        if start < end:
            yield replace(run, start=start, end=end)


def _is_picture(word: str) -> bool:
    """Whether a word is only symbols such as emoji (by Unicode category), with the signs that join and tint them."""
    return all(sign in JOINERS or unicodedata.category(sign) in ("So", "Sk", "Cf", "Cs", "Co", "Cn") for sign in word)


def covered(edges: np.ndarray, offsets: np.ndarray) -> slice:
    """The words that a window's tokens may touch; `edges` int64 (words, 2), `offsets` int64 (tokens, 2).

    A long text has many windows: looking at all its words in each would cost the square of its length.
    """
    real = offsets[offsets[:, 1] > offsets[:, 0]]
    if not len(real):
        return slice(0, 0)
    first = np.searchsorted(edges[:, 1], real[0, 0], side="right")
    return slice(int(first), int(np.searchsorted(edges[:, 0], real[-1, 1], side="left")))


def first_tokens(words: Edges | np.ndarray, offsets: np.ndarray) -> np.ndarray:
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


def decode(scores: np.ndarray, labels: Sequence[str], transitions: Transitions = ()) -> list[int]:
    """The best label sequence in which every I- follows a label of its own type (Viterbi, 1967).

    `scores` float (words, labels) -> words label numbers. Without the rule a tagger's argmax may emit
    an I-LOC after an O, which no scorer reads alike. An I- whose type has no B- may stand anywhere. `transitions`, as a
    head has them, are scores of a linear-chain CRF (Lafferty et al. 2001) beside the rule.
    """
    if not len(scores):
        return []
    start, allowed = rules(tuple(labels), transitions)
    likeliest = scores.argmax(axis=1)
    if not transitions and start[likeliest[0]] + allowed[likeliest[:-1], likeliest[1:]].sum() == 0:
        return likeliest.tolist()  # nothing beats the best of every word, where it is allowed: so it is in most texts
    score = scores[0] + start
    back = np.zeros(scores.shape, dtype=np.int64)
    for word in range(1, len(scores)):
        paths = score[:, None] + allowed
        back[word] = paths.argmax(axis=0)
        score = paths.max(axis=0) + scores[word]
    best = [int(score.argmax())]
    for word in range(len(scores) - 1, 0, -1):
        best.append(int(back[word, best[-1]]))
    return best[::-1]


@lru_cache(maxsize=16)
def rules(labels: tuple[str, ...], transitions: Transitions = ()) -> tuple[np.ndarray, np.ndarray]:
    """0 where label j may begin a text, float (labels,), and where it may follow label i, (labels, labels); minus infinity where not. With what `transitions` add."""
    opened = {label[2:] for label in labels if label.startswith("B-")}
    start, allowed = np.zeros(len(labels)), np.zeros((len(labels), len(labels)))
    for j, label in enumerate(labels):
        if label.startswith("I-") and label[2:] in opened:
            start[j] = -np.inf
            allowed[:, j] = [0.0 if other != "O" and other[2:] == label[2:] else -np.inf for other in labels]
    if transitions:
        return start + transitions[0], allowed + transitions[1:]
    return start, allowed
