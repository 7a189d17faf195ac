"""Trained model -> bundle: export, round, prove, write."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import onnx
from tokenizers import Tokenizer
from torch import nn

from headwater.bundle import Bundle, Calibration, Head, Manifest, write_bundle
from headwater.data.corpus import Corpus
from headwater.data.example import Example
from headwater.export import gate
from headwater.export.card import card
from headwater.export.graph import to_onnx
from headwater.export.probes import probe_texts
from headwater.export.rounding import round_weights
from headwater.export.transitions import MOST_ROWS, head_transitions
from headwater.recipe import Recipe
from headwater.serving.predictor import Predictor
from headwater.serving.session import Session
from headwater.serving.variants import build
from headwater.text import Input, TextEncoder
from headwater.training.runner import TorchRunner, Trained

__all__ = ["Exportable", "Labelled", "export_bundle", "from_trained", "labelled_rows"]

LIBRARIES = (
    "torch",
    "transformers",
    "tokenizers",
    "optimum",
    "optimum-onnx",
    "onnx",
    "onnxruntime",
    "onnxruntime-gpu",
    "headwater",
)
INVARIANCE_ROWS = 100


@dataclass(frozen=True)
class Exportable:
    """What an export needs: a torch model that gives a dict of outputs by head, and its way from text."""

    model: nn.Module
    tokenizer: Tokenizer
    heads: tuple[Head, ...]
    inputs: tuple[Input, ...]
    max_length: int
    stride: int

    @property
    def encoder(self) -> TextEncoder:
        return TextEncoder(self.tokenizer, self.inputs, self.max_length, self.stride)


@dataclass(frozen=True)
class Labelled:
    """The rows that the gate measures on; all empty where a checkpoint came without data."""

    calibration: Sequence[Example] = ()
    test: Sequence[Example] = ()
    also: Mapping[str, Sequence[Example]] | None = None
    train: Sequence[Example] = ()  # for what is learnt at the export alone: transitions


def from_trained(trained: Trained) -> Exportable:
    """What `headwater train` saved."""
    config = trained.model.config
    return Exportable(
        trained.model,
        trained.tokenizer,
        config.head_list,
        config.input_list,
        config.text_max_length,
        config.text_stride,
    )


def export_bundle(
    source: Exportable,
    output: Path,
    *,
    name: str,
    task: str,
    rows: Labelled,
    recipe: Recipe | None = None,
    sources: Sequence[Mapping[str, Any]] = (),
    notes: Sequence[str] = (),
    accept: Mapping[str, float] | None = None,
    origin: Mapping[str, Any] | None = None,
) -> tuple[Bundle, gate.Verdict]:
    """Export, round, prove and write a bundle. Raises GateRefused, with nothing written, where the proof fails.

    `accept` are floors over the recipe's; `origin` stands in the manifest where a recipe would, for a checkpoint that
    has none.
    """
    floors = {**(recipe.accept if recipe else {}), **(accept or {})}
    exact = to_onnx(source.model, source.inputs, source.heads, source.tokenizer.get_vocab_size())
    stored = round_weights(exact)
    variants = recipe.export.variants if recipe else ["int8", "fp32"]
    with tempfile.TemporaryDirectory() as folder:
        predictors = {"exact": _open(source, exact, Path(folder) / "exact.onnx")}
        source = _with_transitions(source, predictors["exact"], rows.train, recipe)
        predictors["exact"].heads = source.heads
        for variant in variants:
            predictors[variant] = _open(source, build(stored, variant), Path(folder) / f"{variant}.onnx")
        verdict = gate.decide(_prove(source, predictors, rows, recipe, floors), name)
    manifest = Manifest(
        name=name,
        version=recipe.version if recipe else "1",
        task=task,
        heads=source.heads,
        inputs=source.inputs,
        max_length=source.max_length,
        stride=source.stride,
        variants=verdict.calibrations,
        data=tuple(dict(entry) for entry in sources),
        recipe=recipe.values() if recipe else dict(origin or {}),
        libraries=_versions(),
        gate=verdict.record(),
        created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    files = {
        "model.onnx": stored.SerializeToString(),
        "tokenizer.json": source.tokenizer.to_str().encode(),
        "card.md": card(manifest, recipe, notes).encode(),
    }
    return write_bundle(output, manifest, files), verdict


def _with_transitions(
    source: Exportable, predictor: Predictor, rows: Sequence[Example], recipe: Recipe | None
) -> Exportable:
    """The source with transitions for the heads whose recipe asks for a CRF, learnt on rows of train."""
    asked = {entry.name for entry in recipe.heads if entry.decoder == "crf"} if recipe else set()
    if not asked:
        return source
    some = [row for row in rows if asked & row.targets.keys()][:MOST_ROWS]
    logits = gate.predict_rows(predictor, some)
    heads = tuple(
        replace(head, transitions=head_transitions(head, some, logits[head.name])) if head.name in asked else head
        for head in source.heads
    )
    return replace(source, heads=heads)


def _open(source: Exportable, graph: onnx.ModelProto, path: Path) -> Predictor:
    path.write_bytes(graph.SerializeToString())
    return Predictor(source.encoder, source.heads, Session(path, threads=2))


def _versions() -> dict[str, str]:
    found = {}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def _prove(
    source: Exportable,
    predictors: Mapping[str, Predictor],
    rows: Labelled,
    recipe: Recipe | None,
    floors: Mapping[str, float],
) -> gate.Verdict:
    torch_predictor = Predictor(source.encoder, source.heads, TorchRunner(source.model))
    texts, pairs = probe_texts(rows.test, any(head.kind == "pair" for head in source.heads))
    step = max(1, len(texts) // INVARIANCE_ROWS)
    tolerance = recipe.export.tolerance if recipe else 1e-3
    smoothing = recipe.training.label_smoothing if recipe else 0.0
    checks = [gate.parity(torch_predictor, predictors["exact"], texts, pairs, tolerance)]
    calibrations: dict[str, dict[str, Calibration]] = {}
    also: dict[str, Any] = {}
    reliability: dict[str, Any] = {}
    reference = gate.measure(torch_predictor, rows.calibration, rows.test, smoothing) if rows.test else {}
    for variant in (name for name in predictors if name != "exact"):
        found = gate.measure(predictors[variant], rows.calibration, rows.test, smoothing) if rows.test else {}
        calibrations[variant] = {name: entry[0] for name, entry in found.items()}
        reliability[variant] = gate.diagrams(found)
        temperatures = {name: entry.temperature for name, entry in calibrations[variant].items()}
        checks.append(
            gate.invariance(predictors[variant], variant, texts[::step], pairs and pairs[::step], temperatures)
        )
        checks += gate.likeness(torch_predictor, predictors[variant], variant, texts, pairs)
        checks += gate.neighbours(torch_predictor, predictors[variant], variant, [row.text for row in rows.test], pairs)
        if rows.test:
            checks += gate.compare(source.heads, reference, found, variant)
            checks += gate.floors(floors, source.heads, found, variant)
        for entry, examples in (rows.also or {}).items():
            also.setdefault(entry, {})[variant] = gate.beside(predictors[variant], examples, calibrations[variant])
    torch_quality = {name: entry[0].quality for name, entry in reference.items()}
    return gate.Verdict(tuple(checks), calibrations, also, torch_quality, reliability)


def labelled_rows(corpus: Corpus) -> Labelled:
    """The gate's rows of a recipe's corpus."""
    return Labelled(corpus.calibration, corpus.test, corpus.also, corpus.train)
