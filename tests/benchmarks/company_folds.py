"""How well the companies head of financial-news finds firms and their polarity in agency news: five folds of FinEntity.

    python tests/benchmarks/company_folds.py [--json]      (needs HEADWATER_DATA; about 20 minutes on two cores)

Each fold is trained by the recipe's own keys on the other four and on the corpus that ships, the companies head alone, and
measured on its rows, which it never saw; a text that stands twice stays in one fold. Names that are no firms
(not_companies.txt) are left out on both sides, as the recipe does. The figures are over all rows of all folds together.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from headwater.data.example import Example
from headwater.data.maps import map_target, read_maps
from headwater.data.sources import read_source
from headwater.evaluation import Evaluation, evaluate_head
from headwater.recipe import Recipe, Source, load_recipe
from headwater.spans import Span
from headwater.training.fit import fit
from headwater.training.runner import load_trained

__all__ = ["fold_of", "measure"]

FOLDER = Path(__file__).resolve().parents[2] / "models" / "financial-news"
FOLDS = 5
HEAD = "companies"


def fold_of(text: str) -> int:
    """The fold of a text: the same wherever and however often it stands."""
    return int(sha256(text.encode()).hexdigest(), 16) % FOLDS


def finentity(recipe: Recipe) -> list[Example]:
    rows, name, _ = read_source(Source("finentity:all", leave_out="not_companies.txt"), recipe.folder)
    renames = read_maps(FOLDER / str(recipe.data.map))[name]
    return [replace(row, targets={HEAD: map_target(row.targets["spans"], renames) or ()}) for row in rows]


def write(rows: Sequence[Example], file: Path) -> None:
    with file.open("w", encoding="utf-8") as stream:
        for row in rows:
            spans = [span for span in row.targets[HEAD] if isinstance(span, Span)]
            entities = [{"start": span.start, "end": span.end, "type": span.label} for span in spans]
            stream.write(json.dumps({"text": row.text, "entities": entities}) + "\n")


def trained(recipe: Recipe, rows: Sequence[Example], folder: Path) -> Any:
    """The predictor of a model with the companies head alone, trained on these rows and the corpus."""
    write(rows, folder / "rows.jsonl")
    corpus = Source(str(FOLDER / "corpus" / "news_train.jsonl"))
    data = replace(
        recipe.data,
        train=[Source(str(folder / "rows.jsonl"), repeat=2), corpus],
        test=[corpus],  # asked for by every recipe, and not looked at here
        map=None,
        also=[],
    )
    heads = [head for head in recipe.heads if head.name == HEAD]
    training = replace(recipe.training, metric=f"{HEAD}.span_f1")
    fit(replace(recipe, heads=heads, data=data, training=training, accept={}), folder / "run")
    return load_trained(folder / "run" / "model").predictor


def measure(recipe: Recipe, folds: Sequence[int]) -> Evaluation:
    """Strict spans with their polarity, over the rows of the folds."""
    rows, logits, measured = finentity(recipe), [], []
    for fold in folds:
        held = [row for row in rows if fold_of(row.text) == fold]
        with tempfile.TemporaryDirectory() as folder:
            predictor = trained(recipe, [row for row in rows if fold_of(row.text) != fold], Path(folder))
            logits += predictor.logits([row.text for row in held])[HEAD]
        measured += held
        head = next(head for head in predictor.heads if head.name == HEAD)
        sys.stderr.write(f"fold {fold}: {evaluate_head(head, measured, logits).metrics['span_f1'].value:.4f} so far\n")
    return evaluate_head(head, measured, logits)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--fold", type=int, action="append", choices=range(FOLDS), help="only this one, for a look")
    given = parser.parse_args()
    found = measure(load_recipe(FOLDER / "recipe.toml"), given.fold or range(FOLDS))
    content = {
        "rows": len(found.counts.values),
        "spans": sum(entry["support"] for entry in found.per_label.values()),
        "metrics": {name: asdict(value) for name, value in found.metrics.items()},
        "per_label": found.per_label,
    }
    sys.stdout.write(
        json.dumps(content, indent=2) + "\n" if given.json else "".join(f"{k}: {v}\n" for k, v in content.items())
    )


if __name__ == "__main__":
    main()
