"""What is said of a company where the model's own spans do not tell: of a name that it missed, and of firms set against each other.

The head was learnt on sentences of mostly one tone, and in "Siemens rises as GE falls" gives both the first one's. So where
two clauses of a sentence, joined by "as", "while", "but" or the like, name companies, each clause is read alone too, and a
company's polarity is the mean of the two readings. As far as the head sees no company in the clause, which may be three words
long, the clause's sentiment stands for it. Measured by tests/benchmarks/contrasts.py.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence

import numpy as np

from headwater.sentences import Edges, sentences_of
from headwater.serving import Model
from headwater.serving.decoding import columns_of, softmax
from headwater.spans import Span
from headwater.text import clean, words

__all__ = ["clauses", "polarities"]

CONTRAST = re.compile(r"\s(?:as|while|whereas|but|though|although)\s|;\s", re.IGNORECASE)


def clauses(text: str, places: Sequence[Edges]) -> list[Edges | None]:
    """The clause of each place, None where no other clause of its sentence holds one.

    >>> clauses("Siemens rises as GE falls", [(0, 7), (17, 19)])
    [(0, 13), (17, 25)]
    """
    if len(places) < 2 or not CONTRAST.search(text):
        return [None] * len(places)
    parts: list[tuple[Edges, int]] = []
    for number, (start, end) in enumerate(sentences_of(text)):
        for match in CONTRAST.finditer(text, start, end):
            parts.append(((start, match.start()), number))
            start = match.end()
        parts.append(((start, end), number))
    held = [_holding(parts, place) for place in places]
    sides: dict[int, set[Edges]] = {}
    for part in held:
        if part:
            sides.setdefault(part[1], set()).add(part[0])
    return [part[0] if part and len(sides[part[1]]) > 1 else None for part in held]


def _holding(parts: Sequence[tuple[Edges, int]], place: Edges) -> tuple[Edges, int] | None:
    """The part that a place stands in whole; parts are in the order of the text."""
    number = bisect_right(parts, place[0], key=lambda part: part[0][0]) - 1
    return parts[number] if number >= 0 and place[1] <= parts[number][0][1] else None


def polarities(model: Model, places: Mapping[str, Sequence[Edges]], head: str = "companies") -> dict[str, list[Span]]:
    """A span with the likeliest polarity for each place of each text, in order.

    P(polarity) is its share of what the polarities have together at the place, in the mean over its words: given that a
    company stands there, for the model may hold it to be none. Where its clause is set against another, the mean of that
    in the whole text and of the clause's own reading. A run of the model of its own, over these texts and clauses.
    """
    alone = {text: clauses(text, held) for text, held in places.items()}
    texts = list(
        dict.fromkeys(
            [*places, *(text[part[0] : part[1]] for text, parts in alone.items() for part in parts if part is not None)]
        )
    )
    names, shares, tones = _read(model, head, texts)
    out: dict[str, list[Span]] = {}
    for text, held in places.items():
        out[text] = []
        for (start, end), part in zip(held, alone[text], strict=True):
            there = _given_one(_at(text, shares[text], start, end))
            if part:
                clause = text[part[0] : part[1]]
                seen = _at(clause, shares[clause], start - part[0], end - part[0])
                there = (there + seen + (1 - seen.sum()) * tones.get(clause, _given_one(seen))) / 2
            best = int(there.argmax())
            out[text].append(Span(start, end, names[best], float(there[best]), text[start:end]))
    return out


def _read(
    model: Model, head: str, texts: Sequence[str]
) -> tuple[list[str], dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The polarities; text -> their probabilities at each of its words, float (words, polarities); text -> those of its
    sentiment, float (polarities,), none for a model without such a head.
    """
    labels = model.bundle.head(head).labels
    temperature = model.bundle.calibration(model.variant, head).temperature
    names = list(dict.fromkeys(label[2:] for label in labels if label != "O"))
    logits, out = model.predictor.logits(texts), dict[str, np.ndarray]()
    for text, rows in zip(texts, logits[head], strict=True):
        chances = softmax(rows / temperature)
        out[text] = np.stack([chances[:, columns_of(name, labels)].sum(axis=1) for name in names], axis=1)
    tones: dict[str, np.ndarray] = {}
    for other in model.heads:
        if other.kind == "single" and set(other.labels) == set(names):
            warm = model.bundle.calibration(model.variant, other.name).temperature
            columns = [other.labels.index(name) for name in names]
            tones = {text: softmax(row / warm)[columns] for text, row in zip(texts, logits[other.name], strict=True)}
    return names, out, tones


def _at(text: str, shares: np.ndarray, start: int, end: int) -> np.ndarray:
    edges = np.asarray(words(clean(text)), dtype=np.int64).reshape(-1, 2)
    found: np.ndarray = shares[(edges[:, 0] < end) & (edges[:, 1] > start)].mean(axis=0)
    return found


def _given_one(seen: np.ndarray) -> np.ndarray:
    """The polarities' shares, given that a company stands there."""
    shares: np.ndarray = seen / max(float(seen.sum()), 1e-12)
    return shares
