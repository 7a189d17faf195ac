"""Which decoder for a tagger's words, and is a span's probability what it says? The shipped `entities` bundle, int8.

    python tests/benchmarks/span_decoding.py [--json]      (needs HEADWATER_DATA; 4 minutes)

Three decoders of the same logits: `argmax`, every word's best label, read as conlleval does; `viterbi`, the best sequence that
the labels' rules allow, which is what Headwater serves; `crf`, the best sequence under transition scores beside the same rules
(Lafferty et al. 2001), fitted by L-BFGS on the frozen logits: once on rows of conll2003:train, which the model was trained on
(`crf`), once on its validation rows, which it was not (`crf_unseen`). WNUT-17's person and location are PER and LOC, corporation
and group ORG, the rest MISC: a set from elsewhere, in other words. Gains are over viterbi, paired by sentence.

Probabilities: `before` is the least word's, as bundles of schema 1 have it, at its own best temperature; `now` is the bundle's way.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from headwater import load
from headwater.calibration import calibrated, fit_span_calibration, fit_span_temperature
from headwater.cli.evaluate import labelled_rows, parse_map
from headwater.comparison import paired_difference
from headwater.data.corpus import load_corpus
from headwater.data.example import Example
from headwater.evaluation import run_answers, span_answers
from headwater.export.transitions import MOST_ROWS, head_transitions
from headwater.intervals import bootstrap
from headwater.metrics import Counts, ece, micro_f1, reliability
from headwater.recipe import load_recipe
from headwater.span_metrics import span_counts
from headwater.spans import Span, Transitions, decode, from_bio, rules, trimmed
from headwater.text import clean, words

__all__ = ["compared", "probabilities"]

MODEL = Path(__file__).resolve().parents[2] / "models" / "entities"
WNUT = ["person=PER", "location=LOC", "corporation=ORG", "group=ORG", "*=MISC"]
Logits = Sequence[np.ndarray]


def spans_of(text: str, path: Sequence[int], labels: Sequence[str]) -> list[Span]:
    edges = words(clean(text))
    runs = trimmed(
        text, edges, from_bio([(word, word + 1) for word in range(len(path))], [labels[one] for one in path])
    )
    return [Span(edges[run.start][0], edges[run.end - 1][1], run.label) for run in runs]


def invalid(path: Sequence[int], labels: Sequence[str]) -> bool:
    start, allowed = rules(tuple(labels))
    return bool(len(path)) and bool(np.isinf(start[path[0]]) or any(np.isinf(allowed[a, b]) for a, b in pairwise(path)))


def compared(decoders: dict[str, Any], rows: Sequence[Example], logits: Logits, head: Any) -> dict[str, Any]:
    gold = [row.targets[head.name] for row in rows]
    paths = {name: [way(row) if len(row) else [] for row in logits] for name, way in decoders.items()}
    counts: dict[str, Counts] = {
        name: span_counts(gold, [spans_of(row.text, path, head.labels) for row, path in zip(rows, found, strict=True)])
        for name, found in paths.items()
    }
    out = {}
    for name, found in counts.items():
        (f1,) = bootstrap({"spans": found.values.sum(axis=1)[:, None]}, {"f1": lambda s: micro_f1(s["spans"])}).values()
        gain, low = paired_difference(counts["viterbi"], found, alpha=0.025)
        high = -paired_difference(found, counts["viterbi"], alpha=0.025)[1]
        out[name] = {
            "span_f1": asdict(f1),
            "gain": {"value": gain, "low": low, "high": high},
            "invalid_sequences": sum(invalid(path, head.labels) for path in paths[name]),
            "other_sentences": sum(a != b for a, b in zip(paths[name], paths["viterbi"], strict=True)),
        }
    return out


def probabilities(head: Any, sets: dict[str, Sequence[Example]], logits: dict[str, Logits], smoothing: float) -> Any:
    """Calibration error of spans by set, before and now, both fitted on the calibration split; and the diagrams."""
    temperature = fit_span_temperature(span_answers(head, sets["calibration"], logits["calibration"]))
    line = fit_span_calibration(*run_answers(head, sets["calibration"], logits["calibration"], smoothing), smoothing)
    plain = fit_span_calibration(*run_answers(head, sets["calibration"], logits["calibration"]))
    if line is None or plain is None:
        raise SystemExit("expected right and wrong spans in the calibration split")
    found: dict[str, Any] = {"temperature": temperature, "line": asdict(line), "sets": {}}
    for name, rows in sets.items():
        before, right = span_answers(head, rows, logits[name])(temperature)
        now = calibrated(run_answers(head, rows, logits[name], smoothing)[0], line)
        without = calibrated(run_answers(head, rows, logits[name])[0], plain)
        found["sets"][name] = {
            "spans": len(right),
            "right": float(right.mean()),
            "mean_probability": float(now.mean()),
            "ece": {
                "before": ece(before, right), "now": ece(now, right), "with smoothing left in": ece(without, right)
            },
            "reliability": {
                key: [asdict(point) for point in reliability(values, right)]
                for key, values in (("before", before), ("now", now))
            },
        }  # fmt: skip
    return found


def report() -> dict[str, Any]:
    opened, recipe = load(MODEL / "bundle"), load_recipe(MODEL / "recipe.toml")
    head, corpus = opened.head, load_corpus(load_recipe(MODEL / "recipe.toml"))
    sets = {
        "calibration": corpus.calibration,
        "conll2003:test": corpus.test,
        "conllpp:test": corpus.also["conllpp:test"],
    }
    sets["wnut17:test"] = labelled_rows("wnut17:test", head, None, parse_map(WNUT))
    learnt = {"validation": corpus.validation, "train": corpus.train[:MOST_ROWS]}
    logits = {
        name: opened.model.predictor.logits([row.text for row in rows])[head.name]
        for name, rows in {**sets, **learnt}.items()
    }
    decoders = {"argmax": lambda row: row.argmax(axis=1).tolist(), "viterbi": lambda row: decode(row, head.labels)}
    learnt_scores: dict[str, Transitions] = {}
    for name, rows in (("crf", "train"), ("crf_unseen", "validation")):
        learnt_scores[name] = head_transitions(head, learnt[rows], logits[rows])
        decoders[name] = partial(decode, labels=head.labels, transitions=learnt_scores[name])
        sys.stderr.write(f"{name}: fitted\n")
    tests = [name for name in sets if name != "calibration"]
    return {
        "bundle": opened.bundle.manifest.name,
        "variant": opened.model.variant,
        "transitions": {"labels": head.labels, **learnt_scores},
        "decoders": {name: compared(decoders, sets[name], logits[name], head) for name in tests},
        "probabilities": probabilities(head, sets, logits, recipe.training.label_smoothing),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    content = report()
    if given.json:
        sys.stdout.write(json.dumps(content, indent=1) + "\n")
        return
    for name, found in content["decoders"].items():
        for decoder, entry in found.items():
            sys.stdout.write(
                f"{name} {decoder}: F1 {entry['span_f1']['value']:.4f}, {entry['invalid_sequences']} invalid\n"
            )
    for name, found in content["probabilities"]["sets"].items():
        sys.stdout.write(f"{name}: calibration error {found['ece']}\n")


if __name__ == "__main__":
    main()
