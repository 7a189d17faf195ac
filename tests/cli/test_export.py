"""`headwater export`, from a stranger's checkpoint and from a run of our own."""

import json

import pytest
from typer.testing import CliRunner

import headwater
from headwater.cli.main import app
from headwater.data.corpus import build_heads
from headwater.data.example import Example
from headwater.export.checkpoint import open_checkpoint
from headwater.recipe import parse_recipe
from headwater.serving.predictor import Predictor
from headwater.text import Input
from headwater.training.modeling import build_model
from headwater.training.runner import TorchRunner
from headwater.training.tokenizer import fast_tokenizer
from tests.export.checkpoints import TEXTS, checkpoint
from tests.export.test_checkpoint import TAGS

LABELS = ("bad", "so-so", "good")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return checkpoint(tmp_path_factory.mktemp("export") / "Tone_v1", "bert", "ForSequenceClassification", LABELS)


@pytest.fixture(scope="module")
def rows(source):
    """(text, label) of 48 texts, labelled as the checkpoint would."""
    texts = [
        " ".join(text.split()[i:] + other.split()[:i])
        for i in range(8)
        for text, other in zip(TEXTS, TEXTS[::-1], strict=True)
    ]
    opened = open_checkpoint(str(source))
    logits = Predictor(opened.encoder, opened.heads, TorchRunner(opened.model)).logits(texts)["label"]
    return [(text, LABELS[row.argmax()]) for text, row in zip(texts, logits, strict=True)]


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def run(*words):
    return CliRunner().invoke(app, ["export", *map(str, words)])


def test_one_command_without_data(source, tmp_path):
    done = run(source, "--output", tmp_path / "bundle")
    assert done.exit_code == 0, done.output
    assert "parity" in done.stdout
    assert "passed" in done.stdout
    loaded = headwater.load(tmp_path / "bundle")
    assert loaded.labels == LABELS
    assert loaded.bundle.manifest.name == "tone_v1"
    assert loaded.bundle.manifest.task == "classification"
    card = (tmp_path / "bundle" / "card.md").read_text(encoding="utf-8")
    assert "parity" in card
    assert "No labelled data was given to the export" in card
    assert f"headwater export {source} --output" in card


def test_with_data_everything_is_measured(source, rows, tmp_path):
    data = write(tmp_path / "rows.jsonl", [{"text": text, "label": label.upper()} for text, label in rows])
    maps = [word for label in LABELS for word in ("--map", f"{label.upper()}={label}")]
    done = run(
        source,
        "--output",
        tmp_path / "b",
        "--name",
        "tone",
        "--head",
        "tone",
        "--data",
        data,
        *maps,
        "--accept",
        "tone.accuracy=0.9",
        "--json",
    )
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["gate"]["passed"] is True
    assert [check["name"] for check in found["gate"]["checks"] if "tone.accuracy" in check["name"]] == [
        "int8: tone.accuracy",
        "fp32: tone.accuracy",
    ]
    manifest = headwater.load(tmp_path / "b").bundle.manifest
    assert {entry["split"] for entry in manifest.data} == {"calibration", "test"}
    assert sum(entry["rows"] for entry in manifest.data) == len(rows)
    assert manifest.variants["int8"]["tone"].quality["accuracy"]["value"] >= 0.9
    assert "No labelled data" not in (tmp_path / "b" / "card.md").read_text(encoding="utf-8")


def test_refused_with_the_table_and_nothing_written(source, rows, tmp_path):
    wrong = {label: LABELS[i - 1] for i, label in enumerate(LABELS)}
    data = write(tmp_path / "rows.jsonl", [{"text": text, "label": wrong[label]} for text, label in rows])
    options = (source, "--output", tmp_path / "b", "--data", data, "--calibration", data, "--accept", "accuracy=0.9")
    done = run(*options)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert "failed" in done.stderr
    assert "nothing was written" in done.stderr
    assert not (tmp_path / "b").exists()
    done = run(*options, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["bundle"] is None
    assert json.loads(done.stdout)["gate"]["passed"] is False


def test_a_tagger_with_data(tmp_path):
    source = checkpoint(tmp_path / "ner", "electra", "ForTokenClassification", TAGS)
    opened = [{"text": text, "entities": [{"start": 0, "end": 3, "type": "PER"}]} for text in TEXTS]
    data = write(tmp_path / "rows.jsonl", opened)
    done = run(source, "--output", tmp_path / "b", "--data", data, "--json")
    record = json.loads(done.stdout)["gate"]
    checks = {check["name"]: check["passed"] for check in record["checks"]}
    assert checks["fp32: entities F1 against torch"], done.output
    assert done.exit_code == (0 if record["passed"] else 1)


WRONG = {
    "floors need rows": (["--accept", "accuracy=0.9"], "together with --data"),
    "calibration needs rows": (["--calibration", "ROWS"], "together with --data"),
    "unknown metric": (["--data", "ROWS", "--accept", "acuracy=0.9"], "accuracy, macro_f1"),
    "less is better": (["--data", "ROWS", "--accept", "ece=0.1"], "ece apart"),
    "no number": (["--data", "ROWS", "--accept", "accuracy=high"], "METRIC=FLOOR"),
    "two texts": (["--kind", "pair", "--data", "ROWS"], "text_a, text_b"),
    "odd name": (["--name", "My tone"], "--name"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_done_is_said_before_anything_is_exported(case, source, rows, tmp_path):
    data = write(tmp_path / "rows.jsonl", [{"text": text, "label": label} for text, label in rows])
    words, said = WRONG[case]
    done = run(source, "--output", tmp_path / "b", *[data if word == "ROWS" else word for word in words])
    assert done.exit_code == 1, done.output
    assert said in " ".join(done.stderr.split())
    assert not (tmp_path / "b").exists()


def test_one_row_is_not_enough(source, tmp_path):
    data = write(tmp_path / "rows.jsonl", [{"text": "Where is my card?", "label": "bad"}])
    done = run(source, "--output", tmp_path / "b", "--data", data)
    assert done.exit_code == 1
    assert "two different rows" in done.stderr


@pytest.fixture
def trained(tmp_path):
    """A run's folder as `headwater train` leaves it, with a model that learnt nothing."""
    here = tmp_path / "recipe"
    here.mkdir()
    texts = [f"{text} {i}" for i in range(10) for text in TEXTS]
    for split in ("train", "test"):
        write(
            here / f"{split}.jsonl",
            [{"text": f"{split} {text}", "label": ("down", "up")[i % 2]} for i, text in enumerate(texts)],
        )
    content = {
        "name": "moves", "task": "classification", "encoder": "tiny", "training": {"max_length": 32, "stride": 8},
        "data": {"train": ["train.jsonl"], "test": ["test.jsonl"], "map": "labels.toml"},
    }  # fmt: skip
    (here / "labels.toml").write_text('[train]\ndown = "fall"\n[test]\ndown = "fall"\n')
    recipe = parse_recipe(content, folder=here)
    encoder = str(checkpoint(tmp_path / "encoder", "bert", "Model"))
    heads = build_heads(recipe.heads, [Example("", None, {"label": label}) for label in ("fall", "up")])
    inputs = (Input("input_ids", "ids.v1"), Input("attention_mask", "mask.v1"))
    folder = tmp_path / "run"
    build_model(encoder, heads, inputs, casing=False, max_length=32, stride=8).save_pretrained(folder / "model")
    fast_tokenizer(encoder).save(str(folder / "model" / "tokenizer.json"))
    (folder / "recipe.json").write_text(json.dumps(recipe.values(), default=str))
    (folder / "data.json").write_text(json.dumps({"folder": str(here)}))
    return folder


def test_a_run_of_our_own_on_its_recipes_splits(trained, tmp_path):
    done = run(trained, "--output", tmp_path / "bundle", "--json")
    record = json.loads(done.stdout)["gate"]
    assert done.exit_code == (0 if record["passed"] else 1), done.output
    names = {check["name"]: check["passed"] for check in record["checks"]}
    assert names["fp32: label accuracy against torch"]
    done = run(trained, "--output", tmp_path / "bundle", "--kind", "single", "--data", "rows.csv")
    assert done.exit_code == 1
    assert "leave --kind, --data out" in done.stderr
    (trained / "data.json").unlink()
    done = run(trained, "--output", tmp_path / "bundle")
    assert done.exit_code == 1
    assert "a part of it cannot be read" in done.stderr


def test_the_model_of_a_run_is_a_checkpoint_too(trained, tmp_path):
    done = run(trained / "model", "--output", tmp_path / "bundle", "--name", "moves")
    assert done.exit_code == 0, done.output
    assert headwater.load(tmp_path / "bundle").labels == ("fall", "up")


def test_an_encoder_is_proved_by_the_neighbours_of_texts(tmp_path):
    encoder = checkpoint(tmp_path / "encoder", "bert", "Model")
    words = " ".join(TEXTS).split()
    texts = [{"text": " ".join(words[i % 29 : i % 29 + 3 + i % 5])} for i in range(150)]
    command = (
        encoder,
        "--output",
        tmp_path / "bundle",
        "--kind",
        "embedding",
        "--data",
        write(tmp_path / "t.jsonl", texts),
    )
    done = run(*command, "--json")
    assert done.exit_code == 0, done.output
    names = [check["name"] for check in json.loads(done.stdout)["gate"]["checks"]]
    assert sum("the 10 nearest of" in name for name in names) == 2
    assert "not how well they find what is sought" in (tmp_path / "bundle" / "card.md").read_text(encoding="utf-8")
    held = run(*command, "--calibration", tmp_path / "t.jsonl")
    assert (held.exit_code, "vectors have none" in held.stderr) == (1, True)
    few = run(*command[:-1], write(tmp_path / "few.jsonl", texts[:20]))
    assert (few.exit_code, "more than 50 different texts" in few.stderr) == (1, True)
