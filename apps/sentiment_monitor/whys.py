"""Why a score: what each word adds to the sentiment, to a topic, or to what is said of a company, found by leaving it out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from headwater.errors import InputError
from headwater.serving import Model
from headwater.serving.decoding import columns_of, sigmoid, softmax
from headwater.text import clean, words
from headwater.ui.why import Part, cut, explain

__all__ = ["Score", "parts_of"]

Scorer = Callable[[Sequence[str]], Sequence[float]]


@dataclass(frozen=True)
class Score:
    """A label of a head; of the head `companies` what is said of `text[start:end]`."""

    head: str
    label: str
    start: int = 0
    end: int = 0


def parts_of(model: Model, text: str, score: Score) -> list[Part]:
    """The text in parts, each with what leaving it out takes from the score's probability; a company's own name is never left out.

    Raises InputError for a label or a head that the model lacks.
    """
    head = next((head for head in model.heads if head.name == score.head), None)
    if head is None:
        raise InputError(f"expected a head of {', '.join(h.name for h in model.heads)}, got {score.head!r}")
    if head.kind == "token":
        return explain(text, _of_company(model, text, score))
    if score.label not in head.labels:
        raise InputError(f"expected a label of {', '.join(head.labels)}, got {score.label!r}")
    column, shares = list(head.labels).index(score.label), sigmoid if head.kind == "multi" else softmax
    temperature = model.bundle.calibration(model.variant, head.name).temperature

    def of_text(texts: Sequence[str]) -> list[float]:
        return [float(shares(row / temperature)[column]) for row in model.predictor.logits(texts)[head.name]]

    return explain(text, of_text)


def _of_company(model: Model, text: str, score: Score) -> Scorer:
    """P(polarity) at the name, given that a company stands there: its share of what the polarities have together."""
    labels = model.bundle.head(score.head).labels
    names = list(dict.fromkeys(label[2:] for label in labels if label != "O"))
    if score.label not in names or not 0 <= score.start < score.end <= len(text):
        raise InputError(f"expected a polarity of {', '.join(names)} and a place in the text, got {score}")
    temperature = model.bundle.calibration(model.variant, score.head).temperature
    column = names.index(score.label)

    def share(said: str, start: int, end: int, row: np.ndarray) -> float:
        edges = np.asarray(words(clean(said)), dtype=np.int64).reshape(-1, 2)
        inside = (edges[:, 0] < end) & (edges[:, 1] > start)
        mean = softmax(row / temperature)[inside].mean(axis=0)
        by_name = [float(mean[columns_of(name, labels)].sum()) for name in names]
        return by_name[column] / max(sum(by_name), 1e-12)

    def of_place(texts: Sequence[str]) -> list[float]:
        """`texts` are the whole and then, in order, the text without each of its parts, as `explain` makes them."""
        places = [(score.start, score.end), *(_moved(score, *edges) for edges in cut(text))]
        asked = [said if place else text for said, place in zip(texts, places, strict=True)]
        rows = model.predictor.logits(asked)[score.head]
        return [
            share(said, *(place or places[0]), row)  # type: ignore[misc]  # the first is there
            for said, place, row in zip(asked, places, rows, strict=True)
        ]

    return of_place


def _moved(score: Score, start: int, end: int) -> tuple[int, int] | None:
    """Where the name stands in the text without [start, end); None where that is a piece of the name."""
    if start < score.end and end > score.start:
        return None
    shift = end - start if end <= score.start else 0
    return score.start - shift, score.end - shift
