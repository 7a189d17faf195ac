"""`headwater bench --json`: the shape that others read, measured on a few texts with our own engines."""

import json
from collections.abc import Callable
from pathlib import Path

import onnxruntime
import pytest
from typer.testing import CliRunner

from headwater.cli.main import app
from headwater.serving.providers import PROVIDERS
from tests.tiny_encoder import tiny_encoder


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


def curve(folder: Path, *words: str) -> list[str]:
    return ["bench", "--curve", "--bundle", str(folder), "--rows", "4", "--size", "2", "--size", "1", "--seconds", "0", *words]  # fmt: skip


@pytest.mark.usefixtures("sets")
def test_a_curve_of_our_own_engines(tiny: Callable, tmp_path: Path) -> None:
    folder = tiny(tmp_path / "bundle", "sentiment").folder
    words = curve(folder, "--engine", "headwater-fp32", "--engine", "headwater-int8", "--threads", "1")
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert (report["device"], report["precision_of_peak"], report["left_out"]) == ("cpu", "fp32", {})
    assert list(report["engines"]) == ["headwater-fp32", "headwater-int8"]
    for row in report["engines"].values():
        assert [point["batch"] for point in row["points"]] == [1, 2]
        assert all(point["texts_per_s"] > 0 and point["of_peak"] > 0 for point in row["points"])
    table = CliRunner().invoke(app, words).stdout
    assert "headwater-int8" in table
    assert "of the peak" in table


@pytest.mark.slow
@pytest.mark.usefixtures("sets")
def test_a_curve_beside_torch_and_optimum(tiny: Callable, tmp_path: Path) -> None:
    folder, encoder = tiny(tmp_path / "bundle", "sentiment").folder, tiny_encoder(tmp_path / "encoder")
    done = CliRunner().invoke(app, [*curve(folder, "--encoder", str(encoder), "--threads", "1"), "--json"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    ran = {"headwater-fp32", "headwater-int8", "torch-eager", "torch-compile", "optimum"}
    assert report["engines"].keys() | report["left_out"].keys() == ran
    assert {"torch-eager", "optimum"} <= report["engines"].keys()


@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_device_that_is_not_here_is_told_before_any_work(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if PROVIDERS[device] in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has it")
    monkeypatch.setattr("headwater.cli.bench.bench_texts", lambda rows: pytest.fail("texts were read"))
    done = CliRunner().invoke(app, ["bench", "--device", device, "--bundle", "no such bundle"])
    assert done.exit_code == 1
    assert f"device '{device}' needs" in done.stderr


def test_an_unknown_device_is_named() -> None:
    done = CliRunner().invoke(app, ["bench", "--device", "tpu"])
    assert done.exit_code == 1
    assert "cpu, cuda, tensorrt" in done.stderr
