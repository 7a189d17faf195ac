"""Headlines scored by the local engine and by two actors of a Ray cluster on this machine: what the cluster costs.

    python tests/benchmarks/ray_scoring.py [--json] [--rows 20000]      (needs HEADWATER_DATA and headwater[scale])

On one machine both have the same processors, so that the difference is Ray's: the seconds until it is up and the
bundles are open, and what lists and outcomes cost on their way. The bytes are compared too.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from headwater.scoring import open_scorer, score_file
from headwater.scoring.ray_engine import ray_engine
from tests.benchmarks.score_million import BUNDLE, headlines

__all__ = ["measured"]

ACTORS = 2


def measured(rows: int) -> dict[str, Any]:
    """Seconds to open and rows a second after that, for each engine."""
    with tempfile.TemporaryDirectory() as folder:
        feed = Path(folder) / "feed.jsonl"
        with feed.open("w", encoding="utf-8") as stream:
            stream.writelines(json.dumps({"text": text}) + "\n" for text in headlines(rows))
        outputs = [Path(folder) / f"{name}.jsonl" for name in ("local", "ray")]
        # As many shards as there would be of a large file, so that two actors have something to share.
        options = {"shard_rows": max(1, min(2000, rows // 10))}
        began = time.monotonic()
        scorer = open_scorer([BUNDLE])
        found = {"local": _timed(rows, began, scorer, feed, outputs[0], **options)}
        began = time.monotonic()
        with ray_engine([BUNDLE], address="local", actors=ACTORS) as (plan, engine):
            found["ray"] = _timed(rows, began, plan, feed, outputs[1], engine=engine, **options)
        assert outputs[0].read_bytes() == outputs[1].read_bytes(), "the engines differ"
    return {"rows": rows, "actors": ACTORS, "load": round(os.getloadavg()[2], 1), **found}


def _timed(rows: int, began: float, models: Any, feed: Path, output: Path, **options: Any) -> dict[str, float]:
    opened = time.monotonic()
    report = score_file(models, feed, output, **options)
    assert report.scored == rows, f"expected {rows} scores, got {report.scored}"
    return {"opening_s": round(opened - began, 1), "rows_per_s": round(rows / (time.monotonic() - opened), 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measured(given.rows)
    sys.stdout.write(
        json.dumps(found, indent=2) + "\n" if given.json else "".join(f"{k}: {v}\n" for k, v in found.items())
    )


if __name__ == "__main__":
    main()
