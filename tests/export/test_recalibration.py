"""`headwater recalibrate`: other probabilities, the same graph, the same spans; served as they were measured."""

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

import headwater
from headwater.bundle import Calibration, open_bundle, write_bundle
from headwater.cli.main import app
from headwater.data.corpus import load_corpus
from headwater.data.example import Example
from headwater.errors import DataError, GateRefused, InputError
from headwater.evaluation import run_answers
from headwater.export.recalibration import recalibrate
from headwater.metrics import ece
from headwater.recipe import load_recipe, parse_recipe
from headwater.serving.decoding import read_spans
from headwater.spans import Span
from tests.tiny import HEADS, VOCABULARY, tiny_bundle

RECIPE = """
name = "names"
task = "tagging"
encoder = "minilm-l6"
[[heads]]
name = "entities"
kind = "token"
labels = ["LOC", "ORG"]
[data]
train = ["train.jsonl"]
validation = ["train.jsonl"]
calibration = ["calibration.jsonl"]
test = ["test.jsonl"]
also = ["test.jsonl"]
[training]
label_smoothing = 0.1
[accept]
span_f1 = 0.5
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a recipe, its rows and a bundle of schema 1, whose spans were never calibrated."""
    folder = tmp_path_factory.mktemp("names")
    bundle = tiny_bundle(folder / "made", "entities")
    draw, tagger = np.random.default_rng(7), headwater.load(folder / "made")
    for split, rows in (("train", 20), ("calibration", 400), ("test", 400)):
        texts = [" ".join(draw.choice(VOCABULARY[4:], size=draw.integers(3, 9))) for _ in range(rows)]
        lines = []
        for text, found in zip(texts, tagger.predict(texts), strict=True):
            kept = [span for span in found if draw.random() < 0.4 + 0.55 * span.probability]
            spans = [{"start": span.start, "end": span.end, "type": span.label} for span in kept]
            lines.append(json.dumps({"text": text, "entities": spans}))
        (folder / f"{split}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    corpus = load_corpus(load_recipe(folder / "recipe.toml"))
    plain = {variant: {"entities": Calibration(1.0)} for variant in ("int8", "fp32")}
    check = {"name": "parity", "wanted": "<= 1", "got": "0", "passed": True}
    gate = {"passed": True, "checks": [check], "torch": {"entities": {}}, "also": {}}
    manifest = replace(bundle.manifest, data=corpus.sources, variants=plain, gate=gate, schema=1)
    files = {name: (bundle.folder / name).read_bytes() for name in ("model.onnx", "tokenizer.json")}
    write_bundle(folder / "bundle", manifest, files)
    return folder


@pytest.fixture(scope="module")
def again(made):
    """That bundle calibrated on the recipe's rows, and the gate's verdict."""
    return recalibrate(open_bundle(made / "bundle"), load_recipe(made / "recipe.toml"), made / "again")


def test_the_bundle_of_before_still_opens_and_reads_as_it_did(made):
    file = made / "bundle" / "bundle.json"
    content = json.loads(file.read_text())
    assert content["schema"] == 1
    for heads in content["variants"].values():
        del heads["entities"]["spans"]  # schema 1 had no such key
    file.write_text(json.dumps(content))
    tagger = headwater.load(made / "bundle")
    (logits,) = tagger.model.predictor.logits(["Acme Bank in London"])["entities"]
    assert tagger.predict(["Acme Bank in London"]) == [read_spans("Acme Bank in London", logits, tagger.labels, 1.0)]
    assert tagger.bundle.calibration("int8", "entities").spans is None


def test_probabilities_come_true_and_are_served_as_they_were_measured(made, again):
    bundle, verdict = again
    before, after = headwater.load(made / "bundle"), headwater.load(bundle.folder)
    rows = load_corpus(load_recipe(made / "recipe.toml")).test
    texts = [row.text for row in rows]
    old, new = before.predict(texts), after.predict(texts)
    assert [list(spans) for spans in old] == [list(spans) for spans in new]  # places and types; not probabilities
    right = np.array(
        [span in set(row.targets["entities"]) for row, spans in zip(rows, new, strict=True) for span in spans]
    )
    errors = [ece(np.array([span.probability for spans in found for span in spans]), right) for found in (old, new)]
    assert errors[1] < 0.06 < errors[0]
    fitted = bundle.calibration("int8", "entities")
    assert fitted.quality["ece"]["value"] == pytest.approx(errors[1], abs=1e-9)
    assert fitted.spans.smoothing == 0.1
    assert verdict.also["test.jsonl"]["int8"]["entities"]["ece"]["value"] == pytest.approx(errors[1], abs=1e-9)
    points = bundle.manifest.gate["reliability"]["int8"]["entities"]
    assert sum(point["rows"] for point in points) == len(right)


def test_thresholds_are_of_the_same_probabilities(made, again):
    bundle, _ = again
    tagger, rows = headwater.load(bundle.folder), load_corpus(load_recipe(made / "recipe.toml")).calibration
    every = sum(map(len, tagger.predict([row.text for row in rows])))
    held = bundle.calibration("int8", "entities").thresholds
    assert held
    for entry in held:
        answered = tagger.predict([row.text for row in rows], risk=entry.risk)
        assert sum(map(len, answered)) / every == pytest.approx(entry.coverage, abs=1e-9)


def test_nothing_but_what_is_said_of_it_changes(made, again):
    old, (new, _) = open_bundle(made / "bundle"), again
    assert new.manifest.schema == 2
    assert [new.manifest.files[name] for name in ("model.onnx", "tokenizer.json")] == [
        old.manifest.files[name] for name in ("model.onnx", "tokenizer.json")
    ]
    assert [check["name"] for check in new.manifest.gate["checks"]] == ["parity", "int8: span_f1", "fp32: span_f1"]
    assert new.manifest.gate["recalibrated"]
    card = (new.folder / "card.md").read_text(encoding="utf-8")
    assert "label smoothing 0.1 taken back" in card and "Fitted again on" in card and "| mean probability |" in card


def test_other_rows_and_other_recipes_are_refused(made, tmp_path):
    old = open_bundle(made / "bundle")
    recipe = load_recipe(made / "recipe.toml")
    values = recipe.values()
    data = {**values["data"], "calibration": ["test.jsonl"]}
    with pytest.raises(DataError, match=r"got others in test.jsonl \(calibration\)"):
        recalibrate(old, parse_recipe({**values, "data": data}, folder=made), tmp_path / "new")
    labels = [{**values["heads"][0], "labels": ["ORG", "LOC"]}]
    with pytest.raises(InputError, match="other heads or labels"):
        recalibrate(old, parse_recipe({**values, "heads": labels}, folder=made), tmp_path / "new")
    with pytest.raises(GateRefused, match="int8: span_f1"):
        recalibrate(old, parse_recipe({**values, "accept": {"span_f1": 0.9999}}, folder=made), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_the_verb(made, tmp_path):
    words = ["recalibrate", str(made), "--output", str(tmp_path / "new"), "--json"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["digest"] == open_bundle(tmp_path / "new").digest
    assert [row["variant"] for row in told["calibration"]] == ["fp32", "int8"]
    assert all(0 <= row["now"] < 0.06 and row["before"] is None for row in told["calibration"])
    alone = CliRunner().invoke(app, ["recalibrate", str(made), "--recipe", str(tmp_path / "none.toml")])
    assert alone.exit_code == 1 and "name it with --recipe" in alone.stderr


def test_chances_are_of_what_was_decoded():
    """A picture at an edge is cut off a span, and its probability is that of the span that was found."""
    head = HEADS["entities"]
    text = "Acme 🎉"
    logits = np.array([[0.0, 0, 0, 6, 0], [0, 0, 0, 0, 6.0]])
    rows = [Example(text, None, {"entities": (Span(0, 4, "ORG"),)})]
    chances, correct = run_answers(head, rows, [logits])
    assert correct.tolist() == [True]
    assert chances[0] > 0.9
