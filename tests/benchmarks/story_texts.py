"""The texts behind tests/benchmarks/story_pairs.jsonl, and how its pairs were drawn.

    python tests/benchmarks/story_texts.py OUT     (draw anew: pairs without labels; needs HEADWATER_DATA; 2 minutes)

A text is named "feed/feed-0204" (the shipped feed, by id) or "reuters/train/1234" (a public set: split, row from 0).
"""

import argparse
import gzip
import json
import os
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np

import headwater
from sentiment_monitor.stories.facts import facts_of
from sentiment_monitor.stories.hashing import Hashes, hashed
from sentiment_monitor.stories.words import READ

__all__ = ["Told", "draw", "told"]

ROOT = Path(__file__).parents[2]
FEED = ROOT / "apps" / "sentiment_monitor" / "sample" / "feed.jsonl"
BUNDLE = ROOT / "models" / "sentences" / "bundle"
SETS = {
    "reuters": ("reuters21578_modapte", ("train", "test")),
    "twitter": ("twitter_fin_sentiment", ("train", "validation")),
    "finentity": ("finentity", ("all",)),
}
WANTED = {"feed": 84, "reuters": 168, "twitter": 168, "finentity": 36}
STRATA = (
    (0.45, 0.6),
    (0.6, 0.7),
    (0.7, 0.78),
    (0.78, 0.86),
    (0.86, 0.93),
    (0.93, 1.01),
)  # of cosine, drawn alike often
DAYS = (datetime(1987, 3, 2, tzinfo=UTC), datetime(1987, 3, 7, tzinfo=UTC))  # of reuters: a working week
APART = timedelta(days=4)  # the longest time between two of reuters
MOST = 4000  # texts of a set
BEGINNING = 300  # characters that the strata are drawn by
SEED = 13


@dataclass(frozen=True)
class Told:
    """One text; `at` and `title` are None where the set has none."""

    name: str
    text: str
    title: str | None = None
    at: datetime | None = None


@cache
def told(source: str) -> dict[str, Told]:
    """The texts of a source by name. Raises KeyError where HEADWATER_DATA is not set."""
    if source == "feed":
        rows = [json.loads(line) for line in FEED.read_text(encoding="utf-8").splitlines()]
        every = [Told(f"feed/{row['id']}", row["text"], None, datetime.fromisoformat(row["published"])) for row in rows]
        return {one.name: one for one in every}
    folder, splits = SETS[source]
    found = {}
    for split in splits:
        with gzip.open(
            Path(os.environ["HEADWATER_DATA"]) / folder / f"{split}.jsonl.gz", "rt", encoding="utf-8"
        ) as lines:
            for number, line in enumerate(lines):
                row, name = json.loads(line), f"{source}/{split}/{number}"
                found[name] = Told(name, row["text"], row.get("title"), _dated(row.get("date")))
    return found


def draw(source: str, count: int) -> list[tuple[str, str]]:
    """Pairs of different texts, as many from each stratum of their cosine as there are, in a drawn order."""
    every = [one for one in told(source).values() if one.at is None or source == "feed" or DAYS[0] <= one.at < DAYS[1]]
    every = every[:MOST]
    vectors = headwater.load(BUNDLE, workers=1).predict([one.text[:BEGINNING] for one in every])
    chance, strata = random.Random(SEED), [[] for _ in STRATA]
    met = {(one, other): cosine for one, other, cosine in sorted(_near(vectors, STRATA[0][0]) | _wordy(every, vectors))}
    for (one, other), cosine in met.items():
        a, b = every[one], every[other]
        if a.text != b.text and (a.at is None or b.at is None or abs(a.at - b.at) <= APART):
            place = next(number for number, (low, high) in enumerate(STRATA) if max(cosine, STRATA[0][0]) < high)
            strata[place].append((a.name, b.name))
    drawn: list[tuple[str, str]] = []
    for stratum in strata:
        chance.shuffle(stratum := sorted(stratum))
        drawn += _spread(stratum, count // len(STRATA))
    chance.shuffle(drawn)
    return drawn


def _spread(pairs: list[tuple[str, str]], count: int) -> list[tuple[str, str]]:
    """The first `count` in which no text stands more than twice, so that one long story does not fill a stratum."""
    seen: dict[str, int] = {}
    taken = []
    for pair in pairs:
        if len(taken) < count and all(seen.get(name, 0) < 2 for name in pair):
            taken.append(pair)
            seen |= {name: seen.get(name, 0) + 1 for name in pair}
    return taken


def _near(vectors: np.ndarray, least: float) -> set[tuple[int, int, float]]:
    """Some pairs of each height: the nearest twelve of every text, and twelve drawn of the rest above `least`."""
    generator, found = np.random.default_rng(SEED), set()
    for row, vector in enumerate(vectors):
        cosines = np.round(vectors @ vector, 4)
        cosines[row] = -1
        above = np.flatnonzero(cosines >= least)
        nearest = above[np.argsort(-cosines[above])[:12]]
        for other in {*nearest.tolist(), *generator.permutation(above)[:12].tolist()}:
            found.add((min(row, other), max(row, other), float(cosines[other])))
    return found


def _wordy(every: list[Told], vectors: np.ndarray) -> set[tuple[int, int, float]]:
    """Pairs that MinHash finds, however far their vectors are."""
    index, found = Hashes(), set()
    for row, minhash in enumerate(hashed([facts_of(one.text[:READ]).shingles for one in every])):
        found |= {(other, row, round(float(vectors[row] @ vectors[other]), 4)) for other in index.near(minhash, 4)}
        index.add(row, minhash)
    return found


def _dated(date: str | None) -> datetime | None:
    return datetime.strptime(date.strip().partition(".")[0], "%d-%b-%Y %H:%M:%S").replace(tzinfo=UTC) if date else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    pairs = [pair for source, count in WANTED.items() for pair in draw(source, count)]
    lines = [json.dumps({"a": a, "b": b}) for a, b in pairs]
    parser.parse_args().out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
