"""The card says what bundle.json says, and says so where something was not measured."""

from pathlib import Path

from headwater.bundle import Calibration, Manifest, Threshold
from headwater.export.card import card
from headwater.recipe import parse_recipe
from headwater.text import Input
from tests.tiny import HEADS

INPUTS = (Input("input_ids", "ids.v1"), Input("attention_mask", "mask.v1"))
CHECKS = [
    {"name": "parity of logits", "wanted": "<= 0.001", "got": "2e-06", "passed": True},
    {"name": "int8: accuracy | macro", "wanted": ">= 0.9", "got": "0.5", "passed": False},
]


def manifest(**changes):
    values = {
        "name": "tone", "version": "2", "task": "classification", "heads": (HEADS["sentiment"], HEADS["entities"]),
        "inputs": INPUTS, "max_length": 64, "stride": 16, "variants": {"int8": {}, "fp32": {}},
        "gate": {"passed": True, "checks": CHECKS, "torch": {}, "also": {}}, "created": "2026-11-22T00:00:00Z",
        "libraries": {"onnx": "1.23.2"},
    }  # fmt: skip
    return Manifest(**{**values, **changes})


def quality(value):
    return {"accuracy": {"value": value, "low": value - 0.01, "high": value + 0.01}}


def test_without_data():
    text = card(manifest(), None, ["No labelled data was given."])
    assert text.startswith("# tone 2\n\nA fine-tuned classification checkpoint")
    assert "Not measured: no labelled data was given" in text
    assert "## Calibration" not in text
    assert "None was given to the export." in text
    assert "- No labelled data was given." in text
    assert "| `sentiment` | one label of a text | 3: `negative`, `neutral`, `positive` |" in text
    assert "| `entities` | spans in a text | 2: `LOC`, `ORG` |" in text  # types, not their B- and I-
    assert "fp16 on a GPU: not measured" in text


def test_with_data():
    calibration = Calibration(1.25, (Threshold(0.05, 0.1, 0.9, 0.625),), quality(0.9))
    entry = {
        "source": "rows.csv",
        "split": "test",
        "rows": 1200,
        "sha256": "f" * 64,
        "licence": "CC0",
        "title": "Rows",
        "url": "https://example.org",
    }
    gate = {
        "checks": CHECKS,
        "torch": {"sentiment": quality(0.91)},
        "also": {"other:test": {"int8": {"sentiment": quality(0.8)}}},
    }
    text = card(manifest(variants={"int8": {"sentiment": calibration}}, data=(entry,), gate=gate), None)
    assert "| metric | torch | int8 |" in text
    assert "| accuracy | 0.9100 (0.9000 to 0.9200) | 0.9000 (0.8900 to 0.9100) |" in text
    assert "**sentiment** on `other:test`" in text
    assert "| accuracy | 0.8000 (0.7900 to 0.8100) |" in text
    assert "| int8 | sentiment | 1.250 | 5 % | 0.9000 | 62.5 % | 0.1 |" in text
    assert "| [Rows](https://example.org) | `rows.csv` | test | 1,200 | CC0 | `ffffffffffff` |" in text


def test_thresholds_that_could_not_be_proved():
    text = card(manifest(variants={"int8": {"sentiment": Calibration(1.0, (), quality(0.9))}}), None)
    assert "none could be proved" in text


def test_a_bar_in_a_name_does_not_break_the_table():
    assert "| int8: accuracy \\| macro | >= 0.9 | 0.5 | failed |" in card(manifest(), None)


def test_how_to_make_it_again():
    assert "    headwater export owner/tone --output b\n" in card(
        manifest(recipe={"command": "headwater export owner/tone --output b"}), None
    )
    content = {
        "name": "tone", "task": "classification", "encoder": "minilm-l6", "description": "Tone of a headline.",
        "limits": ["English only."], "data": {"train": ["train.csv"], "test": ["test.csv"]},
    }  # fmt: skip
    text = card(manifest(), parse_recipe(content, folder=Path()))
    assert "headwater train models/tone/recipe.toml" in text
    assert "Tone of a headline." in text
    assert "- English only." in text
    assert "Weights: Apache-2.0." in text
