import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from entity_extractor.cli import app
from headwater.locks import alone

LETTER = "Dear Ms Merkel,\nAngela Merkel met John Smith in London. Write to john@example.org.\nMerkel agreed."


def call(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_text(LETTER)
    (tmp_path / "b.txt").write_text("John Smith left London.")
    return tmp_path


def texts(file: Path) -> dict[str, str]:
    return {row["id"]: row["text"] for row in map(json.loads, file.read_text().splitlines())}


@pytest.mark.parametrize("style", ["placeholder", "letter"])
def test_two_runs_under_one_key_agree_and_restore_exactly(letters, style):
    key, first, second = letters / "k.json", letters / "1.jsonl", letters / "2.jsonl"
    done = call("redact", letters / "a.txt", "--key", key, "-o", first, "--style", style)
    assert done.exit_code == 0, done.output
    call("redact", letters / "b.txt", "--key", key, "-o", second)
    redacted = texts(first)["a.txt"]
    assert not any(word in redacted for word in ("Merkel", "Smith", "London", "john@"))
    same = texts(second)["b.txt"].removesuffix(".").split(" left ")
    assert all(part in redacted for part in same)
    for source, original in ((first, LETTER), (second, "John Smith left London.")):
        assert call("restore", source, "--key", key, "-o", letters / "back.jsonl").exit_code == 0
        assert list(texts(letters / "back.jsonl").values()) == [original]


def test_a_key_with_a_passphrase_opens_with_it_alone(letters):
    pytest.importorskip("cryptography")
    key, out = letters / "k.json", letters / "1.jsonl"
    assert call("redact", letters / "a.txt", "--key", key, "-o", out, "--passphrase", "blue moon").exit_code == 0
    assert "Merkel" not in key.read_text() and key.stat().st_mode & 0o777 == 0o600
    assert "is encrypted" in call("restore", out, "--key", key, "-o", letters / "b").output
    assert call("restore", out, "--key", key, "-o", letters / "b.jsonl", "--passphrase", "blue moon").exit_code == 0
    assert texts(letters / "b.jsonl") == {"a.txt": LETTER}


def test_a_type_that_nothing_finds_is_refused_and_nothing_written(letters):
    done = call("redact", letters / "a.txt", "--key", letters / "k", "-o", letters / "o.jsonl", "--types", "PER,PERSON")
    assert "expected some of" in done.output and "got PERSON" in done.output
    assert not (letters / "k").exists() and not (letters / "o.jsonl").exists()


def test_a_report_of_one_and_of_two_models(tmp_path):
    rows = {
        "gold": [(0, 4, "LOC"), (9, 13, "LOC")],
        "first": [(0, 4, "LOC"), (9, 13, "ORG")],
        "second": [(0, 4, "LOC")],
    }
    for name, spans in rows.items():
        entities = [{"start": a, "end": b, "label": label} for a, b, label in spans]
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"id": "1", "text": "Oslo and Rome", "entities": entities}))
    gold, first, second = (tmp_path / f"{name}.jsonl" for name in rows)
    one = json.loads(call("report", gold, first, "--json").stdout)
    assert one["overall"]["strict"]["f1"]["value"] == pytest.approx(0.5)
    assert one["overall"]["exact"]["f1"]["value"] == pytest.approx(1.0)
    done = call("report", gold, first, second, "-o", tmp_path / "two.html")
    assert done.exit_code == 0 and "points of 100" in done.stdout
    assert "<table" in (tmp_path / "two.html").read_text()


def test_what_a_list_of_ones_own_claims_goes_too(
    tmp_path: Path, tiny: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --types: a client that a list has claimed is no longer an organisation, and would stay in the text."""
    tiny(tmp_path / "model", "entities")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("HPF wrote")
    (tmp_path / "clients.csv").write_text("name,type\nHPF,CLIENT\nAnn,PER\n")
    (tmp_path / "mine.toml").write_text(
        '[[model]]\nname = "entities"\n[[dictionary]]\nname = "c"\nfile = "clients.csv"\n'
    )
    done = call("redact", "a.txt", "--key", "k.json", "-o", "out.jsonl", "--model", "model", "--setup", "mine.toml")
    assert done.exit_code == 0, done.output
    assert texts(tmp_path / "out.jsonl")["a.txt"].startswith("[CLIENT 1]")


def test_a_key_that_another_run_writes_is_not_touched(letters):
    with alone(letters / ".k.json.lock"):
        done = call("redact", letters / "a.txt", "--key", letters / "k.json", "-o", letters / "1.jsonl")
    assert done.exit_code != 0 and "another run writes this key" in str(done.exception) + done.output
    assert not (letters / "k.json").exists() and not (letters / "1.jsonl").exists()


def test_the_style_of_a_key_stays_and_another_one_is_told(letters):
    for number, style in enumerate(("placeholder", "letter")):
        out = letters / f"{number}.jsonl"
        done = call("redact", letters / "b.txt", "--key", letters / "k.json", "-o", out, "--style", style)
        assert ("was begun with placeholder" in " ".join(done.output.split())) == (style == "letter")
        assert "[PER 1]" in texts(out)["b.txt"]


def test_every_field_is_restored_and_no_field_is_needed(letters):
    key, rows = letters / "k.json", letters / "rows.jsonl"
    call("redact", letters / "b.txt", "--key", key, "-o", letters / "1.jsonl")
    rows.write_text('{"text": "[PER 1] left", "meta": {"cc": ["[PER 1]", 3]}}\n{"note": "of [PER 1]"}\n')
    assert call("restore", rows, "--key", key, "-o", letters / "back.jsonl").exit_code == 0
    assert [json.loads(line) for line in (letters / "back.jsonl").read_text().splitlines()] == [
        {"text": "John Smith left", "meta": {"cc": ["John Smith", 3]}},
        {"note": "of John Smith"},
    ]
