"""Is the export as good as what was trained? Refused unless measured so.

Four proofs: the unrounded graph agrees with torch by a logit tolerance; each variant, with its own temperature, is
not inferior to torch on the test set (vectors: point nearly the same way, and have the same neighbours); a text gets the same answer alone and
among strangers; the floors hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from headwater.bundle import Calibration, Head, SpanCalibration
from headwater.calibration import (
    fit_label_temperature,
    fit_span_calibration,
    fit_span_temperature,
    fit_temperature,
    risk_thresholds,
)
from headwater.comparison import not_inferior
from headwater.data.example import Example
from headwater.errors import GateRefused
from headwater.evaluation import Evaluation, evaluate_head, labelled, run_answers, span_answers
from headwater.metrics import reliability
from headwater.serving.decoding import read_vector, sigmoid, softmax
from headwater.serving.predictor import Predictor

__all__ = [
    "MARGINS",
    "Check",
    "Verdict",
    "beside",
    "compare",
    "decide",
    "invariance",
    "likeness",
    "measure",
    "neighbours",
    "parity",
]

MARGINS = {"int8": 0.005, "fp32": 0.002, "fp16": 0.002}
COSINES = {"int8": 0.99, "fp32": 0.998, "fp16": 0.998}  # MiniLM-L6 on banking77: 0.9975 and 0.9996
NEAREST, SHARED = 10, {"int8": 0.9, "fp32": 0.95, "fp16": 0.95}
FEWEST_TEXTS = 50  # among fewer, ten are no choice
MOST_TEXTS = 2000  # whose neighbours are compared: 4 million cosines
MOST_DRIFT = 0.005  # of a probability between a text alone and among strangers
STRANGERS = 31


@dataclass(frozen=True)
class Check:
    """One line of the gate's table: what was asked, what came, and whether it will do."""

    name: str
    wanted: str
    got: str
    passed: bool


@dataclass(frozen=True)
class Verdict:
    """Everything that the gate found. `calibrations[variant][head]`; `also[source][variant][head][metric]`."""

    checks: tuple[Check, ...]
    calibrations: dict[str, dict[str, Calibration]] = field(default_factory=dict)
    also: dict[str, Any] = field(default_factory=dict)
    reference: dict[str, Any] = field(default_factory=dict)  # head -> metric -> value, low, high of the torch model
    reliability: dict[str, Any] = field(default_factory=dict)  # variant -> head -> points of a diagram, lowest first

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)

    def record(self) -> dict[str, Any]:
        """The verdict as plain values, for bundle.json."""
        checks = [asdict(check) for check in self.checks]
        measured = {"torch": self.reference, "also": self.also, "reliability": self.reliability}
        return {"passed": self.passed, "checks": checks, **measured}


def decide(verdict: Verdict, name: str) -> Verdict:
    """Give the verdict back, or raise GateRefused that names every check that failed."""
    failed = [check for check in verdict.checks if not check.passed]
    if failed:
        lines = "\n".join(f"  - {check.name}: expected {check.wanted}, got {check.got}" for check in failed)
        raise GateRefused(f"{name}: the export was refused and nothing was written:\n{lines}", verdict.record())
    return verdict


def parity(
    reference: Predictor, candidate: Predictor, texts: Sequence[str], pairs: Sequence[str] | None, tolerance: float
) -> Check:
    """The unrounded graph against torch: the largest difference of any logit on texts of all lengths."""
    ours, theirs = reference.logits(texts, pairs), candidate.logits(texts, pairs)
    drift = [np.abs(a - b).max(initial=0.0) for name in ours for a, b in zip(ours[name], theirs[name], strict=True)]
    worst = float(np.max(drift))  # unlike Python's max, it lets a NaN win, which no tolerance holds
    what = f"parity of logits, torch and unrounded ONNX, {len(texts)} texts"
    return Check(what, f"<= {tolerance:g}", f"{worst:.2g}", worst <= tolerance)


def invariance(
    predictor: Predictor,
    variant: str,
    texts: Sequence[str],
    pairs: Sequence[str] | None,
    temperatures: Mapping[str, float],
) -> Check:
    """Each text alone against the same text among 31 strangers of other lengths: same label, nearly the same probability.

    32 texts are each other's strangers, so a long text's window is run twice, not 32 times.
    """
    flips, worst = 0, 0.0
    windows = predictor.encoder.encode(texts, pairs)
    firsts = list({window.text: window for window in reversed(windows)}.values())
    order = np.random.default_rng(13).permutation(len(firsts))
    for start in range(0, len(firsts), STRANGERS + 1):
        crowd = [firsts[order[place % len(firsts)]] for place in range(start, start + STRANGERS + 1)]
        among = predictor.run(predictor.encoder.batch(crowd))
        for row, window in enumerate(crowd[: len(firsts) - start]):
            alone = predictor.run(predictor.encoder.batch([window]))
            for head in predictor.heads:
                a, b = alone[head.output][0], among[head.output][row]
                b = b[: len(a)] if head.kind == "token" else b
                a, b = (_probabilities(head, values, temperatures.get(head.name, 1.0)) for values in (a, b))
                flips += int((a.argmax(-1) != b.argmax(-1)).sum()) if head.kind != "embedding" else 0
                worst = float(np.maximum(worst, np.abs(a - b).max()))
    return Check(
        f"{variant}: alone and among {STRANGERS} strangers, {len(texts)} texts",
        f"no label changes, probabilities within {MOST_DRIFT}",
        f"{flips} changed, {worst:.2g}",
        flips == 0 and worst <= MOST_DRIFT,
    )


def likeness(
    reference: Predictor, candidate: Predictor, variant: str, texts: Sequence[str], pairs: Sequence[str] | None
) -> list[Check]:
    """Vectors of a variant against torch's, for heads that no labelled row can measure: their mean cosine."""
    heads = [head.name for head in reference.heads if head.kind == "embedding"]
    if not heads:
        return []
    ours, theirs = candidate.logits(texts, pairs), reference.logits(texts, pairs)
    checks = []
    for name in heads:
        rows = zip(ours[name], theirs[name], strict=True)
        cosine = float(np.mean([read_vector(a) @ read_vector(b) for a, b in rows]))
        what = f"{variant}: {name}, mean cosine with torch, {len(texts)} texts"
        checks.append(Check(what, f">= {COSINES[variant]:g}", f"{cosine:.4f}", cosine >= COSINES[variant]))
    return checks


def neighbours(
    reference: Predictor, candidate: Predictor, variant: str, texts: Sequence[str], pairs: Sequence[str] | None = None
) -> list[Check]:
    """Rank agreement: of each text's ten nearest others by torch's vectors, the share that is nearest by a variant's too.

    `texts` are real ones that a search would run over, the same text once; none are too few to have ten neighbours.
    """
    heads = [head.name for head in reference.heads if head.kind == "embedding"]
    distinct = list(dict.fromkeys(texts))[:MOST_TEXTS]
    if not heads or pairs is not None or len(distinct) <= FEWEST_TEXTS:
        return []
    ours, theirs = candidate.logits(distinct), reference.logits(distinct)
    checks = []
    for name in heads:
        one, other = (_nearest(np.stack([read_vector(row) for row in logits[name]])) for logits in (ours, theirs))
        shared = float(np.mean([len(set(a) & set(b)) / NEAREST for a, b in zip(one, other, strict=True)]))
        what = f"{variant}: {name}, the {NEAREST} nearest of {len(distinct)} texts, shared with torch"
        checks.append(Check(what, f">= {SHARED[variant]:g}", f"{shared:.4f}", shared >= SHARED[variant]))
    return checks


def _nearest(vectors: np.ndarray) -> np.ndarray:
    """int (texts, 10): the numbers of each text's nearest others, itself left out."""
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -np.inf)
    return np.argpartition(-cosines, NEAREST, axis=1)[:, :NEAREST]


def _probabilities(head: Head, logits: np.ndarray, temperature: float) -> np.ndarray:
    if head.kind == "embedding":
        return logits
    return (sigmoid if head.kind == "multi" else softmax)(logits / temperature)


def temperature_of(head: Head, rows: Sequence[Example], logits: Sequence[np.ndarray]) -> float:
    """Fit a head's temperature on calibration rows; of a token head, on the spans that it finds in them."""
    numbers = labelled(head, rows)
    if head.kind == "multi":
        truth = np.array([[label in rows[i].targets[head.name] for label in head.labels] for i in numbers])
        return fit_label_temperature(np.stack([logits[i] for i in numbers]), truth)
    if head.kind == "token":
        return fit_span_temperature(span_answers(head, rows, logits))
    gold = [head.labels.index(str(rows[i].targets[head.name])) for i in numbers]
    return fit_temperature(np.stack([logits[i] for i in numbers]), np.array(gold))


def span_calibration_of(
    head: Head, rows: Sequence[Example], logits: Sequence[np.ndarray], smoothing: float
) -> SpanCalibration | None:
    """Fit the probabilities of a token head's spans on calibration rows; None for other heads, and where nothing is wrong."""
    if head.kind != "token":
        return None
    return fit_span_calibration(*run_answers(head, rows, logits, smoothing), smoothing)


Measured = dict[str, tuple[Calibration, Evaluation]]


def measure(
    predictor: Predictor, calibration: Sequence[Example], test: Sequence[Example], smoothing: float = 0.0
) -> Measured:
    """Calibrate on one split and measure on the other, by head. `smoothing` is that of the labels in training."""
    found: Measured = {}
    fitted, tested = predict_rows(predictor, calibration), predict_rows(predictor, test)
    for head in predictor.heads:
        if head.kind == "embedding":
            continue
        temperature = temperature_of(head, calibration, fitted[head.name])
        spans = span_calibration_of(head, calibration, fitted[head.name], smoothing)
        held = evaluate_head(head, calibration, fitted[head.name], temperature, spans)
        # The labels of one text are no independent answers, and a multi-label head's threshold cuts labels.
        thresholds = risk_thresholds(held.confidence, held.correct) if head.kind != "multi" else ()
        result = evaluate_head(head, test, tested[head.name], temperature, spans)
        quality = {name: asdict(value) for name, value in result.metrics.items()}
        found[head.name] = (Calibration(temperature, thresholds, quality, spans), result)
    return found


def diagrams(found: Measured) -> dict[str, list[dict[str, Any]]]:
    """head -> the points of its reliability diagram on the test split (see `headwater.metrics.reliability`)."""
    return {
        name: [asdict(point) for point in reliability(result.confidence, result.correct)]
        for name, (_, result) in found.items()
    }


def beside(predictor: Predictor, rows: Sequence[Example], calibrations: Mapping[str, Calibration]) -> dict[str, Any]:
    """head -> metric -> value, low, high on rows beside the test split, of the heads that they are labelled for."""
    logits, found = predict_rows(predictor, rows), {}
    for head in predictor.heads:
        if any(head.name in row.targets for row in rows):
            fitted = calibrations[head.name]
            result = evaluate_head(head, rows, logits[head.name], fitted.temperature, fitted.spans)
            found[head.name] = {name: asdict(value) for name, value in result.metrics.items()}
    return found


def predict_rows(predictor: Predictor, rows: Sequence[Example]) -> dict[str, list[np.ndarray]]:
    """Logits by head for examples, pairs or not."""
    pairs = [row.second or "" for row in rows] if any(row.second is not None for row in rows) else None
    return predictor.logits([row.text for row in rows], pairs)


def compare(heads: Sequence[Head], reference: Measured, candidate: Measured, variant: str) -> list[Check]:
    """Each head of a variant against torch on the same test rows: is it worse by less than the margin?"""
    checks = []
    margin = MARGINS[variant]
    for head in heads:
        if head.kind == "embedding":
            continue
        old, new = reference[head.name][1], candidate[head.name][1]
        single = head.kind in ("single", "pair")
        before, after = (old.correct, new.correct) if single else (old.counts, new.counts)
        result, provable = not_inferior(before, after, margin), not_inferior(before, before, margin).passed
        rows = len(old.counts.values)
        got = f"{100 * result.difference:+.2f} points, surely above {100 * result.low:+.2f}"
        # With too few rows even perfect agreement proves nothing: then the plain difference decides, and the card says so.
        passed = result.passed if provable else result.difference > -margin
        what = "accuracy" if single else "F1"
        note = "" if provable else f" (too few rows, {rows}, for a proof: the difference itself)"
        checks.append(
            Check(
                f"{variant}: {head.name} {what} against torch",
                f"worse by less than {100 * margin:g} points{note}",
                got,
                passed,
            )
        )
    return checks


def floors(accept: Mapping[str, float], heads: Sequence[Head], candidate: Measured, variant: str) -> list[Check]:
    """The recipe's floors: "metric" of the only head, or "head.metric"."""
    checks = []
    for key, floor in accept.items():
        name, _, metric = key.rpartition(".")
        quality = candidate[name or heads[0].name][0].quality
        value = quality.get(metric, {}).get("value")
        got = "not measured" if value is None else f"{value:.4f}"
        checks.append(Check(f"{variant}: {key}", f">= {floor:g}", got, value is not None and value >= floor))
    return checks
