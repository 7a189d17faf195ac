"""Transition scores of a linear-chain CRF (Lafferty et al. 2001), fitted on a trained tagger's logits, which stay as they are."""

from collections.abc import Iterator, Sequence

import numpy as np

from headwater.bundle import Head
from headwater.data.example import Example
from headwater.evaluation import labelled
from headwater.spans import Span, Transitions, rules, to_bio
from headwater.text import clean, words

__all__ = ["MOST_ROWS", "fit_transitions", "head_transitions"]

MOST_ROWS = 6000  # nine labels have 90 scores: more rows change nothing
BATCH = 500
STEPS = 60  # of L-BFGS; the loss is convex
FAR = -1e4  # what a rule forbids, as a number that can be reckoned with
Batch = tuple[np.ndarray, np.ndarray, np.ndarray]  # scores (texts, words, labels), gold and mask (texts, words)


def head_transitions(head: Head, rows: Sequence[Example], logits: Sequence[np.ndarray]) -> Transitions:
    """The transitions of a token head from labelled rows; `logits[i]` as `Predictor.logits` gives them."""
    numbers = [row for row in labelled(head, rows) if len(logits[row])]
    gold = []
    for row in numbers:
        spans = sorted(span for span in rows[row].targets[head.name] if isinstance(span, Span))
        marks = to_bio(words(clean(rows[row].text)), spans)
        gold.append([head.labels.index(mark) for mark in marks])
    return fit_transitions(head.labels, [logits[row] for row in numbers], gold)


def fit_transitions(
    labels: Sequence[str], logits: Sequence[np.ndarray], gold: Sequence[Sequence[int]], penalty: float = 1.0
) -> Transitions:
    """Scores of the least negative log likelihood plus penalty / 2 times their squares, by L-BFGS.

    `logits[i]` float (words, labels) of at least one word, `gold[i]` its label numbers. What the labels' rules forbid gets no score.
    """
    from scipy.optimize import minimize

    start, allowed = rules(tuple(labels))
    rule = np.maximum(np.concatenate([start[None], allowed]), FAR)
    batches = list(_batches(len(labels), logits, gold))

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        scores = rule + values.reshape(rule.shape)
        parts = [_loss(scores, *batch) for batch in batches]
        slope = sum(part[1] for part in parts) + penalty * values.reshape(rule.shape)
        return sum(part[0] for part in parts) + penalty / 2 * float(values @ values), slope.ravel()

    found = minimize(loss, np.zeros(rule.size), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    kept = np.where(rule == FAR, 0.0, found.x.reshape(rule.shape))
    return tuple(tuple(float(value) for value in row) for row in kept.round(6))


def _batches(labels: int, logits: Sequence[np.ndarray], gold: Sequence[Sequence[int]]) -> Iterator[Batch]:
    """Texts of like length together: little is padded."""
    order = sorted(range(len(logits)), key=lambda row: len(logits[row]))
    for first in range(0, len(order), BATCH):
        part = order[first : first + BATCH]
        longest = len(logits[part[-1]])
        scores, wanted = np.zeros((len(part), longest, labels)), np.zeros((len(part), longest), dtype=np.int64)
        mask = np.zeros((len(part), longest), dtype=bool)
        for place, row in enumerate(part):
            count = len(logits[row])
            scores[place, :count], wanted[place, :count], mask[place, :count] = logits[row], gold[row], True
        yield scores, wanted, mask


def _loss(transitions: np.ndarray, scores: np.ndarray, gold: np.ndarray, mask: np.ndarray) -> tuple[float, np.ndarray]:
    """The negative log likelihood of the gold labels, and its slope over the transitions: expected less seen."""
    start, moves, length = transitions[0], transitions[1:], scores.shape[1]
    forward, backward = np.zeros_like(scores), np.zeros_like(scores)
    forward[:, 0] = scores[:, 0] + start
    for word in range(1, length):
        reached = _log_sum(forward[:, word - 1, :, None] + moves, 1) + scores[:, word]
        forward[:, word] = np.where(mask[:, word, None], reached, forward[:, word - 1])
    for word in range(length - 2, -1, -1):
        ahead = _log_sum(moves + (scores[:, word + 1] + backward[:, word + 1])[:, None, :], 2)
        backward[:, word] = np.where(mask[:, word + 1, None], ahead, 0.0)
    total = _log_sum(forward[:, -1], 1)
    slope = np.zeros_like(transitions)
    slope[0] = np.exp(forward[:, 0] + backward[:, 0] - total[:, None]).sum(axis=0)
    np.subtract.at(slope[0], gold[:, 0], 1.0)
    right = scores[np.arange(len(gold)), 0, gold[:, 0]] + start[gold[:, 0]]
    for word in range(1, length):
        on = mask[:, word]
        rest = (scores[on, word] + backward[on, word] - total[on, None])[:, None, :]
        slope[1:] += np.exp(forward[on, word - 1, :, None] + moves + rest).sum(axis=0)
        before, after = gold[on, word - 1], gold[on, word]
        np.subtract.at(slope, (before + 1, after), 1.0)
        right[on] += scores[on, word, after] + moves[before, after]
    return float((total - right).sum()), slope


def _log_sum(values: np.ndarray, axis: int) -> np.ndarray:
    peak = values.max(axis=axis, keepdims=True)
    return (np.log(np.exp(values - peak).sum(axis=axis, keepdims=True)) + peak).squeeze(axis)
