"""`headwater score` as a shell sees it."""

import json
import os
import subprocess
import sys

from headwater.cli.score import pace, summary
from headwater.scoring import Report


def headwater(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "headwater", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=200,
    )


def test_counts_go_to_stdout_and_reconcile(feed, tmp_path, news, names):
    run = headwater("score", news, names, "--input", feed, "--output", tmp_path / "out.jsonl", "--json")
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert report["read"] == report["scored"] + report["rejected"] == 3000
    run = headwater("score", news, "--input", feed, "--output", tmp_path / "out.csv", "--risk", "0.05")
    assert run.returncode == 0, run.stderr
    assert "read 3,000 = scored 2,940 + rejected 60" in run.stdout


def test_exit_codes(feed, tmp_path, news):
    refused = headwater("score", news, "--input", feed, "--output", tmp_path / "out.xlsx")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "ends in .csv, .jsonl" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert headwater("score", news, "--input", feed).returncode == 2
    alone = headwater("score", news, "--input", feed, "--output", tmp_path / "o.csv", "--actors", 2)
    assert alone.returncode == 1
    assert "--engine ray" in alone.stderr
    assert headwater("score", tmp_path, "--input", feed, "--output", tmp_path / "o.csv").returncode == 1


def test_a_model_is_known_by_its_name_too(feed, tmp_path, news, monkeypatch):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "wire").symlink_to(news)
    monkeypatch.setenv("HEADWATER_MODELS", str(tmp_path / "models"))
    run = headwater("score", "wire", "--input", feed, "--output", tmp_path / "out.jsonl")
    assert run.returncode == 0, run.stderr
    none = headwater("score", "wires", "--input", feed, "--output", tmp_path / "none.jsonl")
    assert none.returncode == 1
    assert "one of the models wire" in none.stderr and "got 'wires'" in none.stderr


def test_pace_leaves_out_what_an_earlier_run_had_done():
    # Half was there at the start; 1,000 rows and a quarter of the input took 10 s, so the last quarter takes 10 s.
    report = Report("o", "r", read=3000, scored=3000, resumed=2000, share=0.75, seconds=10.0)
    assert pace(report, 0.5) == (100.0, 10.0)
    assert pace(report, 0.75) == (100.0, None)


def test_summary():
    report = Report(
        "o.csv", "o.csv.rejects.jsonl", read=3, scored=2, rejected=1, texts=2, resumed=1, left_out=("same",)
    )
    assert summary(report).splitlines() == [
        "o.csv: read 3 = scored 2 + rejected 1, 2 different texts, 0.0 s",
        "1 of them were done by an earlier run",
        "the rejected rows and their reasons: o.csv.rejects.jsonl",
        "not scored, since they read two texts: same",
    ]
