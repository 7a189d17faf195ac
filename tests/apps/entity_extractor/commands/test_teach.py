"""`queue` and `suggest` on tiny models: the order that the page has, and suggestions ranked, in files."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from entity_extractor.cli import app
from entity_extractor.formats import write
from entity_extractor.learning import corrected
from entity_extractor.learning.queue import folder, open_queue
from entity_extractor.mentions import Annotated, Mention
from headwater.store import open_store

TEXT = "Acme rose in London. Gold fell. Oil rose and Acme fell in London, said ann@example.org."


@pytest.fixture
def run(tmp_path: Path, tiny: Callable, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """`run("queue", "a.txt", ...)` in a folder and a home of its own."""
    tiny(tmp_path / "model", "entities")
    tiny(tmp_path / "vectors", "vector", seed=2)
    monkeypatch.setenv("HEADWATER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text(TEXT)
    return lambda *words: CliRunner().invoke(app, [*map(str, words), "--sentences", "vectors"])


def test_a_queue_is_ordered_masked_and_leaves_out_what_was_corrected(run, tmp_path: Path) -> None:
    done = run("queue", "a.txt", "-o", "q.jsonl", "--model", "model", "--page", "--json")
    assert done.exit_code == 0, done.output
    rows = open_queue(tmp_path / "q.jsonl")
    assert json.loads(done.stdout)["sentences"] == len(rows) == 3
    assert open_queue(folder() / "q.jsonl") == rows, "the page Corrections has it too"
    gains = [round(row.doubt * row.novelty, 9) for row in rows]
    assert gains == sorted(gains, reverse=True)
    assert not any("@" in row.text for row in rows)
    with open_store() as store:
        corrected.put_right(store, rows[0], (), "ann", ())
    assert run("queue", "a.txt", "-o", "q.jsonl", "--model", "model").exit_code == 0
    assert {row.text for row in open_queue(tmp_path / "q.jsonl")} == {row.text for row in rows[1:]}


def test_suggestions_come_ranked_with_the_types_of_the_examples(run, tmp_path: Path) -> None:
    examples = [Annotated("1", "Shares rose in London", (Mention(15, 21, "TOWN"),)), Annotated("2", "Gold fell in London", (Mention(13, 19, "TOWN"),))]  # fmt: skip
    write("jsonl", examples, tmp_path / "examples.jsonl")
    done = run("suggest", "examples.jsonl", "a.txt", "-o", "out.jsonl", "--least", "0.1", "--json")
    assert done.exit_code == 0, done.output
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    best = [max(one["probability"] for one in row["entities"]) for row in rows]
    assert best == sorted(best, reverse=True)
    spans = [(row["text"][one["start"] : one["end"]], one["label"]) for row in rows for one in row["entities"]]
    assert ("London", "TOWN") in spans and {label for _, label in spans} == {"TOWN"}
    assert json.loads(done.stdout)["suggestions"] == len(spans)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("queue", "a.txt", "-o", "q.csv", "--model", "model"), "ends in .jsonl"),
        (("queue", "a.txt", "-o", "q.jsonl", "--model", "vectors"), "one head that finds names"),
        (("suggest", "empty.jsonl", "a.txt", "-o", "out.jsonl"), "expected examples with marked spans"),
        (("suggest", "one.jsonl", "a.txt", "-o", "out.jsonl", "--least", "1"), "as likely as 1"),
    ],
)
def test_what_cannot_be_done_is_said(run, tmp_path: Path, words, fault: str) -> None:
    write("jsonl", [Annotated("1", "gold fell")], tmp_path / "empty.jsonl")
    write("jsonl", [Annotated("1", "gold fell in London", (Mention(13, 19, "TOWN"),))], tmp_path / "one.jsonl")
    done = run(*words)
    assert done.exit_code != 0 and fault in " ".join((done.output + str(done.exception)).split())
