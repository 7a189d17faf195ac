"""What a hundred corrected sentences gain, in the queue's order and at random: F1 of spans, paired, on wnut17 and conll2003.

    python tests/benchmarks/correcting.py wnut17 [--json] [--draws 3]      (needs HEADWATER_DATA and the encoder minilm-l6)
    python tests/benchmarks/correcting.py conll2003 --little               (little data, one epoch: only that it runs)

A model begins with 200 sentences of the training split and has ten times 100 more corrected, by the split's own labels; each
time it is trained from the encoder anew, 20 epochs. Test: 1,000 sentences of the test split. Both orders begin from the same
sentences; --draws repeats all of it with other ones. That is 22 trainings of 200 to 1,200 sentences a draw: 2 x 7,700 rows x
20 epochs at about 55 rows a second (two idle cores) are an hour and a half, with what is read between them. --rounds 4 is a quarter of it.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from entity_extractor.learning.doubts import Opinion, doubt_of
from entity_extractor.learning.queue import Embeds
from entity_extractor.learning.simulate import ORDERS, Point, gains, simulated
from entity_extractor.mentions import Annotated, Mention
from headwater import load
from headwater.data.catalogue import named_rows
from headwater.recipe import parse_recipe
from headwater.serving.decoding import read_spans
from headwater.training.fit import fit
from headwater.training.runner import load_trained

__all__ = ["Size", "learner", "measured"]

BUNDLE = Path(__file__).resolve().parents[2] / "models" / "sentences" / "bundle"
SETS = ("conll2003", "wnut17")


@dataclass(frozen=True)
class Size:
    """How much is done: sentences to begin with, in the pool, corrected a round, of the test; rounds and epochs."""

    start: int = 200
    pool: int = 3_000
    step: int = 100
    test: int = 1_000
    rounds: int = 10
    epochs: int = 20


LITTLE = Size(40, 120, 20, 80, 1, 1)


def rows_of(source: str, count: int, seed: int) -> list[Annotated]:
    """Some sentences of a split, no text twice."""
    found = {}
    for number, row in enumerate(named_rows(source)[0]):
        spans = next(iter(row.targets.values()))
        mentions = tuple(Mention(s.start, s.end, s.label, row.text[s.start : s.end]) for s in spans)
        found.setdefault(row.text, Annotated(f"{source}#{number}", row.text, mentions))
    every = list(found.values())
    return random.Random(seed).sample(every, min(count, len(every)))


def learner(
    types: Sequence[str], encoder: str, epochs: int, folder: Path, max_length: int = 128
) -> Callable[[Sequence[Annotated]], Any]:
    """Trains a tagger on annotated texts; each training is a run of its own in `folder`."""

    def learn(rows: Sequence[Annotated]) -> Callable[[Sequence[str]], list[Opinion]]:
        here = Path(tempfile.mkdtemp(dir=folder))
        for name, part in (("train", rows), ("test", rows[:2])):  # a recipe wants a test; it is measured elsewhere
            lines = [
                {"text": r.text, "entities": [{"start": m.start, "end": m.end, "type": m.label} for m in r.mentions]}
                for r in part
            ]
            (here / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        content = {
            "name": "correcting", "task": "tagging", "encoder": encoder,
            "heads": [{"name": "entities", "kind": "token", "labels": list(types)}],
            "data": {"train": ["train.jsonl"], "test": ["test.jsonl"], "validation": 0.1, "calibration": 0.05},
            "training": {"epochs": epochs, "batch_size": 16, "learning_rate": 2e-4, "head_rate": 5.0, "max_length": max_length,
                         "casing": True, "metric": "entities.span_f1"},
        }  # fmt: skip
        trained = load_trained(fit(parse_recipe(content, folder=here), here / "run").folder / "model")
        (head,) = trained.model.config.head_list

        def read(texts: Sequence[str]) -> list[Opinion]:
            found = []
            for text, logits in zip(texts, trained.predictor.logits(texts)[head.name], strict=True):
                spans = read_spans(text, logits, head.labels, 1.0)
                found.append(Opinion(text, spans, doubt_of(text, spans, logits, head)))
            return found

        return read

    return learn


def measured(name: str, size: Size, encoder: str, embedder: Embeds, folder: Path, seed: int) -> dict[str, Any]:
    rows = rows_of(f"{name}:train", size.start + size.pool, seed)
    test = rows_of(f"{name}:test", size.test, 13)
    types = sorted({mention.label for row in rows for mention in row.mentions})
    learn, points = learner(types, encoder, size.epochs, folder), dict[str, list[Point]]()
    for order in ORDERS:
        begun, points[order] = time.perf_counter(), []
        told = {"step": size.step, "rounds": size.rounds, "seed": seed}
        for point in simulated(rows[: size.start], rows[size.start :], test, learn, embedder, order, **told):  # type: ignore[arg-type]
            points[order].append(point)
            sys.stderr.write(
                f"{name} {order} {point.corrected}: F1 {point.f1.value:.3f}, {time.perf_counter() - begun:.0f} s\n"
            )
    f1 = {order: [{"corrected": one.corrected, **asdict(one.f1)} for one in found] for order, found in points.items()}
    return {"set": name, "seed": seed, "f1": f1, "gains": [asdict(one) for one in gains(points)]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set", choices=SETS)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--little", action="store_true")
    parser.add_argument("--draws", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=Size.rounds, help="hundreds that are corrected")
    parser.add_argument("--encoder", default="minilm-l6")
    options = parser.parse_args()
    size, embedder = LITTLE if options.little else Size(rounds=options.rounds), load(BUNDLE, workers=1)
    with tempfile.TemporaryDirectory(prefix="headwater-correcting-") as folder:
        found = [
            measured(options.set, size, options.encoder, embedder, Path(folder), seed)  # type: ignore[arg-type]
            for seed in range(options.draws)
        ]
    if options.json:
        print(json.dumps({"size": asdict(size), "draws": found}, indent=1))
        return
    print("draw  corrected  F1 a hundred, queue  at random  queue - random")
    for one in found:
        for gain in one["gains"]:
            apart = "{value:+.3f} ({low:+.3f} to {high:+.3f})".format(**gain["difference"])
            print(
                f"{one['seed']:>4}  {gain['corrected']:>9}  {gain['queue']:>+19.3f}  {gain['random']:>+9.3f}  {apart}"
            )


if __name__ == "__main__":
    main()
