"""How well relations are found: SemEval-2010 task 8, and CoNLL-04 with given names and with names that a model found.

    python tests/benchmarks/relations.py [--json] [--work FOLDER]      (needs HEADWATER_DATA and the encoder; an hour on two cores)

SemEval: macro F1 of the nine relations with their direction, Other left out, as the task's own scorer has it. CoNLL-04: a
relation counts where both names have the very place and type and the relation is right (strict), micro F1; every pair of
names of a sentence is asked about. Trained models are kept in the folder, so that a killed run goes on.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from headwater.data.example import Example
from headwater.data.sources import read_source
from headwater.intervals import Interval, bootstrap
from headwater.recipe import Source, load_recipe
from headwater.relations import NONE, marked, pairs
from headwater.serving.decoding import read_spans
from headwater.serving.predictor import Predictor
from headwater.spans import Span
from headwater.training.fit import fit
from headwater.training.runner import load_trained

__all__ = ["Relation", "macro_directed", "micro", "related"]

ROOT = Path(__file__).resolve().parents[2]
RECIPES = {
    "semeval": ROOT / "tests" / "benchmarks" / "recipes" / "relations_semeval.toml",
    "names": ROOT / "tests" / "benchmarks" / "recipes" / "entities_conll04.toml",
    "conll04": ROOT / "models" / "relations" / "recipe.toml",
}
Relation = tuple[Span, Span, str]


def trained(name: str, work: Path) -> Predictor:
    """The model of a recipe, from the folder if it stands there."""
    if not (work / name / "model" / "config.json").is_file():
        fit(load_recipe(RECIPES[name]), work / name)
    return load_trained(work / name / "model").predictor


def rows_of(source: str) -> list[Example]:
    return read_source(Source(source), ROOT)[0]


def chosen(predictor: Predictor, texts: Sequence[str]) -> list[str]:
    """The likeliest label of each text."""
    head = predictor.heads[0]
    return [head.labels[int(row.argmax())] for row in predictor.logits(texts)[head.name]] if texts else []


def macro_directed(gold: Sequence[str], found: Sequence[str]) -> Interval:
    """Macro F1 over the relations "Name(e1,e2)", both directions of one counted together, Other left out.

    A right relation in the wrong direction is a miss and an invention, as in the scorer of SemEval-2010 task 8.

    >>> round(macro_directed(["A(e1,e2)", "A(e2,e1)", "Other"], ["A(e1,e2)", "A(e1,e2)", "Other"]).value, 4)
    0.5
    """
    names = sorted({label.partition("(")[0] for label in gold if label != "Other"})
    index = {name: column for column, name in enumerate(names)}
    hits, claimed, there = (np.zeros((len(gold), len(names))) for _ in range(3))
    for row, (right, said) in enumerate(zip(gold, found, strict=True)):
        for label, counts in ((right, there), (said, claimed)):
            if label.partition("(")[0] in index:
                counts[row, index[label.partition("(")[0]]] = 1
        if right == said and right != "Other":
            hits[row, index[right.partition("(")[0]]] = 1
    columns = {"hits": hits, "both": claimed + there}
    return bootstrap(columns, {"f1": lambda sums: (2 * sums["hits"] / np.maximum(sums["both"], 1)).mean(axis=-1)})["f1"]


def micro(gold: Sequence[set[Relation]], found: Sequence[set[Relation]]) -> dict[str, Interval]:
    """Precision, recall and F1 of relations over texts, with intervals over texts."""
    columns = {
        "hits": np.array([len(a & b) for a, b in zip(gold, found, strict=True)], dtype=float),
        "gold": np.array([len(a) for a in gold], dtype=float),
        "found": np.array([len(b) for b in found], dtype=float),
    }
    return bootstrap(
        columns,
        {
            "precision": lambda sums: sums["hits"] / np.maximum(sums["found"], 1),
            "recall": lambda sums: sums["hits"] / np.maximum(sums["gold"], 1),
            "f1": lambda sums: 2 * sums["hits"] / np.maximum(sums["gold"] + sums["found"], 1),
        },
    )


def related(predictor: Predictor, texts: Sequence[str], names: Sequence[Sequence[Span]]) -> list[set[Relation]]:
    """The relations of each text's names, by asking about every pair."""
    asked = [(row, head, tail) for row, spans in enumerate(names) for head, tail in pairs(spans)]
    labels = chosen(predictor, [marked(texts[row], head, tail) for row, head, tail in asked])
    out: list[set[Relation]] = [set() for _ in texts]
    for (row, head, tail), label in zip(asked, labels, strict=True):
        if label != NONE:
            out[row].add((head, tail, label))
    return out


def _spans(row: Example) -> list[Span]:
    return [span for span in row.targets.get("spans", ()) if isinstance(span, Span)]


def conll04(work: Path) -> dict[str, Any]:
    """Strict micro F1 with given names, with found names, and of the names themselves."""
    rows = {row.text: row for row in rows_of("conll04_ner:test")}  # a text that stands twice counts once
    texts, names = list(rows), [_spans(row) for row in rows.values()]
    said = {row.text: str(row.targets["relation"]) for row in rows_of("conll04_relations:test")}
    gold: list[set[Relation]] = [
        {(head, tail, said[key]) for head, tail in pairs(spans) if (key := marked(text, head, tail)) in said}
        for text, spans in zip(texts, names, strict=True)
    ]
    tagger, relater = trained("names", work), trained("conll04", work)
    head = tagger.heads[0]
    tagged = [
        list(read_spans(text, scores, head.labels, 1.0))
        for text, scores in zip(texts, tagger.logits(texts)[head.name], strict=True)
    ]
    return {
        "texts": len(texts),
        "relations": sum(map(len, gold)),
        "given names": {k: asdict(v) for k, v in micro(gold, related(relater, texts, names)).items()},
        "found names": {k: asdict(v) for k, v in micro(gold, related(relater, texts, tagged)).items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "relations")
    given = parser.parse_args()
    test = rows_of("semeval2010_task8:test")
    found = chosen(trained("semeval", given.work), [row.text for row in test])
    content = {
        "semeval2010_task8": {
            "rows": len(test),
            "macro_f1": asdict(macro_directed([str(row.targets["relation"]) for row in test], found)),
        },
        "conll04": conll04(given.work),
    }
    sys.stdout.write(
        json.dumps(content, indent=2) + "\n" if given.json else "".join(f"{k}: {v}\n" for k, v in content.items())
    )


if __name__ == "__main__":
    main()
