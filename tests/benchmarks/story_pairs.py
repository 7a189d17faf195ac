"""How well copies, updates and rewrites of one story are told from what only reads alike, on 427 labelled pairs.

    python tests/benchmarks/story_pairs.py [--json]      (a minute; needs HEADWATER_DATA)
    python tests/benchmarks/story_pairs.py --speed       (adds milliseconds an item and memory at 100,000 open stories; 3 minutes more)

The pairs (story_pairs.jsonl, whose first line is the guide they were labelled by) were drawn alike often from strata of
likeness, so F1 is of hard pairs, not of a day's news. Pairs that share a text stay in one half; every threshold is tuned
for F1 on one half and reported on the other. Intervals are bootstraps over those groups of pairs. The rules (what clashes)
were written with the tuning half in view; so was what they joined in two days of reuters, a stream that holds texts of
both halves, though no label of the other half was looked at.
"""

import argparse
import itertools
import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

import headwater
from headwater.intervals import bootstrap
from sentiment_monitor.news import Waiting
from sentiment_monitor.stories import BARS, Bars, Stories
from sentiment_monitor.stories.facts import Facts, facts_of
from sentiment_monitor.stories.hashing import hashed
from sentiment_monitor.stories.likeness import SHORT, jaccard, relation
from sentiment_monitor.stories.words import READ, fingerprint
from tests.benchmarks.story_texts import BUNDLE, Told, told

__all__ = ["Pair", "halves", "kappa", "measure", "read_pairs"]

FILE = Path(__file__).with_suffix(".jsonl")
GRID = {
    "near": (0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7),
    "alike": (0.7, 0.74, 0.78, 0.82, 0.86, 0.9, 0.94),
    "shared": (0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9),
}
WAYS = ("word overlap", "hashing alone", "embeddings alone", "ours")


@dataclass(frozen=True)
class Pair:
    """Two texts, what the labeller said of them, and all that a way may look at."""

    a: str
    b: str
    passes: tuple[int, int]
    same: bool
    facts: tuple[Facts, Facts]
    gap: timedelta
    titled: bool
    words: float
    hashes: float
    cosine: float


def read_pairs() -> list[Pair]:
    """The labelled pairs, embedded. Raises KeyError where HEADWATER_DATA is not set."""
    rows = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()[1:]]
    texts = {name: told(name.partition("/")[0])[name] for row in rows for name in (row["a"], row["b"])}
    vectors = headwater.load(BUNDLE, workers=1).predict([one.text[:READ] for one in texts.values()])
    vector = dict(zip(texts, vectors, strict=True))
    return [_pair(row, texts[row["a"]], texts[row["b"]], float(vector[row["a"]] @ vector[row["b"]])) for row in rows]


def _pair(row: dict, a: Told, b: Told, cosine: float) -> Pair:
    if a.at is not None and b.at is not None and b.at < a.at:
        a, b = b, a
    facts = facts_of(a.text[:READ]), facts_of(b.text[:READ])
    one, other = hashed([each.shingles for each in facts])
    title = fingerprint(a.title or a.text)
    return Pair(
        row["a"], row["b"], (row["first"], row["second"]), bool(row["label"]), facts,
        abs(a.at - b.at) if a.at is not None and b.at is not None else timedelta(days=1),
        title == fingerprint(b.title or b.text) and title.count(" ") >= SHORT - 1,
        jaccard(facts[0].words, facts[1].words), one.jaccard(other), round(cosine, 4),
    )  # fmt: skip


def kappa(one: Sequence[int], other: Sequence[int]) -> float:
    """Cohen's kappa (1960) of two passes of 0 and 1.

    >>> kappa([1, 1, 0, 0], [1, 0, 0, 0])
    0.5
    """
    first, second = np.array(one), np.array(other)
    agree, chance = (first == second).mean(), first.mean() * second.mean() + (1 - first).mean() * (1 - second).mean()
    return float((agree - chance) / (1 - chance))


def halves(pairs: Sequence[Pair]) -> tuple[list[list[Pair]], list[list[Pair]]]:
    """Groups of pairs that share no text, the largest first, each into the half that has fewer pairs."""
    group = {name: name for pair in pairs for name in (pair.a, pair.b)}

    def root(name: str) -> str:
        return name if group[name] == name else root(group[name])

    for pair in pairs:
        group[root(pair.a)] = root(pair.b)
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(root(pair.a), []).append(pair)
    found: tuple[list[list[Pair]], list[list[Pair]]] = ([], [])
    for members in sorted(groups.values(), key=lambda group: (-len(group), group[0].a)):
        min(found, key=lambda half: sum(map(len, half))).append(members)
    return found


def _ours(pair: Pair, bars: Bars) -> bool:
    return relation(*pair.facts, pair.cosine, pair.gap, titled=pair.titled, bars=bars) is not None


def _f1(pairs: Sequence[Pair], says: Callable[[Pair], bool]) -> float:
    hits = [(says(pair), pair.same) for pair in pairs]
    right = sum(said and same for said, same in hits)
    return 2 * right / max(1, sum(said + same for said, same in hits))


def tune(pairs: Sequence[Pair]) -> tuple[dict[str, float], Bars]:
    """The threshold of each single number, and our bars, that give the best F1 on these pairs; of equals the strictest."""
    steps = [round(0.05 + 0.01 * step, 2) for step in range(95)]
    single = {
        way: max(steps, key=lambda bar: (_f1(pairs, lambda pair: getattr(pair, name) >= bar), bar))
        for way, name in zip(WAYS, ("words", "hashes", "cosine"), strict=False)
    }
    every = [replace(BARS, **dict(zip(GRID, bars, strict=True))) for bars in itertools.product(*GRID.values())]
    best = max(
        every, key=lambda bars: (_f1(pairs, lambda pair: _ours(pair, bars)), bars.near + bars.alike + bars.shared)
    )
    return single, best


def measure(pairs: Sequence[Pair]) -> dict[str, Any]:
    """F1, precision and recall of each way on the half that nothing was tuned on; ours with the bars that are shipped."""
    tuned, held = halves(pairs)
    single, best = tune([pair for group in tuned for pair in group])
    says: dict[str, Callable[[Pair], bool]] = {
        "word overlap": lambda pair: pair.words >= single["word overlap"],
        "hashing alone": lambda pair: pair.hashes >= single["hashing alone"],
        "embeddings alone": lambda pair: pair.cosine >= single["embeddings alone"],
        "ours": lambda pair: _ours(pair, BARS),
    }
    columns = {}
    for way in WAYS:
        counts = [[(says[way](pair), pair.same) for pair in group] for group in held]
        columns[f"{way} right"] = np.array([sum(said and same for said, same in group) for group in counts])
        columns[f"{way} said"] = np.array([sum(said for said, _ in group) for group in counts])
    columns["same"] = np.array([sum(pair.same for pair in group) for group in held])
    return {
        "pairs": len(pairs), "same": sum(pair.same for pair in pairs), "held out": sum(map(len, held)),
        "kappa": kappa(*zip(*(pair.passes for pair in pairs), strict=True)),
        "thresholds": single, "bars": _bars(BARS), "bars tuned here": _bars(best),
        **{name: asdict(value) for name, value in bootstrap(columns, _statistics()).items()},
        "tuning half, f1": {way: _f1([pair for group in tuned for pair in group], says[way]) for way in WAYS},
        "held out by source, ours": _by_source([pair for group in held for pair in group]),
    }  # fmt: skip


def _statistics() -> dict[str, Callable]:
    found: dict[str, Callable] = {}
    for way in WAYS:
        found[f"{way} f1"] = lambda sums, way=way: 2 * sums[f"{way} right"] / (sums[f"{way} said"] + sums["same"])
        found[f"{way} precision"] = lambda sums, way=way: sums[f"{way} right"] / sums[f"{way} said"]
        found[f"{way} recall"] = lambda sums, way=way: sums[f"{way} right"] / sums["same"]
    for way in WAYS[:3]:
        found[f"ours - {way} f1"] = lambda sums, way=way: found["ours f1"](sums) - found[f"{way} f1"](sums)
    return found


def _by_source(pairs: Sequence[Pair]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for pair in pairs:
        counts = found.setdefault(pair.a.partition("/")[0], {"pairs": 0, "same": 0, "said": 0, "right": 0})
        said = _ours(pair, BARS)
        for name, value in (("pairs", 1), ("same", pair.same), ("said", said), ("right", said and pair.same)):
            counts[name] += int(value)
    return found


def _bars(bars: Bars) -> dict[str, float]:
    return {name: getattr(bars, name) for name in (*GRID, "titled")} | {"reach hours": bars.reach / timedelta(hours=1)}


def speed(open_stories: int = 100_000, batch: int = 256) -> dict[str, float]:
    """Milliseconds of processor an item, in batches, with so many stories open; megabytes that they take.

    The stories are of drawn words, each with a vector of its own within the last two days, so that none is out of reach.
    """
    draw, stories = np.random.default_rng(13), Stories(limit=open_stories)
    vocabulary = np.array(
        [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in ("n", "rt", "ls", "mp", "st", "k")]
    )
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, datetime(2026, 11, 1, tzinfo=UTC)
    spent: list[float] = []
    for first in range(0, open_stories + 10 * batch, batch):
        rows = draw.normal(size=(batch, 384)).astype(np.float32)
        texts = [" ".join(words).capitalize() for words in draw.choice(vocabulary, (batch, 30))]
        at = [start + timedelta(days=2 * (first + number) / open_stories) for number in range(batch)]
        items = [
            Waiting(first + number, "wire", text, text, at[number], at[number]) for number, text in enumerate(texts)
        ]
        began = time.process_time()
        stories.place(items, rows / np.linalg.norm(rows, axis=1, keepdims=True))
        stories.settled([first + number + 1 for number in range(batch)])
        spent.append(1000 * (time.process_time() - began) / batch)
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return {"open": len(stories), "ms an item, few open": round(float(np.median(spent[1:9])), 3),
            "ms an item, all open": round(float(np.median(spent[-10:])), 3), "megabytes": round(memory)}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--speed", action="store_true")
    given = parser.parse_args()
    pace = speed() if given.speed else None  # first, while this process holds nothing else
    content = measure(read_pairs()) | ({"speed": pace} if pace else {})
    sys.stdout.write(
        json.dumps(content, indent=1) + "\n"
        if given.json
        else "".join(f"{name}: {value}\n" for name, value in content.items())
    )


if __name__ == "__main__":
    main()
