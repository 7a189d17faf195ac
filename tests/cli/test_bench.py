"""`headwater bench --json`: the shape that others read, measured on a few texts with our own engines."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from headwater.cli.main import app


@pytest.fixture
def sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, split in (("banking77", "test"), ("financial_phrasebank_50", "all")):
        (tmp_path / name).mkdir()
        rows = [json.dumps({"text": f"Acme Bank shares rose {n}", "label": "x"}) for n in range(40)]
        (tmp_path / name / f"{split}.jsonl").write_text("\n".join(rows))
    monkeypatch.setenv("HEADWATER_DATA", str(tmp_path))


@pytest.mark.usefixtures("sets")
def test_bench_prints_what_others_read(tiny: Callable, tmp_path: Path) -> None:
    folder = tiny(tmp_path / "bundle", "sentiment").folder
    engines = ["headwater-fp32", "headwater-int8"]
    words = ["bench", "--bundle", str(folder), "--rows", "20", "--rounds", "1", "--json"]
    done = CliRunner().invoke(app, [*words, *(part for name in engines for part in ("--engine", name))])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["texts"] == 40
    assert report["ceiling_gflops"] > 0
    assert list(report["engines"]) == engines
    for figures in report["engines"].values():
        assert figures["texts_per_s"] > 0
        assert 0 < figures["p50_ms"] <= figures["p99_ms"]


@pytest.mark.slow
@pytest.mark.usefixtures("sets")
def test_transformers_and_optimum_run_beside_it(tiny: Callable, tmp_path: Path, encoder_folder: Path) -> None:
    folder = tiny(tmp_path / "bundle", "sentiment").folder
    given = {
        "--bundle": str(folder),
        "--encoder": str(encoder_folder),
        "--rows": "4",
        "--rounds": "1",
        "--threads": "1",
    }
    words = ["bench", "--json", *(part for pair in given.items() for part in pair)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert len(json.loads(done.stdout)["engines"]) == 6
