"""The best of the answers that agents gave to one question: by what it resolved, and by how far agents agree."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from headwater.intervals import wilson
from support_chatbot.learning.talk import Exchange
from support_chatbot.learning.transcripts import RESOLVED, UNKNOWN

__all__ = ["ALIKE", "BestAnswer", "best_answer"]

ALIKE = 0.75  # cosine from which two answers are the same one: of two agents 0.85 in the median, to other matters 0.72 at most
SHOWN = 10  # places in the transcripts that are named
PART = 512  # rows compared at a time: 512 x 20,000 answers x 4 bytes = 40 MB


@dataclass(frozen=True)
class BestAnswer:
    """An answer and what speaks for it.

    `alike` of the `conversations` of the group got this answer or one like it; of those whose end is known, `known`,
    `resolved` were. `agreement` is the mean cosine to other agents' answers of the group; `score` is the mean of it and
    of the lower Wilson bound of resolved / known (0 where none is known). `seen` names conversations with their lines.
    """

    text: str
    score: float
    agreement: float
    resolved: int
    known: int
    alike: int
    conversations: int
    seen: tuple[str, ...]


def best_answer(given: Sequence[Exchange], vectors: np.ndarray) -> BestAnswer | None:
    """The best of `given`, all to one question; None where there are none.

    `vectors` float (exchanges, dimension), of unit length, are those of the answers. Ties go to the answer of more
    conversations, then to the shorter, then to the later one.
    """
    if not given:
        return None
    vectors = vectors.astype(np.float32)
    agreement = _agreement(given, vectors)
    place = {name: number for number, name in enumerate(dict.fromkeys(one.conversation for one in given))}
    of = np.array([place[one.conversation] for one in given])
    ended = np.array([one.resolution for one in given])
    counts = np.concatenate(
        [
            _counts(vectors[start : start + PART] @ vectors.T >= ALIKE, of, ended, len(place))
            for start in range(0, len(given), PART)
        ]
    )
    scores = [
        ((wilson(resolved, known).low if known else 0.0) + agreement[row]) / 2
        for row, (resolved, known, _) in enumerate(counts.tolist())
    ]
    best = max(range(len(given)), key=lambda row: (round(scores[row], 6), counts[row, 2], -len(given[row].answer), row))
    seen = dict.fromkeys(
        f"{given[row].conversation} line {given[row].answered}"
        for row in np.flatnonzero(vectors @ vectors[best] >= ALIKE).tolist()
    )
    resolved, known, alike = counts[best].tolist()
    return BestAnswer(
        given[best].answer, round(float(scores[best]), 3), round(float(agreement[best]), 3), resolved, known, alike,
        len(place), tuple(seen)[:SHOWN],
    )  # fmt: skip


def _agreement(given: Sequence[Exchange], vectors: np.ndarray) -> np.ndarray:
    """float (exchanges,): mean cosine of each answer to those of other agents, never below 0; 0 where there are none.

    The sum over others is that over all less that over the agent's own, so that no pair is looked at.
    """
    agents = {name: number for number, name in enumerate(dict.fromkeys(one.agent for one in given))}
    of = np.array([agents[one.agent] for one in given])
    own = np.zeros((len(agents), vectors.shape[1]))
    np.add.at(own, of, vectors)
    others = len(given) - np.bincount(of)[of]
    nearness = np.einsum("ij,ij->i", vectors, own.sum(axis=0) - own[of])
    return np.clip(np.where(others > 0, nearness / np.maximum(others, 1), 0.0), 0.0, 1.0)


def _counts(alike: np.ndarray, of: np.ndarray, ended: np.ndarray, conversations: int) -> np.ndarray:
    """bool (rows, exchanges) -> int (rows, 3): conversations resolved, with a known end, and all, that hold one alike.

    A conversation counts once, however often it says the same.
    """
    held = np.zeros((len(alike), conversations), dtype=bool)
    row, column = np.nonzero(alike)
    held[row, of[column]] = True
    known, resolved = np.zeros(conversations, dtype=bool), np.zeros(conversations, dtype=bool)
    known[of], resolved[of] = ended != UNKNOWN, ended == RESOLVED
    return np.stack([held[:, resolved].sum(axis=1), held[:, known].sum(axis=1), held.sum(axis=1)], axis=1)
