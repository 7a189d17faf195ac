"""Ten times the rows, the same memory."""

import json
import os
import subprocess
import sys

import pytest

PROGRAM = """
import json, resource, sys
from types import SimpleNamespace
from headwater.bundle import Head
from headwater.scoring import Scorer, score_file
from headwater.serving import Prediction

class Stub:
    bundle = SimpleNamespace(digest="0", manifest=SimpleNamespace(name="stub"))
    heads = (Head("sentiment", "single", ("negative", "positive"), "logits"),)
    variant, provider = "int8", "stub"
    def predict_heads(self, texts, heads):
        return {"sentiment": [Prediction("positive", len(text) % 10 / 10) for text in texts]}

rows = int(sys.argv[1])
with open("in.jsonl", "w") as out:
    for number in range(rows):
        out.write(json.dumps({"id": number, "text": f"Shares of company {number} rose in a calm market"}) + "\\n")
report = score_file(Scorer([Stub()]), "in.jsonl", sys.argv[2])
assert report.scored == report.texts == rows
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def peak(folder, rows: int, output: str) -> int:
    """Peak memory of a run in MB."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(rows), output],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=250,
    )
    return int(run.stdout)


@pytest.mark.slow
@pytest.mark.timeout(900)  # of a machine that is busy with other things
def test_memory_is_flat_from_20_000_to_200_000_rows(tmp_path):
    small, large = peak(tmp_path, 20_000, "small.jsonl"), peak(tmp_path, 200_000, "large.jsonl")
    # 200,000 rows are 60 MB of output; SQLite's page cache may still fill up to its 32 MB.
    assert large - small < 40
    with (tmp_path / "large.jsonl").open() as stream:
        assert sum(json.loads(line)["row"] == number for number, line in enumerate(stream, 1)) == 200_000
