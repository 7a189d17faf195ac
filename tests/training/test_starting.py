"""A run that begins from a bundle or from another run: the same answers before it learns, and known labels keep theirs."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from headwater.bundle import Bundle
from headwater.errors import RecipeError, TrainingError
from headwater.export.package import export_bundle, from_trained, labelled_rows
from headwater.recipe import Recipe, parse_recipe
from headwater.training.fit import Run, fit
from headwater.training.runner import load_trained
from headwater.training.starting import open_start
from tests.tiny_encoder import headlines, tiny_recipe

HEADS = [{"name": "entities", "kind": "token", "labels": ["LOC", "ORG"]}]
WIDER = [{"name": "entities", "kind": "token", "labels": ["VERB", "ORG", "LOC"]}]  # in another order


@pytest.fixture(scope="module")
def old(tmp_path_factory) -> tuple[Recipe, Run, Bundle]:
    """A tagger of a tiny encoder that knows its names, as a run and as a bundle."""
    folder = tmp_path_factory.mktemp("old")
    recipe = tiny_recipe(folder, headlines(240), task="tagging", heads=HEADS, epochs=4, casing=True)
    run = fit(recipe, folder / "run")
    source = from_trained(load_trained(run.folder / "model"))
    rows = labelled_rows(run.corpus)
    made, _ = export_bundle(source, folder / "bundle", name="tiny", task="tagging", rows=rows, recipe=recipe)
    return recipe, run, made


def begun(recipe: Recipe, start: Path, folder: Path, heads: list[dict], **training) -> Run:
    """A run from a start that learns next to nothing, so that what it began from can be seen."""
    values = recipe.values() | {"start": str(start), "heads": heads}
    values["training"] |= {"epochs": 1, "learning_rate": 1e-9, "tracking": "none", **training}
    return fit(parse_recipe(values, folder=recipe.folder), folder)


@pytest.mark.parametrize("form", ["bundle", "run"])
def test_known_labels_begin_as_they_were_and_new_ones_from_nothing(old, tmp_path: Path, form: str) -> None:
    recipe, run, bundle = old
    start = bundle.folder if form == "bundle" else run.folder
    made = begun(recipe, start, tmp_path / "run", WIDER)
    assert made.report["start"]["fresh"] == {"entities": ["B-VERB", "I-VERB"]}
    before, after = load_trained(run.folder / "model"), load_trained(made.folder / "model")
    (head,) = after.model.config.head_list
    (known,) = before.model.config.head_list
    texts = [row.text for row in run.corpus.test[:20]]
    old_logits, new_logits = (one.predictor.logits(texts)["entities"] for one in (before, after))
    places = [head.labels.index(label) for label in known.labels]
    assert places != sorted(places)
    apart = [float(np.abs(one - two[:, places]).max()) for one, two in zip(old_logits, new_logits, strict=True)]
    # A bundle's tables are rounded to 8 bits: near, while a run's weights are the very same but for a rate of 1e-9.
    assert max(apart) < (0.5 if form == "bundle" else 1e-3)
    fresh = [number for number, label in enumerate(head.labels) if label not in known.labels]
    assert float(after.model.heads["entities"].weight[fresh].detach().abs().max()) < 0.2


def test_a_head_that_the_start_lacks_is_fresh_and_its_encoder_is_taken(old, tmp_path: Path) -> None:
    recipe, run, _ = old
    heads = [{"name": "names", "kind": "token", "column": "spans", "labels": ["LOC", "ORG"]}]
    made = begun(recipe, run.folder, tmp_path / "run", heads)
    assert made.report["start"]["fresh"]["names"] == ["O", "B-LOC", "I-LOC", "B-ORG", "I-ORG"]
    encoders = [load_trained(one.folder / "model").model.encoder.state_dict() for one in (run, made)]
    assert all(torch.allclose(encoders[0][name], encoders[1][name], atol=1e-5) for name in encoders[0])


def test_what_does_not_fit_is_told(old, tmp_path: Path) -> None:
    recipe, run, bundle = old
    with pytest.raises(TrainingError, match="start: expected the inputs"):
        begun(recipe, run.folder, tmp_path / "casing", HEADS, casing=False)
    with pytest.raises(TrainingError, match="start: expected the training.pooling"):
        begun(recipe, bundle.folder, tmp_path / "pooling", HEADS, pooling="cls")
    with pytest.raises(RecipeError, match="start: expected a bundle or a run"):
        begun(recipe, tmp_path / "nowhere", tmp_path / "run", HEADS)
    values = recipe.values() | {"start": str(run.folder), "pretraining": {"texts": ["train.jsonl"]}}
    with pytest.raises(RecipeError, match=r"start: expected no \[pretraining\]"):
        parse_recipe(values, folder=recipe.folder)


def test_a_run_from_another_start_is_not_gone_on_with(old, tmp_path: Path) -> None:
    recipe, run, bundle = old
    begun(recipe, run.folder, tmp_path / "run", HEADS)
    note = tmp_path / "run" / "data.json"
    content = json.loads(note.read_text())
    assert content["start"] == open_start(replace(recipe, start=str(run.folder))).digest
    note.write_text(json.dumps(content | {"start": bundle.digest}))
    with pytest.raises(TrainingError, match="data differs"):
        begun(recipe, run.folder, tmp_path / "run", HEADS)
