import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from entity_extractor.cli import app

TEXT = "Acme rose in London. Gold fell."


@pytest.fixture
def run(tmp_path: Path, tiny: Callable, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """`run("a.txt", ...)` in a folder of its own, with a model of a few kilobytes."""
    tiny(tmp_path / "model", "entities")
    tiny(tmp_path / "relations", "relation", seed=2)
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, [*map(str, words), "--model", "model"])


def lines(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_folder_becomes_one_file_and_what_cannot_be_read_is_kept_with_its_reason(run, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(TEXT)
    (tmp_path / "in" / "b.pdf").write_bytes(b"%PDF-1.4 broken")
    (tmp_path / "in" / "c.csv").write_text("text\nShares fell in London on 3 May 2024\nEUR 3m\n")
    done = run("run", "in", "-o", "out.jsonl", "--entities", "entities.csv", "--json")
    assert done.exit_code == 0, done.output
    found = lines(tmp_path / "out.jsonl")
    assert [row["id"] for row in found] == ["a.txt", "c.csv:1", "c.csv:2"]
    assert all(row["text"][one["start"] : one["end"]] == one["text"] for row in found for one in row["entities"])
    (refused,) = lines(tmp_path / "out.jsonl.refused.jsonl")
    assert refused["name"] == "b.pdf" and "expected" in refused["why"]
    with (tmp_path / "entities.csv").open(encoding="utf-8-sig") as stream:
        values = {row["value"] for row in csv.DictReader(stream)}
    assert {"2024-05-03", "EUR 3000000"} <= values
    counts = json.loads(done.stdout)
    assert (counts["documents"], counts["refused"]) == (3, 1)
    assert counts["mentions"] == sum(len(row["entities"]) for row in found)


def test_what_was_refused_before_is_not_left_standing(run, tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4 broken")
    assert run("run", "a.txt", "b.pdf", "-o", "out.jsonl").exit_code == 0
    assert (tmp_path / "out.jsonl.refused.jsonl").exists()
    assert run("run", "a.txt", "-o", "out.jsonl").exit_code == 0
    assert not (tmp_path / "out.jsonl.refused.jsonl").exists()


def test_standard_output_is_jsonl_and_nothing_else(run, tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    done = run("run", "a.txt")
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["a.txt"]


@pytest.mark.parametrize("ending", ["csv", "conll", "iob2", "html", "parquet", "json"])
def test_the_ending_says_the_format(run, tmp_path, ending):
    (tmp_path / "a.txt").write_text(TEXT)
    done = run("run", "a.txt", "-o", f"out.{ending}")
    assert done.exit_code == 0, done.output
    assert (tmp_path / f"out.{ending}").stat().st_size > 0


def test_triples_come_from_a_relation_model(run, tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    done = run("run", "a.txt", "-o", "out.jsonl", "--relations", "relations", "--triples", "triples.csv", "--json")
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader((tmp_path / "triples.csv").open(encoding="utf-8-sig")))
    assert len(rows) == json.loads(done.stdout)["relations"]


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("none.txt",), "no document could be read"),
        (("a.txt", "-o", "out.xyz"), "expected an ending of"),
        (("a.txt", "--triples", "t.csv"), "expected --relations BUNDLE"),
        (("a.txt", "--json"), "expected --output FILE"),
        (("a.txt", "--setup", "none.toml"), "expected a set-up"),
        (("a.txt", "--knowledge", "a.txt"), "expected the columns"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(run, tmp_path, words, fault):
    (tmp_path / "a.txt").write_text(TEXT)
    done = run("run", *words)
    assert done.exit_code != 0 and fault in " ".join((done.output + str(done.exception)).split())


def test_convert_changes_the_form_and_nothing_else(run, tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    run("run", "a.txt", "-o", "out.jsonl")
    for source, target in (("out.jsonl", "out.parquet"), ("out.parquet", "again.jsonl")):
        done = CliRunner().invoke(app, ["convert", str(tmp_path / source), str(tmp_path / target)])
        assert done.exit_code == 0, done.output
    assert lines(tmp_path / "again.jsonl") == lines(tmp_path / "out.jsonl")


def test_a_run_that_reads_nothing_leaves_what_an_earlier_one_wrote(run, tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    run("run", "a.txt", "-o", "out.jsonl")
    good = (tmp_path / "out.jsonl").read_bytes()
    assert run("run", "none.txt", "-o", "out.jsonl").exit_code != 0
    assert (tmp_path / "out.jsonl").read_bytes() == good
    assert [row["name"] for row in lines(tmp_path / "out.jsonl.refused.jsonl")] == ["none.txt"]


def test_a_file_of_the_name_of_a_formula_is_a_text_in_the_table(run, tmp_path):
    (tmp_path / "=A1.txt").write_text("It cost EUR 3m.")
    assert run("run", "=A1.txt", "-o", "out.jsonl", "--entities", "entities.csv").exit_code == 0
    with (tmp_path / "entities.csv").open(encoding="utf-8-sig") as stream:
        assert {row["document"] for row in csv.DictReader(stream)} == {"'=A1.txt"}


@pytest.mark.parametrize("ending", ["conll", "spacy"])
def test_a_span_inside_a_word_is_widened_and_told_unless_the_run_is_strict(run, tmp_path, ending):
    if ending == "spacy":
        pytest.importorskip("spacy")
    (tmp_path / "a.txt").write_text("REF1234 came.")
    (tmp_path / "s.toml").write_text('[[pattern]]\nname = "n"\ntype = "NUMBER"\nregex = "[0-9]{4}"\n')
    done = run("run", "a.txt", "-o", f"out.{ending}", "--setup", "s.toml", "--json")
    assert done.exit_code == 0, done.output
    counts = json.loads(done.stdout)
    assert (counts["widened"], counts["dropped"]) == (1, 0)
    done = run("run", "a.txt", "-o", f"strict.{ending}", "--setup", "s.toml", "--strict")
    assert done.exit_code != 0 and not (tmp_path / f"strict.{ending}").exists()


def test_files_of_one_name_keep_apart(run, tmp_path):
    for folder in "ab":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.txt").write_text(TEXT)
    assert run("run", "a/x.txt", "b/x.txt", "-o", "out.jsonl").exit_code == 0
    assert [row["id"] for row in lines(tmp_path / "out.jsonl")] == ["x.txt", "b/x.txt"]
