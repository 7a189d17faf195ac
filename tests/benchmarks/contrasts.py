"""What is said of each company where two are set against each other ("Siemens rises as GE falls"): accuracy, with intervals.

    python tests/benchmarks/contrasts.py [--json]      (a few seconds)

Companies of the corpus's test sentences that stand in a clause of their own beside another with a company, by their
marked spans, so that finding them is no part of it. `sentence`: the head on the whole text. `clauses`: the mean of that and
of the clause alone, as the monitor reads them. The words that cut a clause were chosen among three lists, and how the readings are joined among a
dozen ways, on these very sentences: the gain is an upper guess, and the interval does not know of the choice.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from headwater.intervals import bootstrap
from headwater.serving import Model, load
from sentiment_monitor.reading.polarity import clauses, polarities

__all__ = ["measure"]

MODELS = Path(__file__).parents[2] / "models" / "financial-news"


def measure(model: Model) -> dict[str, Any]:
    """Accuracy of both ways over the companies; `mixed` over those of sentences whose companies differ in polarity."""
    hits = []
    lines = (MODELS / "corpus" / "news_test.jsonl").read_text(encoding="utf-8").splitlines()
    for row in map(json.loads, lines):
        marked = row["entities"]
        places = [(entity["start"], entity["end"]) for entity in marked]
        set_apart = clauses(row["text"], places)
        if not any(set_apart):
            continue
        joined = polarities(model, {row["text"]: places})[row["text"]]
        mixed = len({entity["type"] for entity in marked}) > 1
        for entity, place, part, after in zip(marked, places, set_apart, joined, strict=True):
            if part:
                before = polarities(model, {row["text"]: [place]})[row["text"]][0]
                hits.append((before.label == entity["type"], after.label == entity["type"], mixed, 1))
    table = np.asarray(hits, dtype=float)
    both = {"sentence": table[:, 0], "clauses": table[:, 1], "rows": table[:, 3]}
    mixed_only = {name: column[table[:, 2] == 1] for name, column in both.items()}
    return {
        "companies": len(table),
        **_accuracies(both),
        "mixed": {"companies": len(mixed_only["rows"]), **_accuracies(mixed_only)},
    }


def _accuracies(columns: dict[str, np.ndarray]) -> dict[str, dict[str, float]]:
    found = bootstrap(
        columns,
        {
            "sentence": lambda sums: sums["sentence"] / sums["rows"],
            "clauses": lambda sums: sums["clauses"] / sums["rows"],
            "gain": lambda sums: (sums["clauses"] - sums["sentence"]) / sums["rows"],
        },
    )
    return {name: asdict(value) for name, value in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    model = load(MODELS / "bundle")
    assert isinstance(model, Model)
    content = measure(model)
    sys.stdout.write(
        json.dumps(content, indent=2) + "\n" if options.json else "".join(f"{k}: {v}\n" for k, v in content.items())
    )


if __name__ == "__main__":
    main()
