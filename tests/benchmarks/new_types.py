"""New types from few examples: are the first suggestions right? WNUT-17, each of its six types in turn as the new one.

    python tests/benchmarks/new_types.py [--json] [--tune] [--sentences 300]      (needs HEADWATER_DATA; some minutes on one core)

Examples are sentences of wnut17:train that hold the type: 5, 10 and 20 of them, five draws each, with that type's spans marked
and no other's. What is learnt suggests in a draw of sentences of wnut17:test; its first 20 suggestions of the type, by
probability whatever that is, are held against the marked spans: both edges must be right. `recall` is the share of all marked
spans of the type that stand among these 20: with more than 20 of them it cannot reach 1, and `most` says how far it can.

Beside it: `dictionary`, every occurrence of the examples' own words, in any case, in the order of the sentences (it may have fewer than 20, and WNUT-17 was
made so that names of its test do not stand in its training split: few of them can be right); `random`,
20 of the same candidates at random. Intervals are bootstraps over draws (of a type) and over types and draws (of all): they
say what other examples would do, not other sentences. --tune measures weights on wnut17:validation, where the defaults were chosen.
"""

import argparse
import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from entity_extractor.learning.candidates import candidates
from entity_extractor.learning.draft import occurrences
from entity_extractor.learning.prototypes import Prototypes
from entity_extractor.learning.queue import Embeds
from entity_extractor.mentions import Annotated, Mention
from headwater import load
from headwater.data.catalogue import named_rows
from headwater.intervals import bootstrap
from headwater.text import words

__all__ = ["Remembering", "by_dictionary", "cell", "examples", "measured", "only", "rows_of"]

BUNDLE = Path(__file__).resolve().parents[2] / "models" / "sentences" / "bundle"
TYPES = ("corporation", "creative-work", "group", "location", "person", "product")
SHOTS, DRAWS, FIRST, SEED = (5, 10, 20), 5, 20, 13
Way = Callable[[Sequence[Annotated], Sequence[Annotated], str, int], list[tuple[int, Mention]]]


@dataclass
class Remembering:
    """An embedder that is asked for each text once."""

    embedder: Embeds
    known: dict[str, np.ndarray]

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        new = list(dict.fromkeys(text for text in texts if text not in self.known))
        self.known.update(zip(new, self.embedder.predict(new), strict=True))
        return np.stack([self.known[text] for text in texts])


def rows_of(source: str) -> list[Annotated]:
    found = []
    for number, row in enumerate(named_rows(source)[0]):
        spans = next(iter(row.targets.values()))
        mentions = tuple(Mention(s.start, s.end, s.label, row.text[s.start : s.end]) for s in spans)
        found.append(Annotated(str(number), row.text, mentions))
    return found


def only(one: Annotated, label: str) -> Annotated:
    return Annotated(one.id, one.text, tuple(m for m in one.mentions if m.label == label))


def examples(train: Sequence[Annotated], label: str, shots: int, seed: int) -> list[Annotated]:
    holds = [only(one, label) for one in train if any(m.label == label for m in one.mentions)]
    return random.Random(f"{label} {seed}").sample(holds, shots)  # of one draw, the first 5 are among its 10


def by_prototypes(prototypes: Prototypes) -> Way:
    def way(given: Sequence[Annotated], test: Sequence[Annotated], label: str, seed: int) -> list[tuple[int, Mention]]:
        learnt = prototypes.learn(given)
        every = learnt.suggest_all([one.text for one in test], least=0.0)
        found = [(row, mention) for row, mentions in enumerate(every) for mention in mentions]
        return sorted(found, key=lambda pair: (-pair[1].probability, pair[0], pair[1]))[:FIRST]

    return way


def by_dictionary(
    given: Sequence[Annotated], test: Sequence[Annotated], label: str, seed: int, most: int | None = FIRST
) -> list[tuple[int, Mention]]:
    names = sorted({m.text for one in given for m in one.mentions}, key=lambda name: (-len(name), name))
    found = []
    for row, one in enumerate(test):
        taken: list[tuple[int, int]] = []
        for start, end in (place for name in names for place in whole(one.text, name)):
            if all(end <= a or b <= start for a, b in taken):
                taken.append((start, end))
        found += [(row, Mention(start, end, label)) for start, end in sorted(taken)]
    return found[:most]


def whole(text: str, name: str) -> Iterable[tuple[int, int]]:
    """Occurrences that are whole words."""
    for start, end in occurrences(text, name):
        if not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()):
            yield start, end


def by_chance(given: Sequence[Annotated], test: Sequence[Annotated], label: str, seed: int) -> list[tuple[int, Mention]]:  # fmt: skip
    longest = 1 + max(len(words(m.text)) for one in given for m in one.mentions)  # as Prototypes.learn has it
    every = [(row, Mention(*place, label)) for row, one in enumerate(test) for place in candidates(one.text, longest)]
    return random.Random(f"{label} {seed}").sample(every, FIRST)


def cell(found: Sequence[tuple[int, Mention]], test: Sequence[Annotated]) -> tuple[int, int, int]:
    """(hits, suggestions, marked spans) of one draw; `test` holds the type's spans alone."""
    gold = {(row, m.start, m.end) for row, one in enumerate(test) for m in one.mentions}
    hits = {(row, m.start, m.end) for row, m in found} & gold
    return len(hits), len(found), len(gold)


def measured(
    way: Way, train: Sequence[Annotated], test: Sequence[Annotated], shots: int, draws: int = DRAWS
) -> dict[str, Any]:
    cells: dict[str, list[tuple[int, int, int]]] = {}
    for label in TYPES:
        marked = [only(one, label) for one in test]
        drawn = [examples(train, label, shots, seed) for seed in range(draws)]
        cells[label] = [cell(way(given, test, label, seed), marked) for seed, given in enumerate(drawn)]
    named = cells | {"all": [one for each in cells.values() for one in each]}
    return {name: summary(np.array(each, dtype=np.float64)) for name, each in named.items()}


def summary(cells: np.ndarray) -> dict[str, Any]:
    """`cells` (draws, 3): hits, suggestions, marked."""
    share = {
        "precision": lambda sums: sums["hits"] / np.where(sums["given"] > 0, sums["given"], np.nan),
        "recall": lambda sums: sums["hits"] / sums["gold"],
    }
    columns = dict(zip(("hits", "given", "gold"), cells.T, strict=True))
    columns["gold"] = np.maximum(columns["gold"], 1)
    found: dict[str, Any] = {"suggestions": float(cells[:, 1].mean()), "marked": float(cells[:, 2].mean())}
    found["most"] = float(np.minimum(FIRST, cells[:, 2]).sum() / columns["gold"].sum())
    if cells[:, 1].sum() == 0:  # a dictionary whose names never come again
        share.pop("precision")
    return found | {name: asdict(value) for name, value in bootstrap(columns, share).items()}


def tuned(embedder: Embeds, train: Sequence[Annotated], validation: Sequence[Annotated]) -> list[dict[str, Any]]:
    out = []
    for share, look, nearest in product((0.65, 0.8), (0.0, 0.1, 0.2), (3, 6)):
        way = by_prototypes(Prototypes(embedder, share, look, nearest))
        both = [measured(way, train, validation, shots, 2)["all"]["precision"]["value"] for shots in (5, 20)]
        out.append(
            {"words": share, "look": look, "nearest": nearest, "precision": dict(zip(("5", "20"), both, strict=True))}
        )
    return sorted(out, key=lambda row: -sum(row["precision"].values()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--tune", action="store_true")
    parser.add_argument("--sentences", type=int, default=300)
    options = parser.parse_args()
    embedder = Remembering(load(BUNDLE, workers=1), {})
    train = rows_of("wnut17:train")
    test = rows_of("wnut17:validation" if options.tune else "wnut17:test")
    test = random.Random(SEED).sample(test, options.sentences)
    if options.tune:
        print(json.dumps(tuned(embedder, train, test), indent=1))
        return
    ways: dict[str, Way] = {"prototypes": by_prototypes(Prototypes(embedder)), "dictionary": by_dictionary, "random": by_chance}  # fmt: skip
    found = {name: {str(shots): measured(way, train, test, shots) for shots in SHOTS} for name, way in ways.items()}
    print(json.dumps({"sentences": len(test), "draws": DRAWS, **found}, indent=1) if options.json else table(found))


def table(found: dict[str, Any]) -> str:
    lines = ["way         examples  type            precision at 20         recall                  it can reach"]
    for name, by_shots in found.items():
        for shots, by_type in by_shots.items():
            for label, one in by_type.items():
                shown = [
                    "{value:.2f} ({low:.2f} to {high:.2f})".format(**one[key]) if key in one else "nothing found"
                    for key in ("precision", "recall")
                ]
                lines.append(f"{name:<11} {shots:>8}  {label:<15} {shown[0]:<23} {shown[1]:<23} {one['most']:.2f}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
