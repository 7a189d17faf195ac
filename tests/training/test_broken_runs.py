"""Runs that are killed, shared or stopped: what goes on ends as what was never broken."""

import json
import signal

import pytest
import torch

from headwater.data.corpus import load_corpus
from headwater.training.fit import fit
from tests.tiny_encoder import headlines, tiny_recipe
from tests.training.runs import STRATEGIES, run_python, weights

# A process that trains the recipe of a folder, and dies in its third epoch.
KILLED = """
import os, signal, sys, torch
from pathlib import Path
from tests.tiny_encoder import headlines, tiny_recipe
from headwater.training import fit, trainer
torch.set_num_threads(1)
def die(self, args, state, control, **rest):
    if state.epoch and state.epoch > 2.3:
        os.kill(os.getpid(), signal.SIGKILL)
trainer.RichProgress.on_step_begin = die
folder = Path(sys.argv[1])
fit.fit(tiny_recipe(folder, headlines(120), epochs=4, patience=3, word_dropout=0.1), folder / "run")
"""


# A process that trains on copies of its rows, and dies in its third epoch.
KILLED_WITH_COPIES = KILLED.replace("word_dropout=0.1", f"word_dropout=0.1, **{STRATEGIES}")


SHARED = """
import sys, json, torch
from pathlib import Path
from tests.tiny_encoder import headlines, tiny_recipe
from headwater.training.fit import fit
from headwater.recipe import load_recipe
folder = Path(sys.argv[1])
torch.set_num_threads(1)
run = fit(load_recipe(folder / "recipe.toml"), folder / "run")
(folder / f"rank-{__import__('os').environ['RANK']}").write_text(json.dumps(bool(run.report)))
"""


@pytest.mark.slow
def test_a_killed_run_goes_on_and_ends_as_an_unbroken_one(tmp_path):
    recipe = tiny_recipe(tmp_path, headlines(120), epochs=4, patience=3, word_dropout=0.1)
    died = run_python(KILLED, str(tmp_path))
    assert died.returncode == -signal.SIGKILL, died.stderr[-2000:]
    kept = sorted(part.name for part in (tmp_path / "run" / "checkpoints").iterdir())
    assert len(kept) == 2  # of epochs 1 and 2
    (tmp_path / "run" / "checkpoints" / "checkpoint-999").mkdir()  # as if it had died while writing
    resumed = fit(recipe, tmp_path / "run")
    whole = fit(recipe, tmp_path / "whole")
    history = [[e for e in run.report["history"] if "eval_label.accuracy" in e] for run in (resumed, whole)]
    assert [entry["eval_label.accuracy"] for entry in history[0]] == [
        entry["eval_label.accuracy"] for entry in history[1]
    ]
    first, second = weights(resumed.folder), weights(whole.folder)
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.slow
def test_a_killed_run_meets_the_same_copies_and_the_same_teacher_again(tmp_path):
    heads = [{"name": "label", "kind": "single"}]
    teacher = fit(
        tiny_recipe(tmp_path / "teacher", headlines(120), heads=heads, epochs=2), tmp_path / "teacher" / "run"
    )
    changes = {**STRATEGIES, "distil": {"teacher": str(teacher.folder)}}
    script = KILLED_WITH_COPIES.replace(str(STRATEGIES), str(changes))
    died = run_python(script, str(tmp_path))
    assert died.returncode == -signal.SIGKILL, died.stderr[-2000:]
    recipe = tiny_recipe(tmp_path, headlines(120), epochs=4, patience=3, word_dropout=0.1, **changes)
    (asked,) = (tmp_path / "run" / "teacher").iterdir()
    made = asked.stat().st_mtime_ns
    resumed, whole = fit(recipe, tmp_path / "run"), fit(recipe, tmp_path / "whole")
    assert asked.stat().st_mtime_ns == made
    assert resumed.report["copies"] == whole.report["copies"] > 70
    first, second = weights(resumed.folder), weights(whole.folder)
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.slow
def test_two_processes_train_one_model_and_write_it_once(tmp_path):
    rows = headlines(160)
    recipe = tiny_recipe(tmp_path, rows, epochs=3)
    (tmp_path / "recipe.toml").write_text(
        f'name = "tiny"\ntask = "classification"\nencoder = "{recipe.encoder}"\n'
        '[data]\ntrain = ["train.jsonl"]\ntest = ["test.jsonl"]\nvalidation = 0.2\n'
        "[training]\nepochs = 3\nlearning_rate = 5e-3\nbatch_size = 8\nmax_length = 32\nstride = 8\n"
        '[pretraining]\ntexts = ["train.jsonl"]\nbatch_size = 8\n'
    )
    script = tmp_path / "shared.py"
    script.write_text(SHARED)
    launcher = ("-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone")
    done = run_python(str(script), str(tmp_path), launcher=launcher)
    assert done.returncode == 0, done.stderr[-3000:]
    assert [json.loads((tmp_path / f"rank-{rank}").read_text()) for rank in (0, 1)] == [True, False]
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    last = [entry for entry in report["history"] if "train_runtime" in entry][-1]
    rows_each = -(-len(load_corpus(recipe).train) // 2)
    assert last["step"] == 3 * -(-rows_each // 8)  # each process had half of the rows
    assert report["heads"]["label"]["metrics"]["accuracy"]["value"] > 0.5
    assert len(list((tmp_path / "run" / "tensorboard").glob("events*"))) == 1
    assert report["pretraining"] == json.loads((tmp_path / "run" / "encoder" / "pretraining.json").read_text())


def test_patience_ends_a_run_that_gets_no_better(tmp_path):
    recipe = tiny_recipe(tmp_path, headlines(60), epochs=30, learning_rate=1e-8, patience=2)
    run = fit(recipe, tmp_path / "run")
    assert sum("eval_label.accuracy" in entry for entry in run.report["history"]) == 3


def test_patience_goes_on_counting_after_a_break(tmp_path, monkeypatch):
    from headwater.training.trainer import RichProgress

    def power_cut(self, args, state, control, **rest):
        if state.epoch and state.epoch > 2:
            raise KeyboardInterrupt

    recipe = tiny_recipe(tmp_path, headlines(60), epochs=30, learning_rate=1e-8, patience=3)
    with monkeypatch.context() as patch:
        patch.setattr(RichProgress, "on_step_begin", power_cut, raising=False)
        with pytest.raises(KeyboardInterrupt):
            fit(recipe, tmp_path / "run")
    run = fit(recipe, tmp_path / "run")
    assert sum("eval_label.accuracy" in entry for entry in run.report["history"]) == 4  # as without the break
