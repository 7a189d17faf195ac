"""What each tracker's own reader finds in the run folder after a training."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
import wandb
from wandb.proto.wandb_internal_pb2 import Record

from headwater.errors import TrainingError
from headwater.training import tracking
from headwater.training.fit import fit
from headwater.training.tracking import parameters, prepare_tracking, tracked
from tests.tiny_encoder import headlines, tiny_recipe
from tests.training.runs import run_python
from tests.training.test_broken_runs import SHARED

BLOCK = 32_768  # bytes of LevelDB's log, in which W&B writes its runs: records do not cross it, but go on behind it
METRIC = "label.accuracy"
SWITCHES = (
    "WANDB_MODE",
    "WANDB_DIR",
    "WANDB_PROJECT",
    "WANDB_DISABLED",
    "MLFLOW_TRACKING_URI",
    "MLFLOW_EXPERIMENT_NAME",
)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in (*SWITCHES, "RANK"):
        monkeypatch.delenv(name, raising=False)


def records(file: Path) -> Iterator[Record]:
    """The records of a .wandb file: a header of 7 bytes, then (checksum, length, kind, part) again and again."""
    content, at, whole = file.read_bytes(), 7, b""
    assert content[:4] == b":W&B"
    while at + 7 <= len(content):
        if BLOCK - at % BLOCK < 7:
            at += BLOCK - at % BLOCK
            continue
        length, kind = int.from_bytes(content[at + 4 : at + 6], "little"), content[at + 6]
        whole += content[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # whole, or its last part
            yield Record.FromString(whole)
            whole = b""


def epochs(run) -> list[float]:
    return [entry[f"eval_{METRIC}"] for entry in run.report["history"] if f"eval_{METRIC}" in entry]


def key(item) -> str:
    return item.key or "/".join(item.nested_key)


def read_wandb(folder: Path) -> tuple[str, list[float], dict]:
    """Name, metric by epoch and parameters of the one offline run in a run folder."""
    (file,) = folder.glob("wandb/offline-run-*/*.wandb")
    name, values, config = "", [], {}
    for record in records(file):
        name = record.run.display_name or name
        for item in (*record.run.config.update, *record.config.update):
            config[key(item)] = json.loads(item.value_json)
        values += [json.loads(i.value_json) for i in record.history.item if key(i) == f"eval/{METRIC}"]
    return name, values, config


def test_an_offline_run_of_wandb_holds_name_metrics_and_recipe(tmp_path):
    recipe = tiny_recipe(tmp_path, headlines(100), epochs=2, tracking="wandb")
    for place in ("first", "second"):  # a process may train more than once, as a search does
        run = fit(recipe, tmp_path / place)
        name, values, config = read_wandb(run.folder)
        assert name == "tiny"
        assert values == pytest.approx(epochs(run))
        assert len(values) == 2
        assert config["recipe.training.learning_rate"] == 5e-3
        assert json.loads(config["recipe.data.train"]) == ["train.jsonl"]
    assert wandb.run is None
    assert not (run.folder / "tensorboard").exists()


def test_mlflows_client_finds_name_metrics_and_recipe(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    recipe = tiny_recipe(tmp_path / "data", headlines(100), epochs=2, tracking="mlflow", adapter="lora")
    run = fit(recipe, tmp_path / "run")
    assert not mlflow.is_tracking_uri_set(), "the next run has a store of its own"
    client = mlflow.MlflowClient(f"sqlite:///{run.folder / 'mlflow.db'}")
    number = client.get_experiment_by_name("headwater").experiment_id
    (found,) = client.search_runs([number])
    assert (found.info.run_name, found.info.status) == ("tiny", "FINISHED")
    history = sorted(client.get_metric_history(found.info.run_id, f"eval_{METRIC}"), key=lambda entry: entry.step)
    assert [entry.value for entry in history] == pytest.approx(epochs(run))
    params = found.data.params
    assert params["recipe.training.adapter"] == "lora"
    assert params.keys() >= parameters(recipe).keys()
    assert sorted(part.name for part in tmp_path.iterdir()) == ["data", "run"], "nothing is written elsewhere"


def test_a_tracking_server_of_the_users_is_taken(tmp_path, monkeypatch):
    store = f"sqlite:///{tmp_path / 'shared.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "tones")
    recipe = tiny_recipe(tmp_path, headlines(40), tracking="mlflow")
    prepare_tracking(recipe)
    with pytest.raises(KeyError), tracked(recipe, tmp_path / "run"):
        raise KeyError
    assert not (tmp_path / "run").exists()
    client = mlflow.MlflowClient(store)
    (found,) = client.search_runs([client.get_experiment_by_name("tones").experiment_id])
    assert found.info.status == "FAILED"


@pytest.mark.parametrize("tracker", ["wandb", "mlflow"])
def test_other_processes_write_nothing(tmp_path, monkeypatch, tracker):
    monkeypatch.setenv("RANK", "1")
    recipe = tiny_recipe(tmp_path / "data", headlines(40), tracking=tracker)
    (tmp_path / "run").mkdir()
    prepare_tracking(recipe)
    with tracked(recipe, tmp_path / "run"):
        assert wandb.run is None
        assert mlflow.active_run() is None
    assert not list((tmp_path / "run").iterdir())


@pytest.mark.parametrize("tracker", ["wandb", "mlflow"])
def test_a_tracker_that_is_missing_is_told_before_anything_is_read(tmp_path, monkeypatch, tracker):
    monkeypatch.setattr(tracking, "find_spec", lambda name: None)
    recipe = tiny_recipe(tmp_path, headlines(40), tracking=tracker)
    (tmp_path / "train.jsonl").unlink()
    with pytest.raises(TrainingError, match=rf"expected the package {tracker}.*pip install 'headwater\[tracking\]'"):
        fit(recipe, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_tracker_that_is_switched_off_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_DISABLED", "true")
    with pytest.raises(TrainingError, match="wandb is switched off by WANDB_DISABLED"):
        prepare_tracking(tiny_recipe(tmp_path, headlines(40), tracking="wandb"))


@pytest.mark.parametrize("tracker", ["wandb", "mlflow"])
def test_what_the_user_has_set_stays(tmp_path, monkeypatch, tracker):
    recipe = tiny_recipe(tmp_path, headlines(40), tracking=tracker)
    for name, value in tracking.LOCAL[tracker].items():
        monkeypatch.delenv(name, raising=False)
        prepare_tracking(recipe)
        assert os.environ[name] == value
        monkeypatch.setenv(name, "of the user")
        prepare_tracking(recipe)
        assert os.environ[name] == "of the user"


def test_a_tracker_that_does_not_begin_is_an_error_of_ours(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "unheard-of://anywhere")
    recipe = tiny_recipe(tmp_path, headlines(40), tracking="mlflow")
    with pytest.raises(TrainingError, match="training.tracking: mlflow did not begin"), tracked(recipe, tmp_path):
        pytest.fail("it began")
    assert mlflow.active_run() is None


def test_a_run_that_the_caller_has_begun_is_left_alone(tmp_path, monkeypatch):
    ended = []
    monkeypatch.setattr(mlflow, "active_run", lambda: "theirs")
    monkeypatch.setattr(mlflow, "end_run", ended.append)
    recipe = tiny_recipe(tmp_path, headlines(40), tracking="mlflow")
    with pytest.raises(TrainingError, match="expected no run of MLflow"), tracked(recipe, tmp_path):
        pytest.fail("it began")
    assert not ended


@pytest.mark.parametrize("tracker", ["none", "tensorboard"])
def test_other_curves_are_tensorboards_or_nowhere(tmp_path, tracker):
    recipe = tiny_recipe(tmp_path, headlines(60), epochs=1, tracking=tracker)
    run = fit(recipe, tmp_path / "run")
    assert (run.folder / "tensorboard").exists() == (tracker == "tensorboard")
    assert not (run.folder / "wandb").exists()


@pytest.mark.slow
def test_two_processes_with_adapters_and_averages_are_one_run(tmp_path):
    recipe = tiny_recipe(tmp_path, headlines(160))
    (tmp_path / "recipe.toml").write_text(
        f'name = "tiny"\ntask = "classification"\nencoder = "{recipe.encoder}"\n'
        '[data]\ntrain = ["train.jsonl"]\ntest = ["test.jsonl"]\nvalidation = 0.2\n'
        "[training]\nepochs = 3\nlearning_rate = 5e-3\nbatch_size = 8\nmax_length = 32\nstride = 8\n"
        'adapter = "lora"\nema = 0.9\ntracking = "wandb"\n'
    )
    script = tmp_path / "shared.py"
    script.write_text(SHARED)
    launcher = ("-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone")
    done = run_python(str(script), str(tmp_path), launcher=launcher)
    assert done.returncode == 0, done.stderr[-3000:]
    name, values, config = read_wandb(tmp_path / "run")  # there is exactly one
    assert (name, len(values), config["recipe.training.adapter"]) == ("tiny", 3, "lora")
    assert not list(tmp_path.glob("wandb*"))
    last = max((tmp_path / "run" / "checkpoints").iterdir(), key=lambda part: int(part.name[11:]))
    assert (last / "raw.safetensors").is_file()
    assert (tmp_path / "run" / "model" / "model.safetensors").is_file()
