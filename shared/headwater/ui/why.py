"""Why a label: leave each word out, and see what that takes from the label's probability (Li et al., 2016, "erasure").

The drop of a word is P(label | text) - P(label | text without the word), in -1 to 1: positive words speak for the
label. It is the model's own answer about its own input, not a cause in the world.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from headwater.bundle import Calibration, Head
from headwater.errors import InputError
from headwater.serving import Classifier, Model
from headwater.serving.decoding import least_words, run_chances, sigmoid, softmax
from headwater.spans import Span
from headwater.text import CJK, clean, words

__all__ = ["Part", "cut", "explain", "probabilities", "scored"]

UNIT = re.compile(rf"[{CJK}]|(?:[^\W_{CJK}]|[\u0300-\u036f])+(?:['’.\-][^\W_{CJK}]+)*")
PARTS = 48  # a text of 250 words is left out in runs of six: 48 readings of it, not 250


@dataclass(frozen=True)
class Part:
    """A stretch of the text; `drop` is None for what stands between words."""

    text: str
    drop: float | None = None


def cut(text: str, parts: int = PARTS) -> list[tuple[int, int]]:
    """The stretches to leave out, (start, end): words, or runs of words where there are more than `parts`.

    >>> cut("It's my card.")
    [(0, 4), (5, 7), (8, 12)]
    >>> cut("a b c d", parts=2)
    [(0, 3), (4, 7)]
    """
    units = [match.span() for match in UNIT.finditer(text)]
    run = -(-len(units) // parts) or 1
    return [(units[i][0], units[min(i + run, len(units)) - 1][1]) for i in range(0, len(units), run)]


def explain(text: str, score: Callable[[Sequence[str]], Sequence[float]]) -> list[Part]:
    """The text in parts, whose texts join to `text`. `score(texts)` gives the label's probability of each text."""
    edges = cut(text)
    if not edges:
        return [Part(text)]
    full, *without = score([text, *(text[:start] + text[end:] for start, end in edges)])
    parts, at = [], 0
    for (start, end), probability in zip(edges, without, strict=True):
        if start > at:
            parts.append(Part(text[at:start]))
        parts.append(Part(text[start:end], full - probability))
        at = end
    return [*parts, Part(text[at:])] if at < len(text) else parts


def probabilities(classifier: Classifier, texts: Sequence[str]) -> np.ndarray:
    """Calibrated probabilities of all labels, float64 (texts, labels), in the order of `classifier.labels`."""
    model, name = classifier.model, classifier.head.name
    logits = np.stack(model.predictor.logits(texts)[name])
    return softmax(logits / model.bundle.calibration(model.variant, name).temperature)


def scored(model: Model, head: str, label: str, name: str = "") -> Callable[[Sequence[str]], list[float]]:
    """What `explain` asks for, of any head that reads one text: texts -> the calibrated probability of `label` in each.

    A token head is asked about the words `name` ("negative for Acme Bank"): their probability as a span of
    that type, as the bundle calibrates it, at the likeliest place; 0 where the text without a word has no such name. Raises InputError for an
    embedding or a pair, a label that the head does not have, and a token head without a name.
    """
    asked = model.bundle.head(head)
    labels, kind = asked.labels, asked.kind
    held = {label_[2:] for label_ in labels} if kind == "token" else set(labels)
    if kind not in ("single", "multi", "token") or label not in held or (kind == "token" and not name.strip()):
        raise InputError(
            f"head {head} ({kind}): expected one of the labels {', '.join(sorted(held - {''})) or 'none'}, "
            f"and a name where it marks spans; got {label!r} and the name {name!r}"
        )
    fitted = model.bundle.calibration(model.variant, head)
    temperature = fitted.temperature

    def score(texts: Sequence[str]) -> list[float]:
        logits = model.predictor.logits(texts)[head]
        if kind == "token":
            return [
                _named(text, name.strip(), label, rows, asked, fitted) for text, rows in zip(texts, logits, strict=True)
            ]
        read = softmax if kind == "single" else sigmoid
        return [float(read(rows / temperature)[labels.index(label)]) for rows in logits]

    return score


def _named(text: str, name: str, label: str, logits: np.ndarray, head: Head, fitted: Calibration) -> float:
    """The probability of a name as a span, at the likeliest of its places. `logits` float (words, labels)."""
    edges = words(clean(text))
    runs = []
    for match in re.finditer(re.escape(name), text):
        inside = [row for row, (start, end) in enumerate(edges) if start < match.end() and end > match.start()]
        if inside:
            runs.append(Span(inside[0], inside[-1] + 1, label))
    if fitted.spans:
        return float(run_chances(logits, head.labels, runs, fitted.spans, head.transitions).max(initial=0.0))
    return float(least_words(logits, head.labels, runs, fitted.temperature).max(initial=0.0))
