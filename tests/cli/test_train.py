"""`headwater train`: from a recipe's file to a bundle that can be loaded, or to a refusal that says why."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import headwater
from headwater.cli.main import app
from tests.tiny_encoder import headlines, tiny_encoder, write_rows

RECIPE = """
name = "tiny"
task = "classification"
encoder = "encoder"

[data]
train = ["train.jsonl"]
test = ["test.jsonl"]

[training]
epochs = 4
learning_rate = 5e-3
batch_size = 16
max_length = 32
stride = 8
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("train")
    tiny_encoder(folder / "encoder")
    rows = headlines(400)
    rows[0]["label"] = "neutral" if rows[0]["label"] != "neutral" else "positive"  # no model is right on every row
    write_rows(folder / "train.jsonl", rows[100:])
    write_rows(folder / "test.jsonl", rows[:100])
    (folder / "recipe.toml").write_text(RECIPE.replace('"encoder"', f'"{folder / "encoder"}"'), encoding="utf-8")
    return folder / "recipe.toml"


def run(recipe: Path, *words: str):
    return CliRunner().invoke(app, ["train", str(recipe), "--output", str(recipe.parent / "run"), *words])


def test_a_bundle_that_holds_its_floor_is_written_and_one_that_does_not_is_refused(recipe: Path) -> None:
    done = run(recipe)
    assert done.exit_code == 0, done.output
    assert "accuracy" in done.stdout
    assert "epoch 4: label.accuracy on validation" in done.stderr
    bundle = recipe.parent / "run" / "bundle"
    assert headwater.load(bundle).predict(["acme falls today london the"])[0].label == "negative"
    made = (bundle / "bundle.json").read_bytes()
    done = run(recipe, "--set", "accept={ accuracy = 1.0 }", "--restart")
    assert done.exit_code == 1
    assert "failed" in done.stderr, "the gate's table"
    assert "int8: accuracy: expected >= 1, got 0.9" in done.stderr
    assert not bundle.exists() or (bundle / "bundle.json").read_bytes() == made


def test_what_was_read_beside_the_rows_is_told(recipe: Path) -> None:
    words = ["--set", 'pretraining={ texts = ["train.jsonl", "test.jsonl"] }', "--set", "training.augment.typos=0.5"]
    done = run(recipe, *words, "--restart")
    assert done.exit_code == 0, done.output
    assert "pretraining: 1" in done.stdout  # 100 rows of test, and a tenth of train in each of two splits
    assert "texts left out, since they stand in validation, calibration or test" in " ".join(done.stdout.split())
    assert "changed copies of training rows" in done.stdout
    assert "pseudo-perplexity" in done.stdout
    bundle = recipe.parent / "run" / "bundle"
    manifest = json.loads((bundle / "bundle.json").read_text())
    assert [entry["source"] for entry in manifest["data"] if entry["split"] == "pretraining"] == [
        "train.jsonl",
        "test.jsonl",
    ]
    assert manifest["recipe"]["training"]["augment"]["typos"] == 0.5
    assert "| pretraining |" in (bundle / "card.md").read_text()


def test_a_refusal_is_in_the_json_too(recipe: Path) -> None:
    done = run(recipe, "--set", "accept={ accuracy = 1.0 }", "--set", "training.epochs=1", "--restart", "--json")
    assert done.exit_code == 1
    content = json.loads(done.stdout)
    assert content["bundle"] is None
    assert not content["gate"]["passed"]
    assert "error: tiny: the export was refused and nothing was written" in done.stderr
