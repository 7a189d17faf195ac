"""The average by hand, in a training, and over a break."""

import doctest
import signal

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from transformers import TrainerCallback

import headwater.training.averages as tool
from headwater.training.averages import Averages, decay_at
from headwater.training.fit import fit
from headwater.training.runner import load_trained
from headwater.training.trainer import RichProgress
from tests.tiny_encoder import headlines, tiny_recipe
from tests.training.runs import run_python
from tests.training.test_broken_runs import KILLED

PARTS = ("model.safetensors", "raw.safetensors")


class Watching(TrainerCallback):
    """Writes down the raw weights after each step."""

    def __init__(self) -> None:
        self.seen: list[dict[str, torch.Tensor]] = []

    def on_step_end(self, args, state, control, model=None, **kwargs):
        self.seen.append({name: p.detach().clone() for name, p in model.named_parameters()})


def by_hand(seen: list[dict[str, torch.Tensor]], decay: float) -> dict[str, torch.Tensor]:
    average = seen[0]
    for step, weights in enumerate(seen[1:], start=1):
        keep = min(decay, (1 + step) / (10 + step))
        average = {name: keep * average[name] + (1 - keep) * weights[name] for name in weights}
    return average


def checkpoints(run) -> list:
    return sorted((run.folder / "checkpoints").iterdir(), key=lambda part: int(part.name[11:]))


def same(first, second) -> bool:
    """Whether two files hold the same tensors, to the bit."""
    one, other = load_file(first), load_file(second)
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_the_examples_run():
    assert doctest.testmod(tool) == (0, 1)


def test_the_first_update_is_the_weights_and_later_ones_move_the_average():
    model = nn.Linear(1, 1, bias=False)
    averages = Averages(model, 0.5)
    for value in (4.0, 8.0, 0.0):
        nn.init.constant_(model.weight, value)
        averages.on_step_end(None, None, None)
    once = 4 * 2 / 11 + 8 * 9 / 11  # (1 + 1) / (10 + 1) of what was
    with averages.applied():
        assert float(model.weight) == pytest.approx(once * 3 / 12)
    assert float(model.weight) == 0.0


def test_the_raw_weights_come_back_after_an_error():
    model = nn.Linear(1, 1)
    nn.init.constant_(model.weight, 1.0)
    averages = Averages(model, 0.9)
    nn.init.constant_(model.weight, 2.0)
    with averages.applied():
        assert float(model.weight) == 1.0
    with pytest.raises(KeyError), averages.applied():
        raise KeyError
    assert float(model.weight) == 2.0


def test_what_is_kept_and_measured_is_the_average(tmp_path):
    recipe, watching = tiny_recipe(tmp_path, headlines(200), epochs=3, ema=0.9), Watching()
    run = fit(recipe, tmp_path / "run", callbacks=[watching])
    steps = len(watching.seen) // 3
    assert steps > 5
    scores = [entry["eval_label.accuracy"] for entry in run.report["history"] if "eval_label.accuracy" in entry]
    best = scores.index(max(scores)) + 1  # the first of equals, as Trainer takes it
    wanted, raw = by_hand(watching.seen[: best * steps], 0.9), watching.seen[best * steps - 1]
    kept = load_file(run.folder / "model" / "model.safetensors")
    name = "encoder.encoder.layer.1.output.dense.weight"
    assert not torch.allclose(kept[name], raw[name], atol=1e-4)
    assert all(torch.allclose(kept[name], wanted[name], atol=1e-5) for name in kept)
    assert run.report["heads"]["label"]["metrics"]["accuracy"]["value"] == pytest.approx(max(scores))
    beside = load_file(checkpoints(run)[-1] / "raw.safetensors")
    assert all(torch.equal(beside[name], values) for name, values in watching.seen[-1].items())
    assert int(beside["updates"]) == len(watching.seen)


def test_training_goes_on_with_the_raw_weights(tmp_path):
    rows, plain, averaged = headlines(100), Watching(), Watching()
    for ema, watching in ((0.0, plain), (0.99, averaged)):
        fit(tiny_recipe(tmp_path, rows, epochs=2, ema=ema), tmp_path / str(ema), callbacks=[watching])
    assert len(plain.seen) == len(averaged.seen) > 0
    assert all(torch.equal(plain.seen[-1][name], averaged.seen[-1][name]) for name in plain.seen[-1])


@pytest.mark.parametrize("changes", [{}, {"adapter": "lora", "casing": True, "learning_rate": 5e-3}])
def test_an_encoder_goes_back_part_of_the_way_and_is_measured_there(tmp_path, changes):
    rows = headlines(200)
    # A rate of next to nothing keeps what a run begins from.
    rates = {"still": {"learning_rate": 1e-12}, "whole": {"wise_ft": 1.0}, "part": {"wise_ft": 0.25}}
    runs = {
        name: fit(tiny_recipe(tmp_path, rows, epochs=2, **{**changes, **more}), tmp_path / name)
        for name, more in rates.items()
    }
    still, whole, part = (load_file(run.folder / "model" / "model.safetensors") for run in runs.values())
    moved = 0
    for name, tuned in whole.items():
        wanted = still[name] + 0.25 * (tuned - still[name]) if name.startswith("encoder.") else tuned
        assert torch.allclose(part[name], wanted, atol=1e-6), name
        moved += not torch.allclose(part[name], tuned, atol=1e-4)
    assert moved
    held, loaded = runs["part"].corpus.validation, load_trained(runs["part"].folder / "model")
    scores, labels = (
        loaded.predictor.logits([row.text for row in held])["label"],
        loaded.model.config.head_list[0].labels,
    )
    right = [labels[row.argmax()] == one.targets["label"] for row, one in zip(scores, held, strict=True)]
    reported = runs["part"].report["heads"]["label"]["metrics"]["accuracy"]["value"]
    assert reported == pytest.approx(sum(right) / len(right))


@pytest.mark.parametrize("changes", [{}, {"unfreeze": 2.0, "freeze": ["embeddings.word"]}, {"precision": "bf16"}])
def test_a_broken_run_goes_on_with_the_same_averages(tmp_path, monkeypatch, changes):
    def power_cut(self, args, state, control, **rest):
        if state.epoch and state.epoch > 1.3:
            raise KeyboardInterrupt

    recipe = tiny_recipe(tmp_path, headlines(120), epochs=3, ema=0.95, **changes)
    with monkeypatch.context() as patch:
        patch.setattr(RichProgress, "on_step_begin", power_cut, raising=False)
        with pytest.raises(KeyboardInterrupt):
            fit(recipe, tmp_path / "run")
    assert len(list((tmp_path / "run" / "checkpoints").iterdir())) == 1
    resumed, whole = fit(recipe, tmp_path / "run"), fit(recipe, tmp_path / "whole")
    pairs = [(resumed.folder / "model" / PARTS[0], whole.folder / "model" / PARTS[0])]
    pairs += [(checkpoints(resumed)[-1] / part, checkpoints(whole)[-1] / part) for part in PARTS]
    for first, second in pairs:
        assert same(first, second), first


@pytest.mark.slow
def test_a_killed_process_loses_neither_averages_nor_adapters(tmp_path):
    changes = {"epochs": 4, "adapter": "lora", "ema": 0.95}
    script = KILLED.replace("epochs=4, patience=3, word_dropout=0.1", f"**{changes}")
    assert script != KILLED
    died = run_python(script, str(tmp_path))
    assert died.returncode == -signal.SIGKILL, died.stderr[-2000:]
    recipe = tiny_recipe(tmp_path, headlines(120), **changes)
    resumed, whole = fit(recipe, tmp_path / "run"), fit(recipe, tmp_path / "whole")
    assert same(resumed.folder / "model" / PARTS[0], whole.folder / "model" / PARTS[0])
    for part in PARTS:
        assert same(checkpoints(resumed)[-1] / part, checkpoints(whole)[-1] / part)


def test_a_high_decay_does_not_keep_a_short_run_at_its_start():
    assert decay_at(20, 0.9999) < 0.75
    assert decay_at(1_000_000, 0.9999) == 0.9999
