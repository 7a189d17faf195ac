"""What each strategy of a recipe pays on few rows: one change at a time against the same recipe without it.

    python tests/benchmarks/ablation.py banking77 [--json] [--lane 1/2]      (needs HEADWATER_DATA and the encoder)
    python tests/benchmarks/ablation.py conll2003 [--json] [--lane 1/2]

A strategy is trained with three seeds, which also draw its training rows, and measured on the official test set. What it
pays is the mean difference to the plain recipe of the same seed, with a 95 % interval by Student's t over the seeds (two
degrees of freedom: an interval without 0 is a strong sign, one with 0 says little). Each run is kept as a line in
build/ablation/SET.jsonl, so that a killed benchmark goes on, and lanes share the work.
"""

import argparse
import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scipy import stats

from headwater.bundle import open_bundle
from headwater.data.catalogue import named_rows
from headwater.data.example import Example
from headwater.data.splits import split_off
from headwater.evaluation import evaluate_head
from headwater.recipe import Recipe, parse_recipe
from headwater.spans import Span
from headwater.training.fit import fit
from headwater.training.runner import load_trained

__all__ = ["SETS", "changes_of", "paid", "recipe_of"]

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "ablation"
SEEDS = (13, 14, 15)
LORA = {"adapter_rank": 16, "adapter_alpha": 32, "learning_rate": 1e-3}  # small matrices take a higher rate

# Changes of [training], by name; "pretraining" and "class_weights" stand elsewhere in a recipe.
COMMON: dict[str, dict[str, Any]] = {
    "plain": {},
    "freeze word embeddings": {"freeze": ["embeddings.word_embeddings"]},
    "freeze the lower half": {"freeze": ["embeddings", "encoder.layer.0.", "encoder.layer.1.", "encoder.layer.2."]},
    "unfreeze over 2 epochs": {"unfreeze": 2.0},
    "layer_decay 0.9": {"layer_decay": 0.9},
    "lora, rank 16": {"adapter": "lora", **LORA},
    "adalora, rank 16": {"adapter": "adalora", **LORA},
    "class_weights balanced": {"class_weights": "balanced"},
    "focal 2": {"focal": 2.0},
    "label_smoothing 0.1": {"label_smoothing": 0.1},
    "word_dropout 0.1": {"word_dropout": 0.1},
    "r_drop 1": {"r_drop": 1.0},
    "ema 0.99": {"ema": 0.99},
    "pretraining, 1 epoch": {"pretraining": 1},
}
# rows: of training (banking77's for each label), of validation; metric and kind of the set's own head.
SETS: dict[str, dict[str, Any]] = {
    "banking77": {
        "task": "classification",
        "metric": "accuracy",
        "rows": (770, 231),
        "training": {"epochs": 8, "learning_rate": 3e-4, "head_rate": 5, "batch_size": 16},
        "changes": {"augment: typos 0.1": {"augment": {"typos": 0.1}}},
        "teacher": "support-intent",
    },
    "conll2003": {
        "task": "tagging",
        "metric": "span_f1",
        "rows": (500, 200),
        "training": {"epochs": 6, "learning_rate": 3e-4, "head_rate": 5, "batch_size": 16, "casing": True},
        "changes": {"augment: entities 0.5": {"augment": {"entities": 0.5}}},
        "teacher": "entities",
    },
}


def changes_of(name: str) -> dict[str, dict[str, Any]]:
    """Every strategy of a set; the shipped model of the same task is the teacher, which learnt from all rows."""
    teacher = ROOT / "models" / SETS[name]["teacher"] / "bundle"
    return COMMON | SETS[name]["changes"] | {f"distil {teacher.parent.name}": {"distil": {"teacher": str(teacher)}}}


def draw(name: str, seed: int) -> Path:
    """The folder with train.jsonl and validation.jsonl: seeded parts of the set's own training split, labels in its shares."""
    folder = BUILD / name / str(seed)
    rows = named_rows(f"{name}:train")[0]
    shares = [wanted / len(rows) for wanted in SETS[name]["rows"]]
    column = "label" if SETS[name]["task"] == "classification" else None
    folder.mkdir(parents=True, exist_ok=True)
    for split, part in zip(("train", "validation"), split_off(rows, shares, column, seed), strict=False):
        (folder / f"{split}.jsonl").write_text("".join(json.dumps(plain(row)) + "\n" for row in part), encoding="utf-8")
    return folder


def plain(row: Example) -> dict[str, Any]:
    if "label" in row.targets:
        return {"text": row.text, "label": row.targets["label"]}
    spans = [span for span in row.targets["spans"] if isinstance(span, Span)]
    return {"text": row.text, "entities": [{"start": s.start, "end": s.end, "type": s.label} for s in spans]}


def recipe_of(name: str, change: dict[str, Any], seed: int) -> Recipe:
    """The plain recipe of a set with one change."""
    change, chosen, folder = dict(change), SETS[name], draw(name, seed)
    weights, epochs = change.pop("class_weights", None), change.pop("pretraining", None)
    content = {
        "name": f"ablation-{name}",
        "task": chosen["task"],
        "encoder": "minilm-l6",
        "data": {
            "train": ["train.jsonl"],
            "validation": ["validation.jsonl"],
            "calibration": ["validation.jsonl"],  # asked for by every recipe, and not read here
            "test": [f"{name}:test"],
            "seed": seed,
        },
        "training": {**chosen["training"], "seed": seed, "tracking": "none", **change},
    }
    head: dict[str, Any] = {}
    if "distil" in change:  # the teacher may know a label more than the rows
        known = open_bundle(change["distil"]["teacher"]).head()
        tags = sorted({label[2:] for label in known.labels if label != "O"})
        head = {"labels": tags if known.kind == "token" else list(known.labels)}
    head |= {"class_weights": weights} if weights else {}
    if head:
        names = {"classification": ("label", "single"), "tagging": ("entities", "token")}
        content["heads"] = [dict(zip(("name", "kind"), names[chosen["task"]], strict=True)) | head]
    if epochs:
        content["pretraining"] = {"texts": [f"{name}:train"], "epochs": epochs}
    return parse_recipe(content, folder=folder)


def measured(name: str, change: dict[str, Any], seed: int) -> dict[str, float]:
    """The set's metric on its test rows, and the seconds that training took: for the log, since lanes share the machine."""
    recipe = recipe_of(name, change, seed)
    with tempfile.TemporaryDirectory(prefix="headwater-ablation-") as work:
        began = time.perf_counter()
        run = fit(recipe, Path(work) / "run")
        seconds = time.perf_counter() - began
        predictor = load_trained(run.folder / "model").predictor
        test = run.corpus.test
        head = predictor.heads[0]
        found = evaluate_head(head, test, predictor.logits([row.text for row in test])[head.name])
    return {"value": found.metrics[SETS[name]["metric"]].value, "seconds": seconds}


def paid(runs: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """By strategy: the mean value, and the mean difference to plain of the same seed with its half-width.

    >>> runs = [
    ...     {"change": c, "seed": s, "value": v}
    ...     for c, s, v in [("plain", 1, 0.5), ("plain", 2, 0.6), ("other", 1, 0.6), ("other", 2, 0.7)]
    ... ]
    >>> round(paid(runs)["other"]["gain"], 6)
    0.1
    """
    base = {run["seed"]: run["value"] for run in runs if run["change"] == "plain"}
    table = {}
    for change in dict.fromkeys(run["change"] for run in runs):
        mine = [run for run in runs if run["change"] == change and run["seed"] in base]
        gains = [run["value"] - base[run["seed"]] for run in mine]
        spread = statistics.stdev(gains) / math.sqrt(len(gains)) if len(gains) > 1 else math.nan
        table[change] = {
            "value": statistics.mean(run["value"] for run in mine),
            "gain": statistics.mean(gains),
            "half_width": float(stats.t.ppf(0.975, len(gains) - 1)) * spread if len(gains) > 1 else math.nan,
            "seeds": len(gains),
        }
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set", choices=sorted(SETS))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--lane", default="1/1", help="I/N: every Nth run, from the Ith; several lanes may run at once")
    parser.add_argument("--only", action="append", help="only this strategy, and plain; can be given again")
    given = parser.parse_args()
    lane, lanes = map(int, given.lane.split("/"))
    log = BUILD / f"{given.set}.jsonl"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.touch()
    changes = {
        name: change
        for name, change in changes_of(given.set).items()
        if not given.only or name in ("plain", *given.only)
    }
    jobs = [(name, seed) for seed in SEEDS for name in changes]
    for name, seed in jobs[lane - 1 :: lanes]:
        runs = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        if any((run["change"], run["seed"]) == (name, seed) for run in runs):
            continue
        found = {"change": name, "seed": seed, **measured(given.set, changes[name], seed)}
        with log.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(found) + "\n")
        sys.stderr.write(f"{found}\n")
    runs = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    content = {
        "set": given.set,
        "rows": SETS[given.set]["rows"][0],
        "metric": SETS[given.set]["metric"],
        "strategies": paid(runs),
    }
    sys.stdout.write(
        json.dumps(content, indent=2) + "\n"
        if given.json
        else "".join(f"{k}: {v}\n" for k, v in content["strategies"].items())
    )


if __name__ == "__main__":
    main()
