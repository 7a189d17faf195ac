"""What a model says of sentences, and how unsure it is of each: of the spans it gives, and of the names it may have missed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from headwater.bundle import Head
from headwater.serving import Tagger
from headwater.serving.decoding import softmax
from headwater.spans import Span
from headwater.text import CJK, clean, words

__all__ = ["Opinion", "doubt_of", "missed", "name_like", "opinions"]

HAN = re.compile(f"[{CJK}]")


@dataclass(frozen=True)
class Opinion:
    """A model's spans of a text, and its doubt, 0 to 1: the chance that the worst of its decisions on names is wrong."""

    text: str
    spans: tuple[Span, ...]
    doubt: float


def opinions(tagger: Tagger, texts: Sequence[str]) -> list[Opinion]:
    """What a bundle's token head, here or on a server, says of each text, in order."""
    model, head = tagger.model, tagger.head
    logits = model.predictor.logits(texts)
    found = model.read([head], texts, logits)[head.name]
    return [
        Opinion(text, spans, doubt_of(text, spans, rows, head))  # type: ignore[arg-type]  # a token head gives spans
        for text, spans, rows in zip(texts, found, logits[head.name], strict=True)
    ]


def doubt_of(text: str, spans: Sequence[Span], logits: np.ndarray, head: Head) -> float:
    """The larger of 1 - the least span probability and `missed`; 0 for a text in which there is nothing to decide."""
    unsure = 1 - min((span.probability for span in spans), default=1.0)
    return float(max(unsure, missed(text, spans, logits, head.labels)))


def missed(text: str, spans: Sequence[Span], logits: np.ndarray, labels: Sequence[str]) -> float:
    """(1 - margin) / 2 of the name-like word outside all spans whose margin, P(O) - P(the likeliest other label), is least.

    Of two labels that is the chance of the other, so that it compares with 1 - a span's probability; at most 1.
    """
    edges = words(clean(text))
    free = [
        number
        for number, (start, end) in enumerate(edges)
        if name_like(text[start:end]) and not any(span.start < end and start < span.end for span in spans)
    ]
    if not free or "O" not in labels:
        return 0.0
    chances = softmax(np.asarray(logits)[free])
    outside = chances[:, labels.index("O")]
    others = np.delete(chances, labels.index("O"), axis=1).max(axis=1)
    return float(np.clip((1 - (outside - others).min()) / 2, 0, 1))


def name_like(word: str) -> bool:
    """Whether a word may belong to a name by its look: it begins with a capital, or is of a script without them.

    >>> [name_like(word) for word in ("Oslo", "iPhone", "rates", "京", "42")]
    [True, True, False, True, False]
    """
    return any(sign.isupper() for sign in word) or bool(HAN.match(word))
