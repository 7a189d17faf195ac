"""Score texts with the heads of one or more bundles: the one pure function that every engine maps over shards."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from headwater.errors import InputError, ScoringError
from headwater.serving.decoding import Prediction, Result
from headwater.serving.model import Model, load

__all__ = ["Field", "Outcome", "Plan", "Refusal", "Results", "Scorer", "open_scorer"]

DIGITS = 6  # a probability's seventh digit says nothing, and files are a third smaller without it
# Names that an output row has anyway.
RESERVED = {"row", "run", "id", "published", "published_original", "source", "url", "text"}


@dataclass(frozen=True)
class Field:
    """What one head adds to an output row. `threshold` is None where no risk was asked for or none is held."""

    name: str
    head: str
    kind: str
    threshold: float | None = None


@dataclass(frozen=True)
class Refusal:
    """A text that the models could not be run on, and why."""

    reason: str


Outcome = dict[str, Any] | Refusal
Results = dict[str, Result]  # by field


@dataclass(frozen=True)
class Plan:
    """What a run must know of its models, wherever they are open: all that it takes from a Scorer but the scores.

    Two scorers with equal plans give the same bytes on processors of one kind. `left_out` names heads that read two
    texts, `libraries` the versions that the numbers depend on.
    """

    fields: tuple[Field, ...]
    identity: list[dict[str, Any]]
    risk: float | None
    left_out: tuple[str, ...]
    libraries: dict[str, str]


class Scorer:
    """The heads of several models as fields of one row.

    A head keeps its name; where two bundles share one, it is `<bundle>_<head>`. Heads that read two texts are
    left out and named in `left_out`. With `risk`, a single-label answer below the threshold that the bundle holds
    for that risk is marked `abstained`, and such a span is left out; heads that hold none are scored without.
    Raises InputError where no head holds that risk, or nothing is left to score.
    """

    def __init__(self, models: Sequence[Model], risk: float | None = None) -> None:
        self.models, self.risk = tuple(models), risk
        heads = [(model, head) for model in models for head in model.heads]
        self.left_out = tuple(head.name for _, head in heads if head.kind == "pair")
        heads = [(model, head) for model, head in heads if head.kind != "pair"]
        if not heads:
            raise InputError("expected a bundle with a head that reads one text, got none: see `headwater models show`")
        names = [head.name for _, head in heads]
        self.fields = tuple(
            Field(
                f"{model.bundle.manifest.name}_{head.name}"
                if names.count(head.name) > 1 or head.name in RESERVED
                else head.name,
                head.name,
                head.kind,
                _threshold(model, head.name, head.kind, risk),
            )
            for model, head in heads
        )
        self._check_names()
        if risk is not None and all(field.threshold is None for field in self.fields):
            models[0].threshold(heads[0][1].name, risk)  # raises, naming the risks that are held
            raise InputError(f"no head abstains by risk {risk}: leave --risk out")

    def _check_names(self) -> None:
        columns = [
            name
            for field in self.fields
            for name in (field.name, f"{field.name}_probability", f"{field.name}_abstained")
        ]
        twice = sorted({name for name in columns if columns.count(name) > 1})
        if twice:
            raise InputError(
                f"two heads would fill the column {twice[0]!r}: give each bundle once, or score them in two runs"
            )

    @property
    def identity(self) -> list[dict[str, Any]]:
        """What the bytes of a result depend on besides the text."""
        return [
            {
                "bundle": model.bundle.digest,
                "name": model.bundle.manifest.name,
                "variant": model.variant,
                "provider": model.provider,
            }
            for model in self.models
        ]

    def plan(self) -> Plan:
        """What a run keeps of this scorer, and compares when it goes on."""
        return Plan(self.fields, self.identity, self.risk, self.left_out, _libraries())

    def score(self, texts: Sequence[str]) -> list[Outcome]:
        """One outcome for each text, in order, as an output row has it: what `results` gives, as plain values."""
        return [
            found
            if isinstance(found, Refusal)
            else {field.name: _plain(found[field.name], field) for field in self.fields}
            for found in self.results(texts)
        ]

    def results(self, texts: Sequence[str]) -> list[Results | Refusal]:
        """What every field's head answers to each text, in order; the same texts give the same, whatever came before.

        Where the models fail on the texts together they run on each alone, so that only the bad ones are
        refused. Raises ScoringError where every text of several fails: then it is not the texts.
        """
        if not texts:
            return []
        try:
            return list(self._predict(texts))
        except Exception:  # noqa: BLE001 - a tokenizer or a runtime may raise anything
            outcomes = [self._alone(text) for text in texts]
        refusals = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
        if len(refusals) == len(texts) > 1:
            raise ScoringError(f"none of {len(texts)} texts could be scored: {refusals[0].reason}")
        return outcomes

    def _alone(self, text: str) -> Results | Refusal:
        try:
            return self._predict([text])[0]
        except Exception as fault:  # noqa: BLE001 - as above
            return Refusal(f"the model failed on this text: {type(fault).__name__}: {str(fault)[:200]}")

    def _predict(self, texts: Sequence[str]) -> list[Results]:
        rows: list[Results] = [{} for _ in texts]
        fields = iter(self.fields)
        for model in self.models:
            names = [head.name for head in model.heads if head.kind != "pair"]
            if not names:
                continue
            results = model.predict_heads(texts, heads=names)
            for name in names:
                field = next(fields)
                for row, result in zip(rows, results[name], strict=True):
                    row[field.name] = result
        return rows


def _libraries() -> dict[str, str]:
    import onnxruntime  # by its own word: the distribution is called onnxruntime or onnxruntime-gpu

    return {name: version(name) for name in ("numpy", "tokenizers")} | {"onnxruntime": str(onnxruntime.__version__)}


def _threshold(model: Model, head: str, kind: str, risk: float | None) -> float | None:
    if risk is None or kind not in ("single", "token"):
        return None
    try:
        return model.threshold(head, risk)
    except InputError:
        return None


def _plain(result: Any, field: Field) -> Any:
    """A prediction as JSON has it."""
    if isinstance(result, Prediction):
        answer: dict[str, Any] = {"label": result.label, "probability": round(result.probability, DIGITS)}
        return answer if field.threshold is None else {**answer, "abstained": result.probability < field.threshold}
    if isinstance(result, np.ndarray):
        return [round(float(value), DIGITS) for value in result]
    if field.kind == "multi":
        return [{"label": item.label, "probability": round(item.probability, DIGITS)} for item in result]
    return [
        {
            "start": span.start,
            "end": span.end,
            "label": span.label,
            "probability": round(span.probability, DIGITS),
            "text": span.text,
        }
        for span in result
        if field.threshold is None or span.probability >= field.threshold
    ]


def open_scorer(
    bundles: Sequence[str | os.PathLike[str]],
    variant: str | None = None,
    device: str = "cpu",
    risk: float | None = None,
    workers: int | None = None,
) -> Scorer:
    """Load bundles for scoring; `workers` threads run batches side by side (default: one for each processor).

    Raises BundleError, DeviceError or InputError.
    """
    loaded = [load(bundle, variant=variant, device=device, workers=workers) for bundle in bundles]
    return Scorer([item if isinstance(item, Model) else item.model for item in loaded], risk)
