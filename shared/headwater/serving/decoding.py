"""Logits of a head -> what a caller reads: predictions, label sets, spans, vectors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from headwater.bundle import Head, SpanCalibration
from headwater.calibration import calibrated
from headwater.span_chances import span_chances, unsmoothed
from headwater.spans import Span, Transitions, decode, from_bio, trimmed
from headwater.text import clean, words

__all__ = [
    "Prediction",
    "Result",
    "Run",
    "columns_of",
    "least_words",
    "read_best",
    "read_labels",
    "read_spans",
    "read_vector",
    "run_chances",
    "sigmoid",
    "softmax",
    "span_runs",
]

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
    """Probability of each label by itself, by the hyperbolic tangent, which never overflows."""
    return 0.5 * (1.0 + np.tanh(logits.astype(np.float64) / 2))


def read_best(
    logits: np.ndarray, labels: Sequence[str], temperature: float, threshold: float = 0.0
) -> list[Prediction]:
    """logits float (texts, labels) -> the one best label of each text."""
    probabilities = softmax(logits / temperature)
    order = np.argsort(-probabilities, axis=-1, kind="stable")[:, :TOP]
    best = np.take_along_axis(probabilities, order, axis=-1)
    predictions = []
    for columns, values in zip(order.tolist(), best.tolist(), strict=True):
        top = tuple((labels[column], value) for column, value in zip(columns, values, strict=True))
        predictions.append(Prediction(*top[0], abstained=values[0] < threshold, top=top))
    return predictions


def read_labels(
    logits: np.ndarray, labels: Sequence[str], temperature: float, threshold: float = 0.5
) -> tuple[Prediction, ...]:
    """logits float (labels,) -> every label whose own probability reaches the threshold, likeliest first."""
    probabilities = sigmoid(logits / temperature)
    order = [i for i in np.argsort(-probabilities, kind="stable") if probabilities[i] >= threshold]
    return tuple(Prediction(labels[i], float(probabilities[i])) for i in order)


def read_spans(
    text: str,
    logits: np.ndarray,
    labels: Sequence[str],
    temperature: float,
    threshold: float = 0.0,
    spans: SpanCalibration | None = None,
    transitions: Transitions = (),
) -> tuple[Span, ...]:
    """logits float (words, labels) of the words of `text` -> spans in the order of the text.

    A span's probability is that of its type and both edges being right, as `spans` calibrates it. Without that a span is as
    probable as its least probable word: the chance that the word has the span's type, B- or I- together, so that a
    doubt about where a name begins does not count twice. Spans below the threshold are left out.
    """
    runs, edges = span_runs(text, logits, labels, transitions)
    if spans:
        probabilities = run_chances(logits, labels, [run.whole for run in runs], spans, transitions)
    else:
        probabilities = least_words(logits, labels, [run.kept for run in runs], temperature)
    found = []
    for run, probability in zip(runs, probabilities.tolist(), strict=True):
        if probability >= threshold:
            start, end = edges[run.kept.start][0], edges[run.kept.end - 1][1]
            found.append(Span(start, end, run.kept.label, probability, text[start:end]))
    return tuple(found)


def run_chances(
    logits: np.ndarray,
    labels: Sequence[str],
    runs: Sequence[Span],
    spans: SpanCalibration,
    transitions: Transitions = (),
) -> np.ndarray:
    """The calibrated probability of each run of word numbers: float64 (runs,)."""
    if not runs:
        return np.zeros(0)
    return calibrated(span_chances(unsmoothed(softmax(logits), spans.smoothing), labels, runs, transitions), spans)


def least_words(logits: np.ndarray, labels: Sequence[str], runs: Sequence[Span], temperature: float) -> np.ndarray:
    """The share of each run's type at the word that has least of it: float64 (runs,)."""
    if not runs:
        return np.zeros(0)
    shares = softmax(logits / temperature)
    least = [shares[run.start : run.end, columns_of(run.label, labels)].sum(axis=1).min() for run in runs]
    return np.minimum(least, 1.0)


@dataclass(frozen=True)
class Run:
    """A span in numbers of words: as it was decoded, and without the pictures at its edges."""

    whole: Span
    kept: Span


def span_runs(
    text: str, logits: np.ndarray, labels: Sequence[str], transitions: Transitions = ()
) -> tuple[list[Run], Sequence[tuple[int, int]]]:
    """The best spans of a text, and the edges of its words in characters.

    No temperature changes them: it divides every path's sum alike. Emoji and other pictures at an edge are no part
    of a name; where every word is a span (parts of speech) they may be words like others.
    """
    best = [labels[label] for label in decode(logits, labels, transitions)]
    runs = from_bio([(word, word + 1) for word in range(len(best))], best)
    edges = words(clean(text)) if runs else []  # most texts have few names, and a text without any needs no more
    if "O" not in labels:
        return [Run(run, run) for run in runs], edges
    return [Run(run, kept) for run in runs for kept in trimmed(text, edges, [run])], edges


def columns_of(name: str, labels: Sequence[str]) -> list[int]:
    """The label numbers of a type of spans, whatever their marks."""
    return [number for number, label in enumerate(labels) if label[2:] == name]


def read_vector(logits: np.ndarray) -> np.ndarray:
    """float (dimension,) -> the unit vector, float32."""
    return (logits / max(float(np.linalg.norm(logits)), 1e-12)).astype(np.float32)


def read(
    head: Head,
    texts: Sequence[str],
    logits: Sequence[np.ndarray],
    temperature: float,
    threshold: float | None,
    spans: SpanCalibration | None = None,
) -> Sequence[Result]:
    """Read the logits of each text in the way of the head's kind; a threshold of None is the kind's own."""
    given = {} if threshold is None else {"threshold": threshold}
    if head.kind == "token":
        return [
            read_spans(text, row, head.labels, temperature, **given, spans=spans, transitions=head.transitions)
            for text, row in zip(texts, logits, strict=True)
        ]
    if head.kind == "multi":
        return [read_labels(row, head.labels, temperature, **given) for row in logits]
    if head.kind == "embedding":
        return [read_vector(row) for row in logits]
    return read_best(np.stack(logits), head.labels, temperature, **given) if len(logits) else []
