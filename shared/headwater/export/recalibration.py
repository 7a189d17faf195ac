"""A bundle's probabilities fitted anew on its recipe's calibration split: nothing is trained, and the graph stays as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from headwater.bundle import MODEL, SCHEMA, TOKENIZER, Bundle, Calibration, write_bundle
from headwater.data.corpus import Corpus, load_corpus
from headwater.errors import DataError, InputError
from headwater.export import gate
from headwater.export.card import card
from headwater.recipe import Recipe
from headwater.serving.model import open_model

__all__ = ["VARIANTS", "recalibrate"]

VARIANTS = ("int8", "fp32")  # what runs on any machine


def recalibrate(bundle: Bundle, recipe: Recipe, output: Path) -> tuple[Bundle, gate.Verdict]:
    """Write the bundle to `output` with temperatures, span calibrations, thresholds and quality measured anew.

    The labels and spans it gives are the same as before; what they are said to be worth is not. Raises InputError for a recipe of
    another model, DataError for rows that are not those that the bundle was made with, and GateRefused where a floor of the
    recipe does not hold. A variant of a GPU is left as it was, and so is what the record says of torch.
    """
    corpus = load_corpus(recipe)
    _check_origin(bundle, recipe, corpus)
    verdict = gate.decide(_measured(bundle, recipe, corpus), bundle.manifest.name)
    made = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    record = {**verdict.record(), "torch": bundle.manifest.gate.get("torch", {}), "recalibrated": made}
    others = {name: held for name, held in bundle.manifest.variants.items() if name not in VARIANTS}
    variants = {**verdict.calibrations, **others}
    manifest = replace(bundle.manifest, schema=SCHEMA, variants=variants, gate=record)
    files = {name: (bundle.folder / name).read_bytes() for name in (MODEL, TOKENIZER)}
    return write_bundle(output, manifest, {**files, "card.md": card(manifest, recipe).encode()}), verdict


def _measured(bundle: Bundle, recipe: Recipe, corpus: Corpus) -> gate.Verdict:
    """The bundle's own record with what was measured now in the place of what was measured then."""
    checks = {check["name"]: gate.Check(**check) for check in bundle.manifest.gate.get("checks", ())}
    calibrations: dict[str, dict[str, Calibration]] = {}
    also: dict[str, Any] = {}
    reliability: dict[str, Any] = {}
    for variant in (name for name in VARIANTS if name in bundle.manifest.variants):
        predictor = open_model(bundle, variant, "cpu", workers=1).predictor
        found = gate.measure(predictor, corpus.calibration, corpus.test, recipe.training.label_smoothing)
        calibrations[variant] = {name: entry[0] for name, entry in found.items()}
        reliability[variant] = gate.diagrams(found)
        checks |= {check.name: check for check in gate.floors(recipe.accept, corpus.heads, found, variant)}
        for source, rows in corpus.also.items():
            also.setdefault(source, {})[variant] = gate.beside(predictor, rows, calibrations[variant])
    return gate.Verdict(tuple(checks.values()), calibrations, also, reliability=reliability)


def _check_origin(bundle: Bundle, recipe: Recipe, corpus: Corpus) -> None:
    if corpus.heads != tuple(replace(head, transitions=()) for head in bundle.manifest.heads):
        raise InputError(
            f"expected the recipe that {bundle.manifest.name} was made from, got {recipe.name} with other heads or labels"
        )
    then, now = _digests(bundle.manifest.data), _digests(corpus.sources)
    others = sorted(
        f"{source} ({split})" for (source, split), digest in now.items() if then.get((source, split)) != digest
    )
    if others:
        raise DataError(
            f"{recipe.name}: expected the rows that the bundle was made with, got others in {', '.join(others)}: "
            "take its own recipe and data, or train and export it again"
        )


def _digests(sources: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    return {(entry["source"], entry["split"]): entry["sha256"] for entry in sources}
