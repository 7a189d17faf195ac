"""Masked-language-model pre-training: it learns the domain, is not done twice, and goes on after a kill."""

import json
import math
import random
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from headwater.errors import RecipeError, TrainingError
from headwater.recipe import PretrainingRecipe, Recipe
from headwater.training import fit as fitting
from headwater.training.fit import fit
from headwater.training.pretraining import _parted, _Texts, pretrain
from headwater.training.tokenizer import fast_tokenizer, load_fast
from tests.tiny_encoder import headlines, tiny_recipe
from tests.training.runs import run_python, weights

FP32 = {"bf16": False, "fp16": False}
# A process that dies in the second epoch of pre-training.
KILLED = """
import os, signal, sys, torch
from pathlib import Path
from headwater.training import fit, pretraining
from tests.training.test_pretraining import news
torch.set_num_threads(1)
class Dying(pretraining.RichProgress):
    def on_step_begin(self, args, state, control, **rest):
        if state.epoch and state.epoch > 1.3:
            os.kill(os.getpid(), signal.SIGKILL)
pretraining.RichProgress = Dying
folder = Path(sys.argv[1])
fit.fit(news(folder, epochs=2), folder / "run")
"""


def news(folder: Path, texts: int = 300, **options: object) -> Recipe:
    """A recipe whose encoder first reads headlines, one in ten of them twice."""
    recipe = tiny_recipe(folder, headlines(80), epochs=2)
    lines = [row["text"] for row in headlines(texts, seed=9)]
    (folder / "news.txt").write_text("\n".join([*lines, *lines[::10]]) + "\n", encoding="utf-8")
    settings = PretrainingRecipe(["news.txt"], **{"learning_rate": 5e-3, "batch_size": 16, **options})
    return replace(recipe, pretraining=settings)


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pretraining")
    recipe = news(folder, epochs=8)
    return recipe, fit(recipe, folder / "run")


def test_the_encoder_learns_what_the_texts_are_like(ended):
    _, run = ended
    told = run.report["pretraining"]
    assert told["loss"]["before"] == pytest.approx(math.log(190), abs=0.6)  # of 177 pieces, a fresh head knows nothing
    assert told["loss"]["after"] < told["loss"]["before"] - 1
    assert told["pseudo_perplexity"]["after"] == pytest.approx(math.exp(told["loss"]["after"]))
    assert told["held_out"] == round(0.05 * told["texts"])
    assert told["texts"] == len(run.corpus.beside.pretraining)
    assert json.loads((run.folder / "report.json").read_text())["pretraining"] == told
    assert [entry["split"] for entry in run.corpus.sources] == ["train", "test", "pretraining"]
    assert not (run.folder / "pretraining").exists()


def test_fine_tuning_starts_from_the_adapted_encoder(ended):
    recipe, run = ended
    adapted = load_file(run.folder / "encoder" / "model.safetensors")
    original = load_file(Path(recipe.encoder) / "model.safetensors")
    same = [name for name in adapted if name in original and torch.equal(adapted[name], original[name])]
    assert same == ["embeddings.token_type_embeddings.weight"] or not same
    frozen = replace(recipe, training=replace(recipe.training, freeze=["embeddings", "encoder"], epochs=1))
    shutil.copytree(run.folder / "encoder", run.folder.parent / "frozen" / "encoder")
    for name, values in {"recipe": frozen.values(), "data": json.loads((run.folder / "data.json").read_text())}.items():
        (run.folder.parent / "frozen" / f"{name}.json").write_text(json.dumps(values, default=str))
    found = weights(fit(frozen, run.folder.parent / "frozen").folder)
    assert len(adapted) > 20
    assert all(torch.equal(found[f"encoder.{name}"], values) for name, values in adapted.items())


def test_the_tokenizer_goes_with_it(ended):
    recipe, run = ended
    first, second = (
        fast_tokenizer(str(place)).encode("Acme rises qzx 3 %") for place in (recipe.encoder, run.folder / "encoder")
    )
    assert (first.ids, first.offsets) == (second.ids, second.offsets)


def test_what_is_there_is_not_made_again_and_what_is_of_other_settings_is(ended, tmp_path, monkeypatch):
    recipe, run = ended
    texts = run.corpus.beside.pretraining
    shutil.copytree(run.folder / "encoder", tmp_path / "encoder")

    def again(*_: object) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr("headwater.training.pretraining._train", again)
    record = pretrain(recipe, recipe.encoder, texts, tmp_path, FP32)
    assert record == run.report["pretraining"]
    other = replace(recipe, pretraining=replace(recipe.pretraining, mask=0.3))
    for made_from in (
        (other, recipe.encoder, texts),
        (recipe, "elsewhere", texts),
        (recipe, recipe.encoder, texts[1:]),
    ):
        with pytest.raises(AssertionError, match="trained again"):
            pretrain(*made_from, tmp_path, FP32)


@pytest.mark.slow
def test_a_stage_that_was_killed_goes_on_and_ends_as_an_unbroken_one(tmp_path):
    recipe = news(tmp_path, epochs=2)
    died = run_python(KILLED, str(tmp_path))
    assert died.returncode == -signal.SIGKILL, died.stderr[-2000:]
    assert len(list((tmp_path / "run" / "pretraining").iterdir())) == 1
    assert not (tmp_path / "run" / "encoder").exists()
    resumed, whole = fit(recipe, tmp_path / "run"), fit(recipe, tmp_path / "whole")
    assert resumed.report["pretraining"] == whole.report["pretraining"]
    first, second = weights(resumed.folder), weights(whole.folder)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_run_that_was_killed_after_reading_reads_no_more(tmp_path, monkeypatch):
    recipe = news(tmp_path)

    def power_cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fitting, "_model", power_cut)
        with pytest.raises(KeyboardInterrupt):
            fit(recipe, tmp_path / "run")
    made = (tmp_path / "run" / "encoder" / "model.safetensors").stat().st_mtime_ns
    fit(recipe, tmp_path / "run")
    assert (tmp_path / "run" / "encoder" / "model.safetensors").stat().st_mtime_ns == made
    with pytest.raises(TrainingError, match="recipe differs"):
        fit(news(tmp_path, mask=0.3), tmp_path / "run")


def test_a_text_longer_than_the_model_is_read_to_its_end(encoder_path):
    tokenizer = load_fast(str(encoder_path))
    text = " ".join(random.Random(1).choices(["oslo", "acme", "rises", "today"], k=100))
    rows = _Texts([text, "oslo rises"], tokenizer, 16)
    assert len(rows) == 9  # 100 tokens, 14 beside the special ones at a time
    ids = [i for number in range(8) for i, special in zip(*rows[number].values(), strict=True) if not special]
    assert tokenizer.decode(ids) == text


def test_half_an_emoji_is_read_as_what_stands_for_it(encoder_path):
    rows = _Texts(["profit\ud83d", "profit\ufffd"], load_fast(str(encoder_path)), 32)
    assert rows[0] == rows[1]


def test_held_out_texts_are_not_learnt_from():
    texts = [str(number) for number in range(100)]
    held, learnt = _parted(texts, 13)
    assert len(held) == 5
    assert sorted([*held, *learnt], key=int) == texts
    assert _parted(texts, 13) == (held, learnt)
    assert _parted(texts, 14) != (held, learnt)
    assert _parted(["a", "b"], 13)[1]


def test_what_cannot_be_read_is_told_before(tmp_path, encoder_path):
    recipe = news(tmp_path)
    with pytest.raises(TrainingError, match="expected two different texts or more"):
        pretrain(recipe, recipe.encoder, ["one"], tmp_path, FP32)
    shutil.copytree(encoder_path, tmp_path / "plain")
    for file in ("special_tokens_map.json", "tokenizer_config.json"):
        values = json.loads((tmp_path / "plain" / file).read_text())
        (tmp_path / "plain" / file).write_text(json.dumps({k: v for k, v in values.items() if k != "mask_token"}))
    with pytest.raises(RecipeError, match="pretraining: expected an encoder whose tokenizer has a mask token"):
        pretrain(recipe, str(tmp_path / "plain"), ["one", "two"], tmp_path, FP32)


@pytest.mark.parametrize("architecture", ["mpnet", "distilbert", "roberta", "deberta-v3", "electra"])
def test_other_encoders_read_too(tmp_path, architecture):
    from transformers import AutoModel

    from tests.export.checkpoints import TEXTS, checkpoint

    place = checkpoint(tmp_path / "encoder", architecture, "Model")
    tokenizer = load_fast(str(place))
    tokenizer.add_special_tokens({"mask_token": tokenizer.unk_token})  # the tiny vocabularies have none
    tokenizer.save_pretrained(place)
    recipe = news(tmp_path / "recipe", epochs=2, mask=0.5)
    record = pretrain(recipe, str(place), list(TEXTS), tmp_path / "run", FP32)
    assert record["loss"]["after"] != record["loss"]["before"]
    model, info = AutoModel.from_pretrained(tmp_path / "run" / "encoder", output_loading_info=True)
    assert not [name for name in info["missing_keys"] if "pooler" not in name]
    assert model.config.model_type == architecture.replace("v3", "v2")
