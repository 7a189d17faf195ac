"""The sentences of an article, and what the model says of each: where the article's own score comes from."""

from dataclasses import dataclass

from headwater.scoring.scorer import Refusal, Scorer
from headwater.sentences import sentences_of
from headwater.serving import Prediction

__all__ = ["Sentence", "score_sentences"]

MOST = 200  # sentences that are scored: an article has 20 to 60


@dataclass(frozen=True)
class Sentence:
    """`text[start:end]` and its sentiment; `net` is P(positive) - P(negative), -1 to 1."""

    start: int
    end: int
    text: str
    sentiment: str
    probability: float
    net: float


def score_sentences(scorer: Scorer, text: str, field: str = "sentiment") -> list[Sentence]:
    """What a model says of each sentence of an article by itself, in order; at most the first 200.

    They say which sentences carry the article's score. That is the model's on the whole text (the mean of its windows, as
    `headwater score` gives it), not a mean of these.
    """
    edges = sentences_of(text)[:MOST]
    out = []
    for (start, end), found in zip(edges, scorer.results([text[start:end] for start, end in edges]), strict=True):
        answer = None if isinstance(found, Refusal) else found[field]
        if isinstance(answer, Prediction):
            shares = dict(answer.top)
            net = shares.get("positive", 0.0) - shares.get("negative", 0.0)
            out.append(Sentence(start, end, text[start:end], answer.label, answer.probability, net))
    return out
