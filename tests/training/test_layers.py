import doctest
from types import SimpleNamespace

import pytest
import torch

import headwater.training.layers as tool
from headwater.errors import TrainingError
from headwater.training.fit import fit
from headwater.training.layers import Unfreezing, layer_of, layers
from tests.training.test_modeling import TONE, model
from tests.training.test_r_drop import headlines, tiny_recipe


def test_the_examples_run():
    assert doctest.testmod(tool) == (0, 1)


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("encoder.embeddings.word_embeddings.weight", 0),
        ("encoder.encoder.layer.5.attention.self.query.weight", 6),
        ("encoder.transformer.layer.2.ffn.lin1.bias", 3),
        ("encoder.encoder.rel_embeddings.weight", 6),
        ("heads.tone.weight", 6),
    ],
)
def test_every_parameter_is_in_a_layer(name, layer):
    assert layer_of(name, 6) == layer


def asleep(made: torch.nn.Module) -> set[int]:
    return {layer_of(name, layers(made)) for name, p in made.named_parameters() if not p.requires_grad}


def test_layers_wake_from_the_top_and_what_is_frozen_stays_so(encoder_path):
    made = model(encoder_path, TONE)
    top = layers(made)
    assert top == 2
    held = dict(made.named_parameters())["encoder.encoder.layer.1.output.dense.bias"]
    held.requires_grad = False
    waking = Unfreezing(2.0)
    for epoch, wanted in ((0.0, {0, 1}), (0.9, {0, 1}), (1.0, {0}), (1.99, {0}), (2.0, set()), (3.0, set())):
        waking.on_step_begin(None, SimpleNamespace(epoch=epoch), None, model=made)
        assert asleep(made) - {2} == wanted, epoch
        assert not held.requires_grad
    again = Unfreezing(2.0)  # a run that goes on in its second epoch
    fresh = model(encoder_path, TONE)
    again.on_step_begin(None, SimpleNamespace(epoch=1.5), None, model=fresh)
    assert asleep(fresh) == {0}


def test_training_with_waking_layers_and_falling_rates(tmp_path):
    recipe = tiny_recipe(tmp_path / "a", headlines(400), epochs=6, unfreeze=2.0, layer_decay=0.9, focal=1.0)
    report = fit(recipe, tmp_path / "a" / "run").report
    assert report["heads"]["label"]["metrics"]["accuracy"]["value"] > 0.9


@pytest.mark.parametrize("changes", [{"unfreeze": 1.0}, {"layer_decay": 0.9}])
def test_an_encoder_whose_layers_are_one_is_not_trained_as_if_it_had_several(tmp_path, changes):
    from transformers import AlbertConfig, AlbertModel, AutoConfig

    recipe = tiny_recipe(tmp_path, headlines(60), **changes)
    size = AutoConfig.from_pretrained(recipe.encoder).vocab_size
    shape = {"embedding_size": 8, "hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 8}
    AlbertModel(AlbertConfig(vocab_size=size, max_position_embeddings=64, **shape)).save_pretrained(recipe.encoder)
    with pytest.raises(TrainingError, match="expected an encoder with layers of their own, got albert"):
        fit(recipe, tmp_path / "run")
