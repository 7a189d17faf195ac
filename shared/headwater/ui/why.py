"""Why a label: leave each word out, and see what that takes from the label's probability (Li et al., 2016, "erasure").

The drop of a word is P(label | text) - P(label | text without the word), in -1 to 1: positive words speak for the
label. It is the model's own answer about its own input, not a cause in the world.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from headwater.serving import Classifier
from headwater.serving.decoding import softmax
from headwater.text import CJK

__all__ = ["Part", "cut", "explain", "probabilities"]

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
