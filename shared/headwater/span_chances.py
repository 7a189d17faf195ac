"""The chance of a whole span: that its words, and no word more, carry its type.

A word's own probabilities say nothing of its neighbours. Over a text they make a chain in which an I- stands only after its
own type, the chain whose best sequence `headwater.spans.decode` finds; here is what share of all its sequences, each
weighed by the product of its words' probabilities, holds a span as it stands (forward-backward, Rabiner 1989).
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from headwater.spans import Span, Transitions, rules

__all__ = ["LEAST", "span_chances", "unsmoothed"]

LEAST = 1e-4  # of a label: where smoothing hid how sure a word is, it is not taken for certain
TINY = 1e-60  # keeps a text possible whose every label a softmax rounded to 0 but one that cannot stand


def unsmoothed(probabilities: np.ndarray, smoothing: float) -> np.ndarray:
    """Take back what label smoothing taught (Szegedy et al. 2016): float (words, labels), each row adding to 1 again.

    A model that learns from labels smoothed by it comes to say (1 - smoothing) p + smoothing / labels where p is meant, so
    that sure words and nearly sure ones look alike. What is left of a label is at least LEAST; 0 changes nothing.

    >>> unsmoothed(np.array([[0.7, 0.3]]), 0.2).round(3).tolist()
    [[0.75, 0.25]]
    """
    if not smoothing:
        return probabilities
    left = np.maximum(probabilities - smoothing / probabilities.shape[-1], LEAST)
    return left / left.sum(axis=-1, keepdims=True)


def span_chances(
    probabilities: np.ndarray, labels: Sequence[str], runs: Sequence[Span], transitions: Transitions = ()
) -> np.ndarray:
    """The chance of each run of word numbers, type and both edges together: float64 (runs,).

    `probabilities` float (words, labels), each row adding to 1. Exact; the time grows with the words of the text. Labels
    are read as `headwater.spans.from_bio` reads them: an I- opens a span where the labels' scheme lets it. `transitions` weigh the
    sequences as they do in `headwater.spans.decode`.
    """
    if not runs:
        return np.zeros(0)
    chances = np.maximum(probabilities.astype(np.float64), TINY)
    start, allowed = (np.exp(rule) for rule in rules(tuple(labels), transitions))
    before, log_before = _pass(chances, start, allowed)
    after, log_after = _pass(chances[::-1], np.ones(len(start)), allowed.T)
    after, log_after = after[::-1], log_after[::-1]
    found = np.zeros(len(runs))
    for number, run in enumerate(runs):
        own, opens, goes_on, ends = _steps(tuple(labels), run.label, transitions)
        reached = before[run.start - 1] @ opens if run.start else start * own
        state = reached * chances[run.start]
        for word in range(run.start + 1, run.end):
            state = (state @ goes_on) * chances[word]
        rest = after[run.end] @ (state @ ends) if run.end < len(chances) else state.sum()
        scale = log_before[run.start - 1] if run.start else 0.0
        scale += log_after[run.end] if run.end < len(chances) else 0.0
        found[number] = rest * np.exp(min(700.0, scale - log_before[-1]))
    return np.minimum(found, 1.0)


def _pass(chances: np.ndarray, start: np.ndarray, allowed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each word, the weight of all sequences up to it by their last label, scaled to 1, and the log of that scale."""
    weights, scales = np.empty_like(chances), np.empty(len(chances))
    weight = start
    for word, own in enumerate(chances):
        weight = own * (weight @ allowed) if word else own * start
        scales[word] = total = weight.sum()
        weight = weights[word] = weight / total
    return weights, np.log(scales).cumsum()


@lru_cache(maxsize=64)
def _steps(labels: tuple[str, ...], name: str, transitions: Transitions) -> tuple[np.ndarray, ...]:
    """Which labels a type has, (labels,), and weights from label to label: into a span of it, on in it, out of it."""
    allowed = np.exp(rules(labels, transitions)[1])
    own = np.array([label != "O" and label[2:] == name for label in labels])
    more = own & np.array([label.startswith("I-") for label in labels])
    goes_on = own[:, None] & more  # a label that goes on after one of its type opens nothing
    return own.astype(np.float64), allowed * (own & ~goes_on), allowed * goes_on, allowed * (own[:, None] & ~more)
