"""What a run leaves for people: report.json, curves.png."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headwater.data.corpus import Corpus
from headwater.evaluation import evaluate_head
from headwater.metrics import per_label
from headwater.recipe import Recipe
from headwater.serving.predictor import Predictor
from headwater.text import TextEncoder
from headwater.training.modeling import HeadwaterModel
from headwater.training.runner import TorchRunner

__all__ = ["write_report"]


def write_report(
    folder: Path,
    recipe: Recipe,
    corpus: Corpus,
    model: HeadwaterModel,
    encoder: TextEncoder,
    history: list[dict[str, Any]],
    speed: float,
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Measure the best epoch on validation and write report.json and curves.png; `speed` is in rows a second.

    `more` is what else the report holds.
    """
    predictor = Predictor(encoder, corpus.heads, TorchRunner(model), budget=4096)
    rows = corpus.validation
    pairs = [row.second or "" for row in rows] if any(row.second is not None for row in rows) else None
    logits = predictor.logits([row.text for row in rows], pairs)
    heads = {}
    for head in corpus.heads:
        if head.kind == "embedding":
            continue
        found = evaluate_head(head, rows, logits[head.name])
        heads[head.name] = {
            "metrics": {name: vars(value) for name, value in found.metrics.items()},
            "per_label": found.per_label,
            **({"words_with_o": per_label(found.tokens)} if found.tokens else {}),
        }
    report = {
        "name": recipe.name,
        "split": "validation",
        "heads": heads,
        "rows_per_second": round(speed, 1),
        **(more or {}),
        "history": history,
    }
    (folder / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    _draw(folder / "curves.png", history)
    return report


def _draw(file: Path, history: list[dict[str, Any]]) -> None:
    from matplotlib.figure import Figure

    losses = [(entry["epoch"], entry["loss"]) for entry in history if "loss" in entry]
    names = sorted({name for entry in history for name in entry if name.startswith("eval_") and "." in name})
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    if losses:
        left.plot(*zip(*losses, strict=True), color="#475569")
    left.set(title="training loss", xlabel="epoch")
    for name in names:
        points = [(entry["epoch"], entry[name]) for entry in history if name in entry]
        right.plot(*zip(*points, strict=True), marker="o", label=name.removeprefix("eval_"))
    right.set(title="validation", xlabel="epoch", ylim=(0, 1))
    right.legend(fontsize=7)
    figure.savefig(file, dpi=110)
