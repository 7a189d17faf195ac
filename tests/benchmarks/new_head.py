"""A new type from 100 corrected sentences: what is found of it, and what is lost of the old types. WNUT-17's over the shipped tagger.

    python tests/benchmarks/new_head.py [--json] [--draws 3] [--work FOLDER]      (needs HEADWATER_DATA and the encoder; 40 minutes on a core)
    python tests/benchmarks/new_head.py --little                                  (one draw of one type, little data: only that it runs)

The old model is models/entities (conll2003: PER, ORG, LOC, MISC). New, one at a time, are three types of wnut17: product and
creative-work, of which conll2003 has some as MISC, and group, whose teams are ORG there. corporation, person and location are
old types under other names. 100 sentences of wnut17:train that hold the type, with its spans marked and no other's, go the road
of `headwater teach --marks new`, of which 15 are held out for its test; nothing replayed, or 500 sentences: of conll2003:train
(`rows`), or of the rest of wnut17:train without their labels, as the old model reads them itself (`own`; `open`: the same, and
what is O there may be the new type).

Measured on 1,000 sentences each: strict F1 of the new type on wnut17:test, beside prototypes (learning/prototypes.py) and a
dictionary of the same 100 sentences; strict F1 of the four old types on conll2003:test before and after, paired. Intervals of
one model are over sentences, those of all draws' means over draws. Each cell is a line of cells.jsonl in --work (build/new_head):
a killed run goes on.
"""

import argparse
import json
import random
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # as a script it knows its own folder alone
from entity_extractor.learning.prototypes import Prototypes  # noqa: E402
from entity_extractor.mentions import Annotated  # noqa: E402
from headwater import load  # noqa: E402
from headwater.comparison import paired_difference  # noqa: E402
from headwater.intervals import bootstrap  # noqa: E402
from headwater.metrics import FN, FP, TP, Counts, micro_f1  # noqa: E402
from headwater.recipe import load_recipe  # noqa: E402
from headwater.serving.decoding import read_spans  # noqa: E402
from headwater.span_metrics import span_counts  # noqa: E402
from headwater.spans import Span  # noqa: E402
from headwater.teaching import Lesson, Marked, filled, replayed, write_lesson  # noqa: E402
from headwater.training.fit import fit  # noqa: E402
from headwater.training.runner import load_trained  # noqa: E402
from tests.benchmarks.new_types import Remembering, by_dictionary, examples, only, rows_of  # noqa: E402

__all__ = ["OLD", "TYPES", "scores", "summary"]

MODELS = ROOT / "models"
OLD, TYPES = ("PER", "ORG", "LOC", "MISC"), ("product", "creative-work", "group")
WAYS = ("alone", "own", "open", "rows")  # what is replayed
SHOTS, REPLAY, TEST, SEED = 100, 500, 1_000, 13
Said = Sequence[Sequence[Span]]


def spans(rows: Sequence[Annotated]) -> list[list[Span]]:
    return [[mention.span for mention in one.mentions] for one in rows]


def scores(gold: Said, found: Said, types: Sequence[str]) -> Counts:
    """Counts of these types alone, by sentence; what is found of other types is no fault of theirs."""
    kept = [[[span for span in row if span.label in types] for row in rows] for rows in (gold, found)]
    return span_counts(*kept)


def f1(counts: Counts) -> dict[str, Any]:
    sums = counts.values.sum(axis=1)
    found = asdict(bootstrap({"spans": sums[:, None]}, {"f1": lambda drawn: micro_f1(drawn["spans"])})["f1"])
    hits, wrong, missed = (int(sums[:, kind].sum()) for kind in (TP, FP, FN))
    return {**found, "precision": hits / max(1, hits + wrong), "recall": hits / max(1, hits + missed)}


class Bench:
    """What every cell is measured on, and the old model."""

    def __init__(self, size: argparse.Namespace) -> None:
        self.size, draw = size, random.Random(SEED)
        self.old = load(MODELS / "entities" / "bundle", workers=1)
        self.embedder = Remembering(load(MODELS / "sentences" / "bundle", workers=1), {})  # type: ignore[arg-type]
        self.train = rows_of("wnut17:train")
        self.rows = [Marked(one.text, tuple(m.span for m in one.mentions)) for one in rows_of("conll2003:train")]
        split = "validation" if size.tune else "test"
        tests = [rows_of(f"{name}:{split}") for name in ("wnut17", "conll2003")]
        self.wnut, self.conll = (draw.sample(test, min(size.test, len(test))) for test in tests)
        said = self.old.predict([one.text for one in self.conll])  # type: ignore[union-attr]
        self.before = scores(spans(self.conll), said, OLD)

    def replay(self, way: str, given: Sequence[Annotated], seed: int) -> list[Marked]:
        taken = {one.text for one in given}
        if way in ("own", "open"):
            return replayed((one.text for one in self.train), self.old, self.size.replay, taken)
        return random.Random(seed).sample(self.rows, self.size.replay) if way == "rows" else []

    def taught(self, label: str, draw: int, way: str) -> dict[str, Any]:
        """One model: from the lesson to its figures."""
        given, begun = examples(self.train, label, self.size.shots, draw), time.perf_counter()
        marked = [Marked(one.text, tuple(mention.span for mention in one.mentions)) for one in given]
        lesson = Lesson(OLD, (label,), filled(marked, self.old, OLD), (), self.replay(way, given, draw))
        folder = self.size.work / f"{label}-{draw}-{way}"
        shutil.rmtree(folder, ignore_errors=True)
        training = {"seed": SEED + draw, "tracking": "none", **json.loads(self.size.training)}
        recipe = write_lesson(
            folder / "lesson", self.old.bundle, self.old.head, lesson, "new", way == "open", **training
        )  # type: ignore[union-attr]
        trained = load_trained(fit(load_recipe(recipe), folder / "run").folder / "model")
        seconds = time.perf_counter() - begun
        (head,) = trained.model.config.head_list

        def read(rows: Sequence[Annotated]) -> Said:
            texts = [one.text for one in rows]
            logits = trained.predictor.logits(texts)[head.name]
            return [read_spans(text, one, head.labels, 1.0) for text, one in zip(texts, logits, strict=True)]

        after = scores(spans(self.conll), read(self.conll), OLD)
        value, low = paired_difference(self.before, after, alpha=0.025)
        high = -paired_difference(after, self.before, alpha=0.025)[1]
        shutil.rmtree(folder, ignore_errors=True)
        return {
            "new": f1(scores(spans(self.wnut), read(self.wnut), (label,))),
            "old": f1(after),
            "lost": {"value": value, "low": low, "high": high},
            "seconds": round(seconds),
        }

    def beside(self, label: str, draw: int, way: str) -> dict[str, Any]:
        """What needs no training, on the same sentences."""
        given = examples(self.train, label, self.size.shots, draw)
        if way == "prototypes":
            found = Prototypes(self.embedder).learn(given).suggest_all([one.text for one in self.wnut])  # type: ignore[arg-type]
            said: list[list[Span]] = [[m.span for m in mentions] for mentions in found]
        else:
            said = [[] for _ in self.wnut]
            for row, mention in by_dictionary(given, self.wnut, label, draw, most=None):
                said[row].append(mention.span)
        return {"new": f1(scores(spans([only(one, label) for one in self.wnut]), said, (label,)))}


def summary(cells: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """By way: the means over types and draws, and of each type."""
    out: dict[str, Any] = {}
    for way in dict.fromkeys(cell["way"] for cell in cells):
        own = [cell for cell in cells if cell["way"] == way]
        new = [cell["new"]["value"] for cell in own]
        out[way] = {
            "new": spread(new),
            "by_type": {t: statistics.mean(c["new"]["value"] for c in own if c["type"] == t) for t in TYPES if any(c["type"] == t for c in own)},
        }  # fmt: skip
        for key, name in (("old", "old"), ("lost", "change")):
            if key in own[0]:
                out[way][name] = spread([cell[key]["value"] for cell in own])
    return out


def spread(values: Sequence[float]) -> dict[str, float]:
    """The mean over cells, with a bootstrap's interval: what other draws and types would give."""
    one = bootstrap({"v": np.array(values)[:, None], "n": np.ones((len(values), 1))}, {"mean": lambda d: d["v"][:, 0] / d["n"][:, 0]})["mean"]  # fmt: skip
    return asdict(one)


def cells_of(size: argparse.Namespace, run: Callable[[str, int, str], dict[str, Any]]) -> list[dict[str, Any]]:
    """Every cell, of an earlier run or anew; draw by draw, so that one that is stopped has whole draws."""
    size.work.mkdir(parents=True, exist_ok=True)
    file = size.work / "cells.jsonl"
    done = [json.loads(line) for line in file.read_text().splitlines()] if file.is_file() else []
    known = {(cell["type"], cell["draw"], cell["way"]): cell for cell in done}
    for draw in range(size.draws):
        for label in size.types:
            for way in ("dictionary", "prototypes", *size.ways):
                if (label, draw, way) in known:
                    continue
                cell = {"type": label, "draw": draw, "way": way, **run(label, draw, way)}
                known[label, draw, way] = cell
                with file.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(cell) + "\n")
                lost = f", old {cell['old']['value']:.3f}" if "old" in cell else ""
                sys.stderr.write(f"{draw} {label} {way}: new {cell['new']['value']:.3f}{lost}\n")
    return [cell for (label, draw, _), cell in known.items() if label in size.types and draw < size.draws]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--little", action="store_true")
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--types", nargs="+", choices=TYPES, default=TYPES)
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "new_head")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--tune", action="store_true", help="on the validation splits, where the defaults were chosen")
    parser.add_argument("--training", default="{}", help="JSON over the lesson's training keys")
    size = parser.parse_args()
    size.shots, size.replay, size.test = (20, 20, 40) if size.little else (SHOTS, REPLAY, TEST)
    if size.little:
        size.draws, size.types, size.work, size.training = 1, ["product"], size.work / "little", '{"epochs": 1}'
    bench = Bench(size)
    cells = cells_of(size, lambda label, draw, way: (bench.taught if way in WAYS else bench.beside)(label, draw, way))
    content = {
        "shots": size.shots, "replay": size.replay, "sentences": len(bench.wnut), "draws": size.draws,
        "before": f1(bench.before), "ways": summary(cells), "cells": cells,
    }  # fmt: skip
    print(json.dumps(content, indent=1) if size.json else table(content))


def table(content: dict[str, Any]) -> str:
    lines = [
        f"old types before: {content['before']['value']:.3f}",
        "way         F1 of the new type        old types, change",
    ]
    for way, one in content["ways"].items():
        new = "{value:.3f} ({low:.3f} to {high:.3f})".format(**one["new"])
        lost = "{value:+.3f} ({low:+.3f} to {high:+.3f})".format(**one["change"]) if "change" in one else ""
        lines.append(f"{way:<11} {new:<25} {lost}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
