"""Questions that no intent covers -> clusters with a name, their most typical questions, size and cohesion."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from support_chatbot.learning.linkage import clustered

__all__ = ["LEAST", "SMALLEST", "Cluster", "cluster_questions", "telling_words"]

LEAST = 0.40  # mean cosine of the bundle `sentences` at which two clusters are one: see tests/benchmarks/learning.py
SMALLEST = 5  # questions of a cluster; fewer are an accident
SHOWN, NAMED = 12, 3  # typical questions, words of a name
WORD = re.compile(r"[^\W\d_]{2,}(?:['’][^\W\d_]+)?")
# Words that say nothing of the matter, also in questions to a bank.
STOP = frozenset(
    "a about after again all also am an and any anyone are as at be because been before being but by can cannot could did do"
    " does doing don't down for from get give go got had has have having he help her here hi him his how i i'd i'll i'm i've"
    " if in into is isn't it it's its just know let like make may me might more most must my need no not now of off ok on one"
    " only or other our out over own please same say she should so some such tell than thank thanks that that's the their"
    " them then there these they this those to too try trying under until up us use very want was way we were what what's"
    " when where which while who why will with won't would yes you your".split()
)


@dataclass(frozen=True)
class Cluster:
    """Questions that ask the same: `questions`, all of them and each once, and `typical`, the first of these.

    They stand nearest to the centre first. `name` is made of its most telling words; `size` counts every asking; `cohesion` is the mean cosine of two of its questions (1 where they are all the same).
    """

    name: str
    words: tuple[str, ...]
    questions: tuple[str, ...]
    size: int
    cohesion: float

    @property
    def typical(self) -> tuple[str, ...]:
        return self.questions[:SHOWN]


def cluster_questions(
    texts: Sequence[str],
    vectors: np.ndarray,
    counts: Sequence[int] | None = None,
    *,
    least: float = LEAST,
    smallest: int = SMALLEST,
) -> list[Cluster]:
    """Clusters, largest first. `vectors` float (texts, dimension) of unit length; `counts` how often each was asked.

    What belongs to no cluster of `smallest` texts is left out. The order of the texts does not change what belongs
    together, only ties.
    """
    if not texts:
        return []
    numbers = clustered(vectors, least, smallest)
    members = [np.flatnonzero(numbers == cluster) for cluster in range(numbers.max() + 1)]
    names = telling_words([[texts[row] for row in rows.tolist()] for rows in members])
    asked = np.ones(len(texts), dtype=int) if counts is None else np.asarray(counts)
    found, used = [], Counter[str]()
    for rows, words in zip(members, names, strict=True):
        centre = vectors[rows].mean(axis=0)
        order = rows[np.argsort(-(vectors[rows] @ centre), kind="stable")]
        name = "_".join(words) or "unnamed"
        used[name] += 1
        name = name if used[name] == 1 else f"{name}_{used[name]}"
        questions = tuple(texts[row] for row in order.tolist())
        size = int(asked[rows].sum())
        found.append(Cluster(name, words, questions, size, _cohesion(vectors[rows])))
    return sorted(found, key=lambda cluster: (-cluster.size, cluster.name))


def telling_words(groups: Sequence[Sequence[str]], most: int = NAMED) -> list[tuple[str, ...]]:
    """The words of each group that set it apart, by class-based TF-IDF (Grootendorst 2022, BERTopic, eq. 2).

    tf(w, group) x log(1 + A / f(w)): tf is the word's share of the group's words, f(w) how often it stands in all
    groups, A the mean number of words of a group.

    >>> telling_words([["open a joint account", "joint account please"], ["close my account"]], 1)
    [('joint',), ('close',)]
    """
    counted = [Counter(word for text in group for word in _words(text)) for group in groups]
    overall: Counter[str] = sum(counted, Counter())
    mean = overall.total() / max(len(groups), 1)
    return [_best(count, overall, mean)[:most] for count in counted]


def _best(count: Mapping[str, int], overall: Mapping[str, int], mean: float) -> tuple[str, ...]:
    total = max(sum(count.values()), 1)
    score = {word: share / total * math.log(1 + mean / overall[word]) for word, share in count.items()}
    return tuple(sorted(score, key=lambda word: (-score[word], word)))


def _words(text: str) -> list[str]:
    # What masking left of a person is no word: "[email]".
    plain = re.sub(r"\[[a-z]+\]", " ", text.casefold())
    return [word for word in WORD.findall(plain) if word not in STOP]


def _cohesion(vectors: np.ndarray) -> float:
    """Mean cosine of two different rows: ((sum of all)^2 - n) / (n (n - 1))."""
    count = len(vectors)
    if count < 2:
        return 1.0
    total = vectors.sum(axis=0, dtype=np.float64)
    return float((total @ total - count) / (count * (count - 1)))
