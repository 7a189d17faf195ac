"""kill -9 while a model is trained: the same command goes on from the last epoch, and ends in the weights of an unbroken run."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from headwater.training.fit import fit
from tests.faults.conftest import many
from tests.tiny_encoder import headlines, tiny_recipe
from tests.training import conftest as training
from tests.training.runs import run_python, weights
from tests.training.test_broken_runs import KILLED

one_thread = training.one_thread
MOMENTS = ("2.3", "0.4", "3.6")  # epochs, of four: two are kept, none is, and the last step is about to come


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_killed_training_ends_as_an_unbroken_one(tmp_path: Path, told: Callable[[str, str, str], None]) -> None:
    moments = MOMENTS[: many(3, 1)]
    whole = fit(
        tiny_recipe(tmp_path / "whole", headlines(120), epochs=4, patience=3, word_dropout=0.1), tmp_path / "unbroken"
    )
    for moment in moments:
        folder = tmp_path / moment
        recipe = tiny_recipe(folder, headlines(120), epochs=4, patience=3, word_dropout=0.1)
        died = run_python(KILLED.replace("2.3", moment), str(folder))
        assert died.returncode == -signal.SIGKILL, died.stderr[-2000:]
        assert any((folder / "run" / "checkpoints").glob("*")) == (float(moment) > 1)
        resumed = fit(recipe, folder / "run")
        assert resumed.report["heads"] == whole.report["heads"], "the metrics of the end"
        first, second = weights(resumed.folder), weights(whole.folder)
        assert first.keys() == second.keys()
        assert all(torch.equal(first[name], second[name]) for name in first)
    told(
        f"kill -9 while a model is trained, at {len(moments)} moments of 4 epochs", "goes on from the last epoch, same final metrics",
        "goes on, same metrics, the weights equal to the bit",
    )  # fmt: skip
