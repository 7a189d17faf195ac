"""Labelled rows and a model's logits -> the numbers that are reported; one road for training, gate and `evaluate`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from headwater.bundle import Head, SpanCalibration
from headwater.data.example import Example
from headwater.errors import DataError
from headwater.metrics import (
    Counts,
    Interval,
    document_counts,
    document_metrics,
    label_set_counts,
    label_set_metrics,
    per_label,
)
from headwater.serving.decoding import Prediction, Result, read, sigmoid, softmax, span_runs
from headwater.span_chances import span_chances, unsmoothed
from headwater.span_metrics import span_counts, span_metrics, word_counts
from headwater.spans import Span
from headwater.text import clean, words

__all__ = ["DEFAULT_METRIC", "Evaluation", "evaluate_head", "labelled", "run_answers", "span_answers"]

DEFAULT_METRIC = {"single": "accuracy", "pair": "accuracy", "multi": "macro_f1", "token": "span_f1"}


@dataclass(frozen=True)
class Evaluation:
    """How one head did on labelled rows.

    `counts` are by label (of spans: by type), `tokens` by BIO label of words, with O; `confidence` and `correct`
    are of every answer (of a tagger: of every predicted span), for calibration.
    """

    metrics: dict[str, Interval]
    counts: Counts
    tokens: Counts | None
    confidence: np.ndarray
    correct: np.ndarray

    @property
    def per_label(self) -> dict[str, dict[str, float]]:
        return per_label(self.counts)


def labelled(head: Head, examples: Sequence[Example]) -> list[int]:
    """The numbers of the rows that have a target for this head. Raises DataError where there are none."""
    rows = [number for number, row in enumerate(examples) if head.name in row.targets]
    if not rows:
        raise DataError(f"head {head.name}: expected labelled rows, got {len(examples)} rows without a label for it")
    return rows


def evaluate_head(
    head: Head,
    examples: Sequence[Example],
    logits: Sequence[np.ndarray],
    temperature: float = 1.0,
    spans: SpanCalibration | None = None,
) -> Evaluation:
    """Measure one head on the rows that are labelled for it; `logits[i]` as `Predictor.logits` gives them."""
    rows = labelled(head, examples)
    results = read(head, [examples[i].text for i in rows], [logits[i] for i in rows], temperature, None, spans)
    gold = [examples[i].targets[head.name] for i in rows]
    if head.kind == "token":
        return _spans(gold, results, [examples[i] for i in rows])
    if head.kind == "multi":
        return _sets(head, gold, results, np.stack([logits[i] for i in rows]) / temperature)
    return _documents(head, gold, results)


def _documents(head: Head, gold: list, results: Sequence[Result]) -> Evaluation:
    predictions = [result for result in results if isinstance(result, Prediction)]
    predicted = [prediction.label for prediction in predictions]
    confidence = np.array([prediction.probability for prediction in predictions])
    correct = np.array([label == wanted for label, wanted in zip(predicted, gold, strict=True)])
    metrics = document_metrics(gold, predicted, confidence, head.labels, head.out_of_scope)
    return Evaluation(metrics, document_counts(gold, predicted, head.labels), None, confidence, correct)


def _sets(head: Head, gold: list, results: Sequence[Result], logits: np.ndarray) -> Evaluation:
    sets = [result for result in results if isinstance(result, tuple)]
    predicted = [{item.label for item in items} for items in sets]
    probabilities = sigmoid(logits)
    truth = np.array([[label in row for label in head.labels] for row in gold])
    metrics = label_set_metrics(gold, predicted, head.labels, probabilities)
    counts = label_set_counts(gold, predicted, head.labels)
    sure = np.maximum(probabilities, 1 - probabilities).ravel()
    return Evaluation(metrics, counts, None, sure, ((probabilities >= 0.5) == truth).ravel())


def _spans(gold: list, results: Sequence[Result], examples: Sequence[Example]) -> Evaluation:
    sets = [result for result in results if isinstance(result, tuple)]
    predicted = [[span for span in spans if isinstance(span, Span)] for spans in sets]
    edges = [row.words or tuple(words(clean(row.text))) for row in examples]
    wanted = [set(spans) for spans in gold]
    found = [(span.probability, span in wanted[row]) for row, spans in enumerate(predicted) for span in spans]
    return Evaluation(
        span_metrics(gold, predicted, edges),
        span_counts(gold, predicted),
        word_counts(gold, predicted, edges),
        np.array([sure for sure, _ in found], dtype=float),
        np.array([right for _, right in found], dtype=bool),
    )


def span_answers(
    head: Head, examples: Sequence[Example], logits: Sequence[np.ndarray]
) -> Callable[[float], tuple[np.ndarray, np.ndarray]]:
    """A function of the temperature: what `Evaluation.confidence` and `.correct` of a token head would be.

    The spans are the same at any temperature, so they are found and judged once.
    """
    scores, starts, correct = [np.zeros((0, len(head.labels)))], [], []
    kept: list[list[bool]] = []  # of each word of a span, the labels of its type
    for row in labelled(head, examples):
        runs, edges = span_runs(examples[row].text, logits[row], head.labels, head.transitions)
        wanted = set(examples[row].targets[head.name])
        for run in (run.kept for run in runs):
            starts.append(len(kept))
            scores.append(logits[row][run.start : run.end])
            kept += [[label[2:] == run.label for label in head.labels]] * (run.end - run.start)
            correct.append(Span(edges[run.start][0], edges[run.end - 1][1], run.label) in wanted)
    table, types = np.concatenate(scores), np.array(kept, dtype=bool).reshape(-1, len(head.labels))

    def answers(temperature: float) -> tuple[np.ndarray, np.ndarray]:
        sure = (softmax(table / temperature) * types).sum(axis=1)
        least = np.minimum.reduceat(sure, starts) if starts else np.zeros(0)
        return np.minimum(least, 1.0), np.array(correct, dtype=bool)

    return answers


def run_answers(
    head: Head, examples: Sequence[Example], logits: Sequence[np.ndarray], smoothing: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Of every predicted span, the chance before it is calibrated, and whether it is right: float and bool (spans,)."""
    chances, correct = [np.zeros(0)], []
    for row in labelled(head, examples):
        runs, edges = span_runs(examples[row].text, logits[row], head.labels, head.transitions)
        if runs:
            words_as = unsmoothed(softmax(logits[row]), smoothing)
            chances.append(span_chances(words_as, head.labels, [run.whole for run in runs], head.transitions))
        wanted = set(examples[row].targets[head.name])
        places = [(edges[run.kept.start][0], edges[run.kept.end - 1][1], run.kept.label) for run in runs]
        correct += [Span(*place) in wanted for place in places]
    return np.concatenate(chances), np.array(correct, dtype=bool)
