"""`headwater models`: what is on this machine, whether it is whole, and a Triton repository of it."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import onnxruntime
import pytest
from typer.testing import CliRunner

from headwater.bundle import open_bundle
from headwater.cli.main import app
from headwater.serving.triton import TYPES, config, write_model

runner = CliRunner()
SHIPPED = Path(__file__).parents[2] / "models" / "support-intent" / "bundle"
ORT_TYPES = {"tensor(int64)": "TYPE_INT64", "tensor(float)": "TYPE_FP32", "tensor(float16)": "TYPE_FP16"}


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


def fields(text: str, role: str) -> dict[str, tuple[str, list[int]]]:
    """(type, dims) of the inputs or outputs of a config.pbtxt by name."""
    found = re.findall(rf'^{role} \[ {{ name: "(\S+)" data_type: (\S+) dims: \[ ([^]]*) \] }} \]$', text, re.MULTILINE)
    return {name: (kind, [int(size) for size in dims.split(",")]) for name, kind, dims in found}


@pytest.mark.parametrize("device", ["cpu", "gpu"])
def test_triton_config_says_what_the_graph_says(shelf: Path, tmp_path: Path, device: str) -> None:
    out = tmp_path / "repository"
    written = call("triton", str(out), "news", "names", "--device", device, "--json")["models"]
    assert sorted(written) == [str(out / "names"), str(out / "news")]
    assert sorted(path.name for path in out.iterdir()) == ["names", "news"], "every top-level folder is a model"
    text = (out / "news" / "config.pbtxt").read_text()
    session = onnxruntime.InferenceSession(out / "news" / "1" / "model.onnx", providers=["CPUExecutionProvider"])
    for role, values in (("input", session.get_inputs()), ("output", session.get_outputs())):
        shapes = {v.name: (ORT_TYPES[v.type], [s if isinstance(s, int) else -1 for s in v.shape[1:]]) for v in values}
        assert shapes
        assert fields(text, role) == shapes
    assert f"kind: KIND_{device.upper()}" in text
    assert open_bundle(shelf / "news" / "bundle").digest in text
    assert text.count("{") == text.count("}")


def test_triton_replaces_an_older_model_and_leaves_nothing_behind(shelf: Path, tmp_path: Path) -> None:
    bundle, out = open_bundle(shelf / "names" / "bundle"), tmp_path / "deep" / "repository"
    write_model(bundle, out, "cpu")
    (out / "names" / "1" / "old").write_text("gone")
    write_model(bundle, out, "cpu")
    assert sorted(path.name for path in (out / "names" / "1").iterdir()) == ["model.onnx"]
    assert [path.name for path in out.parent.iterdir()] == ["repository"]


def test_triton_refuses_a_device_and_a_name_that_leads_out(shelf: Path, tmp_path: Path, tiny: Callable) -> None:
    done = call("triton", str(tmp_path / "r"), "names", "--device", "tpu", code=1)
    assert "cpu, gpu" in done.stderr
    assert set(TYPES.values()) >= {"TYPE_INT64", "TYPE_FP32", "TYPE_FP16"}
    assert callable(config)
    odd = tiny(tmp_path / "odd name", "sentiment")
    done = call("triton", str(tmp_path / "r"), str(odd.folder), code=1)
    assert "letters, digits" in done.stderr
