"""Adapters of every architecture, merged and held against what they were, and trainings that use them."""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AlbertConfig, AlbertModel

from headwater.data.example import Example
from headwater.errors import TrainingError
from headwater.recipe import TrainingRecipe
from headwater.text import Input, TextEncoder
from headwater.training.adapters import RankAllocation, add_adapters, check_merged, merge, orthogonality
from headwater.training.fit import fit
from headwater.training.modeling import HeadwaterModel, build_model
from headwater.training.runner import load_trained
from headwater.training.tokenizer import fast_tokenizer
from headwater.training.trainer import RichProgress
from tests.export.checkpoints import ARCHITECTURES, SMALL, TEXTS, checkpoint
from tests.tiny_encoder import headlines, tiny_recipe
from tests.training.test_modeling import NAMES, TONE, VECTOR

INPUTS = (Input("input_ids", "ids.v1"), Input("attention_mask", "mask.v1"))
ROWS = [Example(text) for text in TEXTS]
KINDS = ("lora", "adalora")


def made(folder, architecture: str = "bert") -> tuple[HeadwaterModel, TextEncoder]:
    """A model over a tiny encoder of an architecture, with heads of three kinds, and its way from text."""
    if architecture == "albert":
        checkpoint(folder, "bert", "Model")  # for its tokenizer
        size = len(fast_tokenizer(str(folder)).get_vocab())
        AlbertModel(AlbertConfig(vocab_size=size, embedding_size=16, **SMALL)).save_pretrained(folder)
    else:
        checkpoint(folder, architecture, "Model")
    torch.manual_seed(3)
    model = build_model(str(folder), (TONE, NAMES, VECTOR), INPUTS, casing=False, max_length=48, stride=8)
    return model.eval(), TextEncoder(fast_tokenizer(str(folder)), model.config.input_list, 48, 8)


def disturb(model: nn.Module) -> None:
    """Adapters begin as nothing, so that a merge that did nothing would pass."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.normal_(std=0.1)


def saved(model: HeadwaterModel, encoder: TextEncoder, folder) -> None:
    model.save_pretrained(folder)
    encoder.tokenizer.save(str(folder / "tokenizer.json"))


def batch(encoder: TextEncoder) -> dict[str, torch.Tensor]:
    arrays = encoder.batch(encoder.encode(list(TEXTS)))
    return {name: torch.from_numpy(values) for name, values in arrays.items()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("architecture", [*ARCHITECTURES, "albert"])
def test_all_linear_layers_of_an_encoder_learn_and_are_merged(tmp_path, architecture, kind):
    model, encoder = made(tmp_path / "encoder", architecture)
    before = {name: values.clone() for name, values in model.state_dict().items()}
    linear = {name for name, module in model.encoder.named_modules() if type(module) is nn.Linear}
    tuner = add_adapters(model, TrainingRecipe(adapter=kind, adapter_rank=2))
    wrapped = {n for n, module in model.encoder.named_modules() if hasattr(module, "lora_A")}
    assert wrapped == linear
    learning = {name for name, p in model.named_parameters() if p.requires_grad}
    assert all("lora_" in name or name.startswith("heads.") for name in learning)
    assert {"heads.tone.weight", "heads.names.bias"} < learning
    disturb(model)
    inputs = batch(encoder)
    targets = {"tone": torch.arange(len(inputs["input_ids"])) % 3}
    model(**inputs, targets=targets)["loss"].backward()
    assert all(p.grad is not None for name, p in model.named_parameters() if "lora_" in name and p.requires_grad)
    wanted = merge(tuner, model, encoder, ROWS)
    saved(model, encoder, tmp_path / "model")
    check_merged(tmp_path / "model", wanted, ROWS)
    after = load_file(tmp_path / "model" / "model.safetensors")
    assert after.keys() == before.keys()
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved == {f"encoder.{name}.weight" for name in linear}


def test_a_model_that_is_not_the_merged_one_is_refused(tmp_path):
    model, encoder = made(tmp_path / "encoder")
    tuner = add_adapters(model, TrainingRecipe(adapter="lora"))
    disturb(model)
    wanted = merge(tuner, model, encoder, ROWS)
    whole = tmp_path / "whole"
    saved(model, encoder, whole)
    check_merged(whole, wanted, ROWS)
    weights, name = load_file(whole / "model.safetensors"), "encoder.encoder.layer.1.output.dense.weight"
    for value in (float(weights[name][0, 0]) + 0.05, float("nan")):
        weights[name][0, 0] = value
        other = shutil.copytree(whole, tmp_path / "other")
        save_file(weights, other / "model.safetensors")
        with pytest.raises(TrainingError, match=r"within .*head 'tone' differ by .* for '.+': train it again"):
            check_merged(other, wanted, ROWS)
        assert not other.exists(), "what is not proved is not left to be used"
    del weights[name]
    save_file(weights, whole / "model.safetensors")
    with pytest.raises(TrainingError, match="expected a trained model, whole"):
        check_merged(whole, wanted, ROWS)


def test_a_training_whose_merge_goes_wrong_is_refused_and_leaves_no_model(tmp_path, monkeypatch):
    def forgetful(tuner, *args, **kwargs):
        return tuner.unload()  # takes the adapters out, and does not add them

    monkeypatch.setattr("peft.LoraModel.merge_and_unload", forgetful)
    recipe = tiny_recipe(tmp_path, headlines(60), epochs=1, adapter="lora")
    with pytest.raises(TrainingError, match="expected the merged model to answer as the one with adapters"):
        fit(recipe, tmp_path / "run")
    assert not (tmp_path / "run" / "model").exists()


@pytest.mark.parametrize(("kind", "rate"), [("lora", 5e-3), ("adalora", 1e-2)])
def test_a_frozen_encoder_learns_through_adapters(tmp_path, kind, rate):
    recipe = tiny_recipe(
        tmp_path, headlines(400), epochs=12, adapter=kind, casing=True, learning_rate=rate, batch_size=8
    )
    run = fit(recipe, tmp_path / "run")
    assert run.report["heads"]["label"]["metrics"]["accuracy"]["value"] > 0.9
    before = load_file(tmp_path / "encoder" / "model.safetensors")
    after = load_file(run.folder / "model" / "model.safetensors")
    same = {n for n, values in before.items() if f"encoder.{n}" in after and torch.equal(after[f"encoder.{n}"], values)}
    assert {"embeddings.word_embeddings.weight", "encoder.layer.0.output.dense.bias"} <= same
    assert "encoder.layer.0.output.dense.weight" not in same
    types = after["encoder.embeddings.token_type_embeddings.weight"]
    assert not torch.equal(types[0], types[1])  # the casing rows began alike, and learn in full
    assert load_trained(run.folder / "model").model.config.head_list == run.corpus.heads


@pytest.mark.parametrize("kind", KINDS)
def test_the_distance_of_two_passes_is_part_of_the_loss(tmp_path, kind):
    first = []
    for r_drop in (0.0, 1e4):
        recipe = tiny_recipe(tmp_path, headlines(60), epochs=3, batch_size=8, adapter=kind, r_drop=r_drop)
        history = fit(recipe, tmp_path / f"{r_drop}").report["history"]
        first.append(next(entry["loss"] for entry in history if "loss" in entry))
    assert first[1] > first[0] + 1


@pytest.mark.parametrize("kind", KINDS)
def test_half_precision_of_training_is_no_part_of_the_proof(tmp_path, kind):
    recipe = tiny_recipe(tmp_path, headlines(60), epochs=3, batch_size=8, adapter=kind, precision="bf16")
    assert (fit(recipe, tmp_path / "run").folder / "model" / "model.safetensors").is_file()


@pytest.mark.parametrize(
    ("changes", "whole_epochs"),
    [
        ({"adapter": "lora"}, 2),
        ({"adapter": "lora", "ema": 0.9}, 2),
        ({"adapter": "adalora"}, 2),  # while ranks are being found, and after that
        ({"adapter": "adalora"}, 3),
    ],
)
def test_a_broken_training_with_adapters_ends_as_an_unbroken_one(tmp_path, monkeypatch, changes, whole_epochs):
    def power_cut(self, args, state, control, **rest):
        if state.epoch and state.epoch > whole_epochs + 0.3:
            raise KeyboardInterrupt

    recipe = tiny_recipe(tmp_path, headlines(100), epochs=4, **changes)
    with monkeypatch.context() as patch:
        patch.setattr(RichProgress, "on_step_begin", power_cut, raising=False)
        with pytest.raises(KeyboardInterrupt):
            fit(recipe, tmp_path / "run")
    resumed, whole = fit(recipe, tmp_path / "run"), fit(recipe, tmp_path / "whole")
    for part in ("model", f"checkpoints/{last(whole)}"):
        first, second = (load_file(run.folder / part / "model.safetensors") for run in (resumed, whole))
        assert all(torch.equal(first[name], second[name]) for name in second), part


def last(run) -> str:
    return max((part.name for part in (run.folder / "checkpoints").iterdir()), key=lambda name: int(name[11:]))


def test_adalora_ends_at_its_budget_and_keeps_it(tmp_path):
    recipe = tiny_recipe(tmp_path, headlines(100), epochs=4, adapter="adalora", adapter_rank=2)
    run = fit(recipe, tmp_path / "run")
    weights = load_file(run.folder / "checkpoints" / last(run) / "model.safetensors")
    ranks = [int((values != 0).sum()) for name, values in weights.items() if "lora_E" in name]
    assert len(ranks) == 2 * 6  # layers, each with query, key, value and three dense ones
    assert sum(ranks) == 2 * len(ranks)
    assert len(set(ranks)) > 1, "some layers were given more than others"
    kept = load_file(run.folder / "checkpoints" / last(run) / "ranks.safetensors")
    assert sum(int(kept[name].sum()) for name in kept if name.startswith("kept/")) == sum(ranks)


def test_too_few_updates_for_adalora_are_told(tmp_path):
    recipe = tiny_recipe(tmp_path, headlines(60), epochs=1, adapter="adalora")
    with pytest.raises(TrainingError, match="adalora expected at least 10 updates .* got 2"):
        fit(recipe, tmp_path / "run")


def test_adapters_are_kept_orthogonal_as_pefts_own_wrapper_does(tmp_path):
    model, encoder = made(tmp_path / "encoder")
    inputs = batch(encoder)
    inputs |= {"targets": {"tone": torch.arange(len(inputs["input_ids"])) % 3}}
    tuner = add_adapters(model, TrainingRecipe(adapter="adalora"))
    plain = model(**inputs)["loss"]
    ranks = RankAllocation(tuner, model)
    more = model(**inputs)["loss"] - plain
    tuner.model.forward = lambda: SimpleNamespace(loss=torch.zeros(()))
    assert float(more.detach()) == pytest.approx(float(tuner.forward().loss.detach()), rel=1e-4)
    assert float(more.detach()) == pytest.approx(0.5 * float(orthogonality(model.encoder).detach()), rel=1e-4)
    ranks.on_train_end(None, None, None)
    del tuner.model.forward
    assert torch.equal(model(**inputs)["loss"], plain)


def test_gradients_that_overflowed_weigh_nothing(tmp_path):
    model, _ = made(tmp_path / "encoder")
    tuner = add_adapters(model, TrainingRecipe(adapter="adalora"))
    ranks = RankAllocation(tuner, model)
    ranks.on_train_begin(None, SimpleNamespace(max_steps=30), None)
    for parameter in model.encoder.parameters():
        parameter.grad = torch.full_like(parameter, np.inf) if parameter.requires_grad else None
    ranks.on_optimizer_step(None, SimpleNamespace(global_step=0), None, SimpleNamespace(step_was_skipped=True))
    tables = ranks.state_dict()
    assert len(tables) > 30
    assert all(bool((values == 0).all()) for values in tables.values())
