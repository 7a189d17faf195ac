"""`headwater models`: what is on this machine, whether it is whole, and a Triton repository of it."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from headwater.bundle import open_bundle
from headwater.cli.main import app

runner = CliRunner()
SHIPPED = Path(__file__).parents[2] / "models" / "support-intent" / "bundle"


@pytest.fixture
def shelf(tiny: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models folder with two whole bundles and a damaged one."""
    root = tmp_path / "models"
    for name, heads in {"news": ["sentiment", "entities"], "names": ["entities"], "torn": ["sentiment"]}.items():
        folder = tiny(tmp_path / "made" / name, *heads).folder
        (root / name).mkdir(parents=True)
        shutil.copytree(folder, root / name / "bundle")
    with (root / "torn" / "bundle" / "model.onnx").open("ab") as model:
        model.write(b"\0")
    monkeypatch.setenv("HEADWATER_MODELS", str(root))
    return root


def call(*words: str, code: int = 0):
    done = runner.invoke(app, ["models", *words])
    assert done.exit_code == code, done.output
    return json.loads(done.stdout) if "--json" in words and done.stdout else done


def test_list_shows_the_broken_one_with_its_reason(shelf: Path) -> None:
    rows = {row["name"]: row for row in call("list", "--json")}
    assert rows["news"]["ok"]
    assert rows["news"]["heads"] == [
        {"name": "sentiment", "kind": "single", "labels": 3},
        {"name": "entities", "kind": "token", "labels": 5},
    ]
    assert rows["news"]["digest"] == open_bundle(shelf / "news" / "bundle").digest
    assert not rows["torn"]["ok"]
    assert "digest differs" in rows["torn"]["error"]
    assert "news" in call("list").stdout


@pytest.mark.parametrize("given", ["news", "{shelf}/news", "{shelf}/news/bundle"])
def test_show_takes_a_name_or_a_folder(shelf: Path, given: str) -> None:
    shown = call("show", given.format(shelf=shelf), "--json")
    assert shown["name"] == "news"
    assert [head["name"] for head in shown["heads"]] == ["sentiment", "entities"]
    assert shown["files"].keys() == {"model.onnx", "tokenizer.json"}
    assert "sentiment" in call("show", given.format(shelf=shelf)).stdout


def test_show_says_what_the_gate_found(shelf: Path) -> None:
    assert re.search(r"gate +passed, \d+ checks", call("show", str(SHIPPED)).stdout)
    assert re.search(r"gate +not run", call("show", "news").stdout)


def test_show_of_an_unknown_name_says_which_there_are(shelf: Path) -> None:
    done = call("show", "nows", code=1)
    assert "names, news, torn" in done.stderr
    assert "'nows'" in done.stderr


def test_a_model_that_was_not_trained_yet_says_what_to_run(shelf: Path) -> None:
    done = call("show", "support-intent", code=1)
    assert "headwater train models/support-intent/recipe.toml" in done.stderr


def test_verify_fails_where_one_is_broken_and_reports_all(shelf: Path) -> None:
    done = runner.invoke(app, ["models", "verify", "news", "torn", "--json"])
    assert done.exit_code == 1
    good, bad = json.loads(done.stdout)
    assert good["ok"]
    assert good["variants"] == ["fp32", "int8"]
    assert not bad["ok"]
    assert "digest differs" in bad["error"]
    assert call("verify", "news", "names").exit_code == 0


def test_triton_writes_a_repository_of_models_and_nothing_else(shelf: Path, tmp_path: Path) -> None:
    out = tmp_path / "repository"
    written = call("triton", str(out), "news", "names", "--json")["models"]
    assert sorted(written) == [str(out / "names"), str(out / "news")]
    assert sorted(path.name for path in out.iterdir()) == ["names", "news"], "every top-level folder is a model"


def test_triton_takes_instances_and_an_accelerator(shelf: Path, tmp_path: Path) -> None:
    words = ["--device", "gpu", "--accelerator", "tensorrt", "--instances", "3", "--batch", "32"]
    call("triton", str(tmp_path / "r"), "names", *words)
    text = (tmp_path / "r" / "names" / "config.pbtxt").read_text()
    assert "count: 3" in text
    assert 'name: "tensorrt"' in text
    assert "max_batch_size: 32" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--device", "tpu"], "cpu, gpu"),
        (["--accelerator", "openvino"], "none, cuda, tensorrt"),
        (["--accelerator", "cuda"], "write --device gpu"),
    ],
)
def test_triton_refuses_what_it_cannot_write(shelf: Path, tmp_path: Path, words: list[str], message: str) -> None:
    assert message in call("triton", str(tmp_path / "r"), "names", *words, code=1).stderr
    assert not (tmp_path / "r").exists()


def test_triton_refuses_a_name_that_leads_out(shelf: Path, tmp_path: Path, tiny: Callable) -> None:
    odd = tiny(tmp_path / "odd name", "sentiment")
    done = call("triton", str(tmp_path / "r"), str(odd.folder), code=1)
    assert "letters, digits" in done.stderr
