"""Logits of a head -> what a caller reads: predictions, label sets, spans, vectors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from headwater.bundle import Head
from headwater.spans import Span, decode, from_bio
from headwater.text import clean, words

__all__ = ["Prediction", "Result", "read_labels", "read_one", "read_spans", "read_vector", "sigmoid", "softmax"]

TOP = 5


@dataclass(frozen=True)
class Prediction:
    """The likeliest label of a text and its calibrated probability.

    `abstained` is True where the probability is below the threshold that was asked for: the label is then the
    model's best guess, not an answer. `top` holds the five likeliest labels, best first.
    """

    label: str
    probability: float
    abstained: bool = False
    top: tuple[tuple[str, float], ...] = ()


Result = Prediction | tuple[Prediction, ...] | tuple[Span, ...] | np.ndarray


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities over the last axis, computed in float64."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Probability of each label by itself."""
    return 1.0 / (1.0 + np.exp(-logits.astype(np.float64)))


def read_one(logits: np.ndarray, labels: Sequence[str], temperature: float, threshold: float = 0.0) -> Prediction:
    """logits float (labels,) -> the one best label."""
    probabilities = softmax(logits / temperature)
    order = np.argsort(-probabilities)[:TOP]
    top = tuple((labels[i], float(probabilities[i])) for i in order)
    return Prediction(*top[0], abstained=top[0][1] < threshold, top=top)


def read_labels(
    logits: np.ndarray, labels: Sequence[str], temperature: float, threshold: float = 0.5
) -> tuple[Prediction, ...]:
    """logits float (labels,) -> every label whose own probability reaches the threshold, likeliest first."""
    probabilities = sigmoid(logits / temperature)
    order = [i for i in np.argsort(-probabilities) if probabilities[i] >= threshold]
    return tuple(Prediction(labels[i], float(probabilities[i])) for i in order)


def read_spans(
    text: str, logits: np.ndarray, labels: Sequence[str], temperature: float, threshold: float = 0.0
) -> tuple[Span, ...]:
    """logits float (words, labels) of the words of `text` -> spans in the order of the text.

    A span is as probable as its least probable word: the chance that the word has the span's type, B- or I-
    together, so that a doubt about where a name begins does not count twice. Spans below the threshold are left out.
    """
    edges = words(clean(text))
    log_probabilities = np.log(softmax(logits / temperature) + 1e-12)
    best = decode(log_probabilities, labels)
    types = [label[2:] for label in labels]
    sure = [_type_probability(np.exp(log_probabilities[word]), types, label) for word, label in enumerate(best)]
    starts = {start: word for word, (start, _) in enumerate(edges)}
    spans = []
    for span in from_bio(edges, [labels[label] for label in best]):
        word, probabilities = starts[span.start], []
        while word < len(edges) and edges[word][1] <= span.end:
            probabilities.append(sure[word])
            word += 1
        probability = min(probabilities)
        if probability >= threshold:
            spans.append(Span(span.start, span.end, span.label, probability, text[span.start : span.end]))
    return tuple(spans)


def _type_probability(row: np.ndarray, types: Sequence[str], label: int) -> float:
    return min(1.0, float(sum(row[i] for i, name in enumerate(types) if name == types[label])))


def read_vector(logits: np.ndarray) -> np.ndarray:
    """float (dimension,) -> the unit vector, float32."""
    return (logits / max(float(np.linalg.norm(logits)), 1e-12)).astype(np.float32)


def read(head: Head, text: str, logits: np.ndarray, temperature: float, threshold: float | None) -> Result:
    """Read one text's logits in the way of the head's kind; a threshold of None is the kind's own."""
    given = {} if threshold is None else {"threshold": threshold}
    if head.kind == "token":
        return read_spans(text, logits, head.labels, temperature, **given)
    if head.kind == "multi":
        return read_labels(logits, head.labels, temperature, **given)
    if head.kind == "embedding":
        return read_vector(logits)
    return read_one(logits, head.labels, temperature, **given)
