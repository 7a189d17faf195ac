"""Corrections as training data: our own readers take the file, the last word counts, and it is whole or not there."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from headwater.data.readers import read_file
from headwater.errors import InputError
from headwater.spans import Span
from headwater.store import Store
from headwater.store.corrections import record, recorded
from headwater.store.training_rows import Exported, export
from tests.store.test_corrections import LABEL, SPANS


@pytest.mark.parametrize(
    ("given", "column", "target"),
    [
        (LABEL, "label", "charged_twice"),
        (replace(LABEL, kind="multi", said=(), right=("gold", "oil")), "labels", ("gold", "oil")),
        (replace(LABEL, kind="multi", said=("gold",), right=()), "labels", ()),
        (replace(LABEL, kind="pair", second="the other é", right="same"), "label", "same"),
        (SPANS, "spans", (Span(11, 20, "ORG"), Span(41, 45, "LOC"))),
    ],
    ids=["single", "multi", "no labels", "pair", "token"],
)
def test_readers_take_what_was_recorded(store: Store, tmp_path: Path, given, column: str, target) -> None:
    kept = record(store, given)
    assert export(store, tmp_path / "new" / "rows.jsonl") == Exported(1, 1)
    (row,) = read_file(tmp_path / "new" / "rows.jsonl")
    assert (row.text, row.second, row.targets) == (kept.text, kept.second, {column: target})
    assert row.faults == ()


def test_of_one_text_the_last_correction_counts(store: Store, tmp_path: Path, clock) -> None:
    for right in ("first", "second", "third"):
        record(store, replace(LABEL, right=right), now=clock)  # at one moment: the order of writing decides
    record(store, replace(LABEL, text="another", right="other"), now=clock)
    assert export(store, tmp_path / "rows.jsonl") == Exported(4, 2)
    assert [row.targets["label"] for row in read_file(tmp_path / "rows.jsonl")] == ["third", "other"]


def test_one_file_is_of_one_head(store: Store, tmp_path: Path) -> None:
    record(store, LABEL)
    record(store, SPANS)
    record(store, replace(LABEL, bundle="tickets"))
    with pytest.raises(InputError, match="found entities of support-intent, label of support-intent, label of tickets"):
        export(store, tmp_path / "rows.jsonl")
    assert list(tmp_path.glob("*rows*")) == []
    assert export(store, tmp_path / "rows.jsonl", head="label", bundle="tickets") == Exported(1, 1)
    with pytest.raises(InputError, match="no corrections"):
        export(store, tmp_path / "rows.jsonl", head="unknown")


def test_those_that_a_set_has_taken_are_marked(store: Store, tmp_path: Path) -> None:
    record(store, LABEL)
    record(store, replace(LABEL, right="again"))
    export(store, tmp_path / "rows.jsonl")
    assert len(recorded(store, unused=True)) == 2
    export(store, tmp_path / "rows.jsonl", used_in="support-intent 2")
    assert [correction.used_in for correction in recorded(store)] == ["support-intent 2"] * 2
    late = record(store, replace(LABEL, text="later"))
    assert recorded(store, unused=True) == [late]
    for name in ("", " ", "x" * 256):  # marked as nothing, or more than the column of a PostgreSQL holds
        with pytest.raises(InputError, match="expected a training set's name of 1 to 255 characters"):
            export(store, tmp_path / "others.jsonl", used_in=name)
    assert not (tmp_path / "others.jsonl").exists()


def test_a_file_that_cannot_be_written_marks_nothing_and_leaves_the_old_one(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*names: object) -> None:
        raise OSError(28, "No space left on device")

    record(store, LABEL)
    (tmp_path / "rows.jsonl").write_text("old")
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InputError, match="No space left"):
        export(store, tmp_path / "rows.jsonl", used_in="2")
    assert recorded(store)[0].used_in is None
    assert (tmp_path / "rows.jsonl").read_text() == "old"
    assert len(list(tmp_path.glob("*rows*")) + list(tmp_path.glob(".*rows*"))) == 1
    with pytest.raises(InputError, match="ends in .jsonl"):
        export(store, tmp_path / "rows.csv")
