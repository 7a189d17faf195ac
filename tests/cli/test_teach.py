"""`headwater teach`: from corrections in a store to a bundle that finds a new type and still finds the old ones."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import headwater
from headwater.cli.main import app
from headwater.spans import Span
from headwater.store import open_store
from headwater.store.corrections import Correction, record, recorded
from tests.tiny_encoder import TONES, headlines, tiny_encoder, write_rows

RECIPE = """
name = "tiny"
task = "tagging"
encoder = "{encoder}"
[data]
train = ["train.jsonl"]
test = ["test.jsonl"]
[training]
epochs = 4
learning_rate = 5e-3
batch_size = 16
max_length = 32
stride = 8
tracking = "none"
"""
VERBS = [word for words in TONES.values() for word in words]


def run(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def old(tmp_path_factory) -> Path:
    """A bundle that knows LOC and ORG, and a store in which 30 sentences also mark their verbs as DEED."""
    folder = tmp_path_factory.mktemp("teach")
    rows = headlines(300)
    write_rows(folder / "train.jsonl", rows[60:])
    write_rows(folder / "test.jsonl", rows[:60])
    (folder / "recipe.toml").write_text(RECIPE.format(encoder=tiny_encoder(folder / "encoder")), encoding="utf-8")
    done = run("train", folder / "recipe.toml", "--output", folder / "run", "--bundle", folder / "tiny")
    assert done.exit_code == 0, done.output
    known = headwater.load(folder / "tiny").bundle
    with open_store(str(folder / "store.db")) as store:
        for row in headlines(60, seed=7):
            spans = [Span(e["start"], e["end"], e["type"]) for e in row["entities"]]
            verb = row["text"].split()[1]
            place = row["text"].index(verb)
            right = tuple(sorted([*spans, Span(place, place + len(verb), "DEED")]))
            record(store, Correction(row["text"], right, (), "ann", "tiny", "1", known.digest, "entities", "token"))
    (folder / "inbox.txt").write_text("\n".join(row["text"] for row in headlines(120, seed=9)), encoding="utf-8")
    return folder


def test_one_command_leads_from_corrections_to_a_bundle_that_finds_more_and_loses_nothing(old: Path) -> None:
    words = ("--store", old / "store.db", "--output", old / "taught", "--texts", old / "inbox.txt", "--replay", 60)
    fast = ("--set", "training.learning_rate=5e-3", "--set", "training.epochs=8")
    done = run("teach", old / "tiny", *words, *fast, "--json")
    assert done.exit_code == 0, done.output
    content = json.loads(done.stdout)
    assert content["report"]["start"]["fresh"] == {"entities": ["B-DEED", "I-DEED"]}
    tagger = headwater.load(old / "taught" / "bundle")
    assert tagger.bundle.manifest.version == "2"
    asked = headlines(40, seed=11)
    right = kept = 0
    for row, spans in zip(asked, tagger.predict([row["text"] for row in asked]), strict=True):
        found = {(span.label, span.text) for span in spans}
        right += ("DEED", row["text"].split()[1]) in found
        kept += all((e["type"], row["text"][e["start"] : e["end"]]) in found for e in row["entities"])
    assert right >= 36
    assert kept >= 36
    with open_store(str(old / "store.db")) as store:
        assert all(one.used_in for one in recorded(store)), "what the candidate has learnt proves less of it"
    again = run("teach", old / "tiny", *words, *fast)  # the same command: nothing is trained or read anew
    assert "--restart reads the corrections anew" in " ".join(again.stderr.split())
    assert again.exit_code == 0, again.output
    assert (old / "taught" / "bundle" / "card.md").is_file()


def test_what_protects_the_old_types_must_be_named(old: Path) -> None:
    done = run("teach", old / "tiny", "--store", old / "store.db", "--output", old / "bare")
    assert done.exit_code == 1
    assert "forgets the rest" in " ".join(done.stderr.split())
    assert not (old / "bare").exists()


def test_no_corrections_of_that_bundle_are_told(old: Path, tmp_path: Path) -> None:
    with open_store(str(tmp_path / "empty.db")):
        pass
    words = ("--store", tmp_path / "empty.db", "--output", tmp_path / "out", "--replay", 0)
    done = run("teach", old / "tiny", *words)
    assert done.exit_code == 1
    assert "at least 20 corrected sentences" in " ".join(done.stderr.split())
