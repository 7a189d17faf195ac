"""New types from 5 to 20 marked examples, at once: no training, only the vectors of what was marked (Snell et al. 2017).

    suggests = Prototypes(headwater.load("models/sentences/bundle")).learn(examples)
    suggests.suggest("Northbank launches Tidebox in May")     -> Mentions with the source prototype:PRODUCT

A stretch is three unit vectors: its words, its sentence with the stretch left out, and its look (how many of its words are
capitalised, small, or numbers: the embedder reads no case). It is as like another as the three cosines say, weighed. It is of a type where it is nearer to that type's examples than to the stretches of the same
sentences that nobody marked. Examples must be marked whole: what is unmarked in them counts as not meant.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from entity_extractor.learning.candidates import LONGEST, candidates
from entity_extractor.learning.queue import Embeds
from entity_extractor.mentions import Annotated, Mention
from headwater.errors import InputError
from headwater.text import clean, words

__all__ = ["Learnt", "Prototypes"]

WORDS, LOOK, NEAREST, SHARPNESS, LEAST = 0.8, 0.1, 6, 12.0, 0.5
Place = tuple[int, int]
GAP = "…"  # stands for the stretch in its sentence


@dataclass(frozen=True)
class Prototypes:
    """How stretches are compared. The defaults were chosen on wnut17's validation split (tests/benchmarks/new_types.py --tune).

    `words` and `look` are the shares of their cosines, the rest is the sentence's; likeness is the mean of the `nearest` examples.
    """

    embedder: Embeds
    words: float = WORDS
    look: float = LOOK
    nearest: int = NEAREST

    def learn(self, examples: Sequence[Annotated]) -> "Learnt":
        """Learn every type that is marked in the examples. Raises InputError where none is, or nothing is left unmarked."""
        longest = max((len(words(clean(m.text or one.text[m.start : m.end]))) for one in examples for m in one.mentions), default=0)  # fmt: skip
        if not longest:
            raise InputError("expected examples with marked spans of a new type, got none: mark 5 to 20")
        longest = min(longest + 1, LONGEST)
        marked: dict[str, list[np.ndarray]] = {}
        others: list[np.ndarray] = []
        for one in examples:
            wanted = {(m.start, m.end): m.label for m in one.mentions}
            free = [place for place in candidates(one.text, longest) if not _touches(place, list(wanted))]
            vectors = self.vectors([(one.text, place) for place in (*wanted, *free)])
            for label, vector in zip(wanted.values(), vectors, strict=False):
                marked.setdefault(label, []).append(vector)
            others += list(vectors[len(wanted) :])
        if not others:
            raise InputError("expected sentences around the examples, got the marked spans alone: give whole sentences")
        return Learnt(self, longest, {k: np.stack(marked[k]) for k in sorted(marked)}, np.stack(others))

    def vectors(self, stretches: Sequence[tuple[str, Place]]) -> np.ndarray:
        """float (stretches, 2 x dimension + 3), of length 1: the dot product of two rows is their weighed cosine."""
        if not stretches:
            return np.zeros((0, 0))
        own = self.embedder.predict([text[start:end] for text, (start, end) in stretches])
        around = self.embedder.predict([f"{text[:start]}{GAP}{text[end:]}" for text, (start, end) in stretches])
        looks = np.stack([_look(text[start:end]) for text, (start, end) in stretches])
        shares = (self.words, max(0.0, 1 - self.words - self.look), self.look)
        return np.concatenate([share**0.5 * v for share, v in zip(shares, (own, around, looks), strict=True)], axis=1)


@dataclass(frozen=True)
class Learnt:
    """What was learnt: a row for each example of a type, float (examples, numbers), and for each unmarked stretch."""

    how: Prototypes
    longest: int
    examples: dict[str, np.ndarray]
    others: np.ndarray

    def suggest(self, text: str, taken: Sequence[Mention] = (), least: float = LEAST) -> tuple[Mention, ...]:
        """Likely mentions of the types, in order and apart from each other and from `taken`.

        `probability` orders suggestions; it is not calibrated. Those below `least` are left out.
        """
        return self.suggest_all([text], [taken], least)[0]

    def suggest_all(
        self, texts: Sequence[str], taken: Sequence[Sequence[Mention]] = (), least: float = LEAST
    ) -> list[tuple[Mention, ...]]:
        """`suggest` for many texts, which is faster than one by one; `taken` is empty or has an entry for each."""
        blocked = [[(m.start, m.end) for m in found] for found in taken] or [[] for _ in texts]
        free = [
            [place for place in candidates(text, self.longest) if not _touches(place, others)]
            for text, others in zip(texts, blocked, strict=True)
        ]
        told = iter(self.chances(self.how.vectors([(text, place) for text, own in zip(texts, free, strict=True) for place in own])))  # fmt: skip
        return [self._best(text, own, [next(told) for _ in own], least) for text, own in zip(texts, free, strict=True)]

    def _best(self, text: str, places: Sequence[Place], chances: Sequence[np.ndarray], least: float) -> tuple[Mention, ...]:  # fmt: skip
        """The likeliest places that do not touch, each with its likeliest type."""
        types, found = list(self.examples), list[Mention]()
        for row in sorted(range(len(places)), key=lambda row: -chances[row].max()):
            (start, end), chance = places[row], float(chances[row].max())
            if chance < least:
                break
            if not _touches((start, end), [(m.start, m.end) for m in found]):
                label = types[int(chances[row].argmax())]
                found.append(Mention(start, end, label, text[start:end], chance, f"prototype:{label}"))
        return tuple(sorted(found))

    def chances(self, vectors: np.ndarray) -> np.ndarray:
        """float (rows, types): the logistic of SHARPNESS x (likeness to the type - likeness to what nobody marked)."""
        if not len(vectors):
            return np.zeros((0, len(self.examples)))
        no = _likeness(vectors, self.others, self.how.nearest)
        yes = [_likeness(vectors, examples, self.how.nearest) for examples in self.examples.values()]
        return 1 / (1 + np.exp(-SHARPNESS * (np.stack(yes, axis=1) - no[:, None])))


def _look(stretch: str) -> np.ndarray:
    """How many of the words are capitalised, small, and numbers: float (3,), of length 1."""
    said = [stretch[start:end] for start, end in words(clean(stretch))]
    numbers = sum(word[0].isdigit() for word in said)
    capitals = sum(any(sign.isupper() for sign in word) for word in said if not word[0].isdigit())
    look = np.array([capitals, max(0, len(said) - capitals - numbers), numbers], dtype=np.float64)
    return look / np.linalg.norm(look)


def _likeness(vectors: np.ndarray, known: np.ndarray, nearest: int) -> np.ndarray:
    """The mean dot product with the nearest known rows, (rows,)."""
    near = min(nearest, len(known))
    return np.partition(vectors @ known.T, -near, axis=1)[:, -near:].mean(axis=1)


def _touches(place: Place, others: Sequence[Place]) -> bool:
    return any(start < place[1] and place[0] < end for start, end in others)
