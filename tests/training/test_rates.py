"""What learns, and how fast: frozen layers, a rate for each layer, fresh weights at their own."""

import pytest
import torch
from safetensors.torch import load_file

from headwater.data.corpus import load_corpus
from headwater.errors import TrainingError
from headwater.training.fit import fit
from tests.tiny_encoder import headlines, tiny_recipe
from tests.training.runs import weights


def test_frozen_layers_do_not_move_and_the_rest_does(tmp_path):
    recipe = tiny_recipe(tmp_path, headlines(60), epochs=1, freeze=["embeddings.word_embeddings", "encoder.layer.0"])
    run = fit(recipe, tmp_path / "run")
    before, after = load_file(tmp_path / "encoder" / "model.safetensors"), weights(run.folder)
    same = {
        name: torch.equal(after[f"encoder.{name}"], values)
        for name, values in before.items()
        if f"encoder.{name}" in after
    }
    frozen = {name for name in same if name.startswith(("embeddings.word_embeddings", "encoder.layer.0"))}
    assert len(frozen) > 10
    assert all(same[name] for name in frozen)
    assert not same["encoder.layer.1.output.dense.weight"]


def test_a_name_to_freeze_that_is_none_is_told(tmp_path):
    recipe = tiny_recipe(tmp_path, headlines(60), epochs=1, freeze=["embedings"])
    with pytest.raises(TrainingError, match="training.freeze.*embeddings.word_embeddings.*got 'embedings'"):
        fit(recipe, tmp_path / "run")


def rates_of(recipe, folder) -> tuple[dict[str, str], list[dict]]:
    """Names of parameters by id, and the groups of the optimizer that a recipe gets."""
    from transformers import set_seed

    from headwater.text import TextEncoder
    from headwater.training import fit as module
    from headwater.training.trainer import RichProgress

    corpus = load_corpus(recipe)
    set_seed(1)
    tokenizer, model = module._model(recipe, corpus)
    encoder = TextEncoder(tokenizer, model.config.input_list, 32, 8)
    trainer = module._trainer(recipe, corpus, folder / "run", encoder, model, RichProgress("label.accuracy"))
    return {id(p): name for name, p in model.named_parameters()}, trainer.create_optimizer().param_groups


def test_each_layer_learns_at_a_part_of_the_rate_above_it(tmp_path):
    recipe = tiny_recipe(tmp_path, headlines(60), learning_rate=1e-3, head_rate=5.0, layer_decay=0.5)
    names, groups = rates_of(recipe, tmp_path)
    rates = {names[id(p)]: group["lr"] for group in groups for p in group["params"]}
    assert rates["heads.label.weight"] == pytest.approx(5e-3)
    assert rates["encoder.encoder.layer.1.output.dense.weight"] == pytest.approx(1e-3)
    assert rates["encoder.encoder.layer.0.output.dense.bias"] == pytest.approx(5e-4)
    assert rates["encoder.embeddings.word_embeddings.weight"] == pytest.approx(2.5e-4)
    assert rates.keys() == set(names.values())


@pytest.mark.parametrize("casing", [False, True])
def test_fresh_weights_learn_at_their_own_rate(tmp_path, casing):
    recipe = tiny_recipe(tmp_path, headlines(60), learning_rate=1e-3, head_rate=5.0, casing=casing)
    names, groups = rates_of(recipe, tmp_path)
    fast = {names[id(p)] for group in groups if group["lr"] == pytest.approx(5e-3) for p in group["params"]}
    slow = {names[id(p)] for group in groups if group["lr"] == pytest.approx(1e-3) for p in group["params"]}
    types = "encoder.embeddings.token_type_embeddings.weight"  # pre-trained, unless they tell the casing
    assert fast == {"heads.label.weight", "heads.label.bias", *({types} if casing else ())}
    assert fast | slow == set(names.values())
    undecayed = {names[id(p)] for group in groups if not group["weight_decay"] for p in group["params"]}
    assert {"heads.label.bias", "encoder.embeddings.LayerNorm.weight"} <= undecayed
    assert "heads.label.weight" not in undecayed


def test_a_recipe_that_freezes_everything_is_told(tmp_path):
    recipe = tiny_recipe(tmp_path, headlines(60), epochs=1, freeze=["embeddings", "encoder", "heads"])
    with pytest.raises(TrainingError, match="training.freeze: expected something to be left that learns"):
        fit(recipe, tmp_path / "run")
