"""bundle.json's facts for people: card.md, generated."""

from collections.abc import Mapping, Sequence
from typing import Any

from headwater.bundle import Calibration, Head, Manifest
from headwater.recipe import Recipe

__all__ = ["card"]

NAMES = {
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "micro_f1": "micro F1",
    "exact_match": "exact label sets",
    "in_scope_accuracy": "accuracy in scope",
    "oos_recall": "out-of-scope recall",
    "span_f1": "span F1 (strict)",
    "span_precision": "span precision",
    "span_recall": "span recall",
    "token_f1_micro_with_o": "word F1, micro, with O (what tutorials print)",
    "token_f1_macro": "word F1, macro, with O",
    "ece": "calibration error (15 equal-mass bins)",
}
KINDS = {
    "single": "one label of a text",
    "multi": "any number of labels of a text",
    "pair": "one label of two texts",
    "token": "spans in a text",
    "embedding": "a unit vector of a text",
}
Quality = Mapping[str, Mapping[str, float]]


def card(manifest: Manifest, recipe: Recipe | None, notes: Sequence[str] = ()) -> str:
    """The card of a bundle, in Markdown; `notes` are sentences for its limits."""
    made = "sentence encoder" if manifest.task == "embedding" else f"fine-tuned {manifest.task} checkpoint"
    about = recipe.description if recipe else f"A {made}, exported by Headwater."
    parts = [
        f"# {manifest.name} {manifest.version}\n\n{about}\n",
        _heads(manifest.heads),
        _quality(manifest),
        _also(manifest.gate.get("also", {})),
        _calibration(manifest),
        _reliability(manifest.gate.get("reliability", {})),
        _gate(manifest.gate),
        _data(manifest.data, recipe),
        _limits([*(recipe.limits if recipe else []), *notes]),
        _reproduce(manifest, recipe),
    ]
    return "\n".join(part for part in parts if part)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def _heads(heads: Sequence[Head]) -> str:
    rows = []
    for head in heads:
        labels = (
            list(dict.fromkeys(label[2:] for label in head.labels if label != "O"))
            if head.kind == "token"
            else head.labels
        )
        shown = ", ".join(f"`{label}`" for label in labels)
        rows.append([f"`{head.name}`", KINDS[head.kind], f"{len(labels)}: {shown}" if labels else ""])
    return "## What it does\n\n" + _table(["head", "gives", "labels"], rows)


def _number(entry: Mapping[str, float]) -> str:
    return f"{entry['value']:.4f} ({entry['low']:.4f} to {entry['high']:.4f})"


def _quality(manifest: Manifest) -> str:
    columns: dict[str, dict[str, Quality]] = {}
    for name, quality in manifest.gate.get("torch", {}).items():
        columns.setdefault(name, {})["torch"] = quality
    for variant, heads in manifest.variants.items():
        for name, calibration in heads.items():
            columns.setdefault(name, {})[variant] = calibration.quality
    if not columns and all(head.kind == "embedding" for head in manifest.heads):
        return "## How good it is\n\nVectors have no labels to be measured by: the gate below says how near they are to those of the checkpoint.\n"
    if not columns:
        return "## How good it is\n\nNot measured: no labelled data was given when it was exported.\n"
    text = "## How good it is\n\nOn the test split, with 95 % bootstrap intervals over its rows. `torch` is the model that was trained.\n"
    for name, engines in columns.items():
        metrics = list(next(iter(engines.values())))
        rows = [[NAMES.get(m, m), *(_number(quality[m]) for quality in engines.values())] for m in metrics]
        text += f"\n**{name}**\n\n" + _table(["metric", *engines], rows)
    return text


def _also(also: Mapping[str, Mapping[str, Mapping[str, Quality]]]) -> str:
    text = ""
    for source, variants in also.items():
        for head in dict.fromkeys(head for heads in variants.values() for head in heads):
            engines = {variant: heads[head] for variant, heads in variants.items()}
            rows = [[NAMES.get(m, m), *(_number(q[m]) for q in engines.values())] for m in next(iter(engines.values()))]
            text += (
                f"**{head}** on `{source}`, measured beside the test split and no part of the verdict\n\n"
                + _table(["metric", *engines], rows)
                + "\n"
            )
    return text


def _calibration(manifest: Manifest) -> str:
    rows = []
    for variant, heads in manifest.variants.items():
        for name, entry in heads.items():
            rows += _thresholds(variant, name, entry)
    if not rows:
        return ""
    spans = any(head.kind == "token" for head in manifest.heads)
    return (
        "## Calibration\n\nTemperatures and thresholds are fitted on the calibration split. Answering only at or above the threshold, "
        "at most the stated share of answers is wrong, with probability 1 - delta over the draw of that split, for rows drawn as it was. "
        + ("Spans of one sentence are not independent, so for spans this holds nearly, not exactly. " if spans else "")
        + "A share that is missing could not be proved with so few rows.\n\n"
        + _table(["variant", "head", "temperature", "at most wrong", "threshold", "answered", "delta"], rows)
        + _spans(manifest)
    )


def _spans(manifest: Manifest) -> str:
    """How a span comes by its probability, where that was fitted."""
    fitted = {
        f"{variant}, {name}": entry.spans
        for variant, heads in manifest.variants.items()
        for name, entry in heads.items()
        if entry.spans
    }
    if not fitted:
        return ""
    lines = [
        f"- {what}: {spans.slope:.3f} logit(chance) {spans.offset:+.3f}, label smoothing {spans.smoothing:g} taken back"
        for what, spans in fitted.items()
    ]
    when = manifest.gate.get("recalibrated")
    return (
        "\nA span's probability is the sigmoid of a line over the logit of its chance: that its type and both its edges are right, "
        "by the words' probabilities and the rules of their labels. The temperature is of single words.\n\n"
        + "\n".join(lines)
        + "\n"
        + (
            f"\nFitted again on {when}; the column `torch` is of the export, as it was calibrated then.\n"
            if when
            else ""
        )
    )


def _reliability(diagrams: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]) -> str:
    """The points of the first variant's diagrams of spans' and labels' probabilities, as tables."""
    text = ""
    for variant, heads in list(diagrams.items())[:1]:
        for head, points in heads.items():
            rows = [[f"{p['confidence']:.3f}", _number(p["accuracy"]), f"{p['rows']:,}"] for p in points]
            text += (
                f"**{head}**, {variant}, on the test split: how sure, and how often right (95 % Wilson interval)\n\n"
            )
            text += _table(["mean probability", "share right", "answers"], rows) + "\n"
    return text


def _thresholds(variant: str, name: str, entry: Calibration) -> list[list[str]]:
    start = [variant, name, f"{entry.temperature:.3f}"]
    if not entry.thresholds:
        return [[*start, "none could be proved", "", "", ""]]
    return [
        [*start, f"{100 * t.risk:g} %", f"{t.threshold:.4f}", f"{100 * t.coverage:.1f} %", f"{t.delta:g}"]
        for t in entry.thresholds
    ]


def _gate(record: Mapping[str, Any]) -> str:
    rows = [[c["name"], c["wanted"], c["got"], "passed" if c["passed"] else "failed"] for c in record.get("checks", ())]
    return "## The gate\n\n" + _table(["check", "wanted", "found", ""], rows) + "\nfp16 on a GPU: not measured.\n"


def _data(data: Sequence[Mapping[str, Any]], recipe: Recipe | None) -> str:
    licence = f"Weights: {recipe.licence}.\n\n" if recipe else ""
    if not data:
        return f"## Data and licences\n\n{licence}None was given to the export.\n"
    rows = []
    for entry in data:
        title = f"[{entry['title']}]({entry['url']})" if entry.get("url") else entry["title"]
        rows.append(
            [
                title,
                f"`{entry['source']}`",
                entry["split"],
                f"{entry['rows']:,}",
                entry["licence"],
                f"`{entry['sha256'][:12]}`",
            ]
        )
    return f"## Data and licences\n\n{licence}" + _table(
        ["set", "source", "used for", "rows read", "licence", "digest"], rows
    )


def _limits(limits: Sequence[str]) -> str:
    return "## Limits\n\n" + "\n".join(f"- {limit}" for limit in limits) + "\n" if limits else ""


def _reproduce(manifest: Manifest, recipe: Recipe | None) -> str:
    libraries = ", ".join(f"{name} {number}" for name, number in manifest.libraries.items())
    command = f"headwater train models/{manifest.name}/recipe.toml" if recipe else manifest.recipe.get("command", "")
    command = f"    {command}\n\n" if command else ""
    seed = f"Seeds: data {recipe.data.seed}, training {recipe.training.seed}. " if recipe else ""
    return f"## How to make it again\n\n{command}{seed}Made {manifest.created} with {libraries}.\n"
