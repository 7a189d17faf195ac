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
from headwater.intervals import bootstrap
from headwater.metrics import Counts, ece, micro_f1, reliability
from headwater.recipe import load_recipe
from headwater.span_metrics import span_counts
from headwater.spans import Span, decode, from_bio, rules, to_bio, trimmed
from headwater.text import clean, words

__all__ = ["Crf", "fit_crf"]

MODEL = Path(__file__).resolve().parents[2] / "models" / "entities"
WNUT = ["person=PER", "location=LOC", "corporation=ORG", "group=ORG", "*=MISC"]
TRAINED = 6000  # rows of train that the transitions are fitted on: 81 numbers need no more
FAR = -1e4
Logits = Sequence[np.ndarray]


class Crf:
    """Transition scores between labels, beside what the rules forbid: float (labels, labels) and, at the start, (labels,)."""

    def __init__(self, labels: Sequence[str], values: np.ndarray | None = None) -> None:
        start, allowed = rules(tuple(labels))
        count = len(labels)
        learnt = np.zeros((count + 1, count)) if values is None else values.reshape(count + 1, count)
        self.start, self.moves = np.maximum(start, FAR) + learnt[0], np.maximum(allowed, FAR) + learnt[1:]

    def decode(self, logits: np.ndarray) -> list[int]:
        score, back = logits[0] + self.start, []
        for row in logits[1:]:
            paths = score[:, None] + self.moves
            back.append(paths.argmax(axis=0))
            score = paths.max(axis=0) + row
        best = [int(score.argmax())]
        for step in reversed(back):
            best.append(int(step[best[-1]]))
        return best[::-1]

    def loss(self, logits: np.ndarray, gold: np.ndarray, mask: np.ndarray) -> tuple[float, np.ndarray]:
        """Negative log likelihood and its slope over the start and the moves; (texts, words, labels), (texts, words) twice."""
        texts, length, count = logits.shape
        forward, backward = np.zeros_like(logits), np.zeros_like(logits)
        forward[:, 0] = logits[:, 0] + self.start
        for word in range(1, length):
            seen = _sum(forward[:, word - 1, :, None] + self.moves, 1) + logits[:, word]
            forward[:, word] = np.where(mask[:, word, None], seen, forward[:, word - 1])
        for word in range(length - 2, -1, -1):
            seen = _sum(self.moves + (logits[:, word + 1] + backward[:, word + 1])[:, None, :], 2)
            backward[:, word] = np.where(mask[:, word + 1, None], seen, 0.0)
        total = _sum(forward[:, -1], 1)
        slope = np.zeros((count + 1, count))
        slope[0] = np.exp(forward[:, 0] + backward[:, 0] - total[:, None]).sum(axis=0)
        every = np.arange(texts)
        score = logits[every, 0, gold[:, 0]] + self.start[gold[:, 0]]
        np.subtract.at(slope[0], gold[:, 0], 1.0)
        for word in range(1, length):
            on = mask[:, word]
            ahead = (logits[on, word] + backward[on, word])[:, None, :]
            slope[1:] += np.exp(forward[on, word - 1, :, None] + self.moves + ahead - total[on, None, None]).sum(axis=0)
            before, after = gold[on, word - 1], gold[on, word]
            np.subtract.at(slope, (before + 1, after), 1.0)
            score[on] += logits[on, word, after] + self.moves[before, after]
        return float((total - score).sum()), slope


def _sum(values: np.ndarray, axis: int) -> np.ndarray:
    peak = values.max(axis=axis, keepdims=True)
    return (np.log(np.exp(values - peak).sum(axis=axis, keepdims=True)) + peak).squeeze(axis)


def fit_crf(labels: Sequence[str], logits: Logits, gold: Sequence[Sequence[int]], penalty: float = 1.0) -> Crf:
    """Transitions of the least negative log likelihood plus penalty / 2 times their squares, by L-BFGS."""
    from scipy.optimize import minimize

    order = sorted((row for row in range(len(logits)) if len(logits[row])), key=lambda row: len(logits[row]))
    batches = []
    for start in range(0, len(order), 500):  # of like length: little is padded
        part = order[start : start + 500]
        longest = max(len(logits[row]) for row in part)
        scores, wanted = np.zeros((len(part), longest, len(labels))), np.zeros((len(part), longest), dtype=np.int64)
        mask = np.zeros((len(part), longest), dtype=bool)
        for place, row in enumerate(part):
            count = len(logits[row])
            scores[place, :count], wanted[place, :count], mask[place, :count] = logits[row], gold[row], True
        batches.append((scores, wanted, mask))

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        parts = [Crf(labels, values).loss(*batch) for batch in batches]
        slope = sum(part[1] for part in parts).ravel() + penalty * values
        return sum(part[0] for part in parts) + penalty / 2 * float(values @ values), slope

    found = minimize(
        loss, np.zeros((len(labels) + 1) * len(labels)), jac=True, method="L-BFGS-B", options={"maxiter": 60}
    )
    return Crf(labels, found.x)


def spans_of(text: str, path: Sequence[int], labels: Sequence[str]) -> list[Span]:
    edges = words(clean(text))
    runs = trimmed(
        text, edges, from_bio([(word, word + 1) for word in range(len(path))], [labels[one] for one in path])
    )
    return [Span(edges[run.start][0], edges[run.end - 1][1], run.label) for run in runs]


def invalid(path: Sequence[int], labels: Sequence[str]) -> bool:
    start, allowed = rules(tuple(labels))
    return bool(len(path)) and bool(np.isinf(start[path[0]]) or any(np.isinf(allowed[a, b]) for a, b in pairwise(path)))


def gold_paths(rows: Sequence[Example], head: Any) -> list[list[int]]:
    """The label number of every word, from the rows' spans."""
    return [
        [head.labels.index(label) for label in to_bio(words(clean(row.text)), sorted(row.targets[head.name]))]
        for row in rows
    ]


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
    learnt = {"validation": corpus.validation, "train": corpus.train[:TRAINED]}
    logits = {
        name: opened.model.predictor.logits([row.text for row in rows])[head.name]
        for name, rows in {**sets, **learnt}.items()
    }
    decoders = {"argmax": lambda row: row.argmax(axis=1).tolist(), "viterbi": lambda row: decode(row, head.labels)}
    for name, rows in (("crf", "train"), ("crf_unseen", "validation")):
        decoders[name] = fit_crf(head.labels, logits[rows], gold_paths(learnt[rows], head)).decode
        sys.stderr.write(f"{name}: fitted\n")
    tests = [name for name in sets if name != "calibration"]
    return {
        "bundle": opened.bundle.manifest.name,
        "variant": opened.model.variant,
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
