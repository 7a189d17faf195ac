import doctest
import json
from pathlib import Path

import pytest

import headwater.data.maps
from headwater.data.corpus import load_corpus
from headwater.data.maps import map_target, read_maps
from headwater.errors import DataError, RecipeError
from headwater.recipe import Recipe, parse_recipe
from headwater.spans import Span, bio_labels
from tests.tiny_encoder import write_rows

ROWS = [{"text": f"{word} {i}", "label": word} for word in ("up", "down") for i in range(20)]
NAMES = [{"tokens": ["Acme", "in", f"Oslo{i}"], "ner_tags": ["B-ORG", "O", "B-LOC"]} for i in range(20)]


def recipe(folder: Path, **changes: object) -> Recipe:
    content = {
        "name": "a",
        "task": "classification",
        "encoder": "x",
        "data": {"train": ["train.jsonl"], "test": ["test.jsonl"]},
    }
    for key, value in changes.items():
        place = content if key in ("task", "heads") else content["data"]
        place[key] = value
    return parse_recipe(content, folder=folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_rows(tmp_path / "train.jsonl", ROWS)
    write_rows(tmp_path / "test.jsonl", [{"text": "up again", "label": "up"}])
    write_rows(tmp_path / "names.jsonl", NAMES)
    return tmp_path


def test_the_examples_run():
    assert doctest.testmod(headwater.data.maps) == (0, 1)


def test_a_corpus_has_four_splits_that_share_no_row(folder):
    corpus = load_corpus(recipe(folder, validation=0.2, calibration=0.1))
    sizes = [len(rows) for rows in (corpus.train, corpus.validation, corpus.calibration, corpus.test)]
    assert sizes == [28, 8, 4, 1]
    texts = [row.text for rows in (corpus.train, corpus.validation, corpus.calibration) for row in rows]
    assert sorted(texts) == sorted(row["text"] for row in ROWS)
    assert corpus.heads[0].labels == ("down", "up")
    (train, test) = corpus.sources
    assert (train["source"], train["split"], train["rows"], train["title"]) == (
        "train.jsonl",
        "train",
        40,
        "train.jsonl",
    )
    assert len(train["sha256"]) == 64 != test["sha256"]


def test_the_digest_is_of_what_is_read_and_not_of_the_file(folder):
    before = load_corpus(recipe(folder)).sources[0]["sha256"]
    (folder / "train.jsonl").write_text("".join(json.dumps(row, indent=None) + "\r\n\r\n" for row in ROWS))
    assert load_corpus(recipe(folder)).sources[0]["sha256"] == before
    write_rows(folder / "train.jsonl", [*ROWS[:-1], {"text": "down 19", "label": "up"}])
    assert load_corpus(recipe(folder)).sources[0]["sha256"] != before


def test_calibration_may_be_a_part_of_validation(folder):
    write_rows(folder / "v.jsonl", [{"text": f"v{i}", "label": "up"} for i in range(10)])
    corpus = load_corpus(recipe(folder, validation=["v.jsonl"], calibration={"share": 0.5, "of": "validation"}))
    assert [len(rows) for rows in (corpus.train, corpus.validation, corpus.calibration)] == [40, 5, 5]
    nested = load_corpus(recipe(folder, validation=0.5, calibration={"share": 0.5, "of": "validation"}))
    assert [len(rows) for rows in (nested.train, nested.validation, nested.calibration)] == [20, 10, 10]


def test_what_is_measured_beside_test_is_kept_by_source(folder):
    write_rows(folder / "other.jsonl", [{"text": "o", "label": "down"}])
    corpus = load_corpus(recipe(folder, also=["other.jsonl"]))
    assert [row.text for row in corpus.also["other.jsonl"]] == ["o"]


def test_the_order_of_labels_may_be_fixed(folder):
    heads = [{"name": "tone", "kind": "single", "labels": ["up", "flat", "down"]}]
    assert load_corpus(recipe(folder, heads=heads)).heads[0].labels == ("up", "flat", "down")


def test_a_label_that_train_has_not_is_told_with_its_place(folder):
    write_rows(folder / "test.jsonl", [{"text": "a", "label": "up"}, {"text": "b", "label": "sideways"}])
    with pytest.raises(
        DataError, match=r"test\.jsonl:2: label 'sideways' of test is not one of head label's 2 labels \(down, up"
    ):
        load_corpus(recipe(folder))


def test_a_row_without_any_label_is_told_with_its_place(folder):
    write_rows(folder / "train.jsonl", [*ROWS, {"text": "a", "mood": "x"}])
    with pytest.raises(DataError, match=r"train\.jsonl:41: expected a column of label, got mood"):
        load_corpus(recipe(folder))


@pytest.mark.parametrize(
    ("kind", "column", "said"),
    [
        ("single", "labels", "expected one label for head a, whose kind is single, got a list of labels"),
        ("single", "spans", "expected one label for head a, whose kind is single, got spans"),
        ("multi", "spans", "expected a list of labels for head a, whose kind is multi, got spans"),
        ("token", "label", "expected spans for head a, whose kind is token, got one label"),
        ("token", "labels", "expected spans for head a, whose kind is token, got a list of labels"),
        ("pair", "label", "expected text_a and text_b, which head a compares; got one text"),
    ],
)
def test_a_column_of_another_form_is_never_read_as_no_label(folder, kind, column, said):
    every = {"labels": ["x"], "entities": [{"start": 0, "end": 2, "type": "X"}]}
    write_rows(folder / "train.jsonl", [row | every for row in ROWS])
    with pytest.raises(DataError, match=rf"train\.jsonl:1: {said}"):
        load_corpus(recipe(folder, task="mixed", heads=[{"name": "a", "kind": kind, "column": column}]))


def test_a_second_text_that_no_head_reads_is_told(folder):
    write_rows(folder / "train.jsonl", [{"text_a": row["text"], "text_b": "x", "label": row["label"]} for row in ROWS])
    with pytest.raises(DataError, match=r"train\.jsonl:1: expected one text, since no head compares two"):
        load_corpus(recipe(folder))


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["up", "up "], "labels 'up' and 'up ' look the same: write them alike"),
        (["caf\u00e9", "cafe\u0301"], "look the same"),
        (["up", " "], "expected labels with a name, got ' '"),
        (["up"], "expected two labels or more in the training rows, got 'up' alone"),
    ],
)
def test_labels_that_nobody_can_tell_apart_are_told(folder, labels, said):
    rows = [{"text": f"{place} {i}", "label": label} for place, label in enumerate(labels) for i in range(20)]
    write_rows(folder / "train.jsonl", rows)
    write_rows(folder / "test.jsonl", rows[:1])
    with pytest.raises(DataError, match=f"head label: .*{said}"):
        load_corpus(recipe(folder))


def test_an_empty_split_is_told(folder):
    write_rows(folder / "train.jsonl", ROWS[:3])
    with pytest.raises(DataError, match="expected rows in every split, found none in validation"):
        load_corpus(recipe(folder))


def test_heads_take_their_own_rows_and_leave_the_others_unlabelled(folder):
    heads = [{"name": "tone", "kind": "single"}, {"name": "names", "kind": "token"}]
    write_rows(folder / "test.jsonl", [{"text": "up again", "label": "up"}, {"text": "Acme", "entities": []}])
    corpus = load_corpus(
        recipe(folder, task="mixed", heads=heads, train=["train.jsonl", "names.jsonl"], validation=0.2, calibration=0.2)
    )
    assert [head.labels for head in corpus.heads] == [("down", "up"), bio_labels(["LOC", "ORG"])]
    kinds = {tuple(row.targets) for row in corpus.train}
    assert kinds == {("tone",), ("names",)}
    row = next(row for row in corpus.train if "names" in row.targets)
    assert row.words == ((0, 4), (5, 7), (8, len(row.text)))


def test_a_split_without_a_label_for_a_head_is_told_before_training(folder):
    heads = [{"name": "tone", "kind": "single"}, {"name": "names", "kind": "token"}]
    with pytest.raises(DataError, match="expected rows of test that are labelled for head names, found none"):
        load_corpus(
            recipe(
                folder, task="mixed", heads=heads, train=["train.jsonl", "names.jsonl"], validation=0.2, calibration=0.2
            )
        )


def test_an_out_of_scope_label_must_occur(folder):
    heads = [{"name": "tone", "kind": "single", "out_of_scope": "oos"}]
    with pytest.raises(DataError, match="expected out_of_scope 'oos' among the labels, got"):
        load_corpus(recipe(folder, heads=heads))


MAP = """
[train]
up = "rise"
"*" = "other"
[test]
up = "rise"
[extra]
a = false
b = "rise"
"""


def test_labels_are_renamed_by_set(folder):
    (folder / "map.toml").write_text(MAP)
    write_rows(folder / "extra.jsonl", [{"text": f"{label} row", "label": label} for label in ("a", "b", "other")])
    corpus = load_corpus(recipe(folder, map="map.toml", train=["train.jsonl", "extra.jsonl"]))
    assert corpus.heads[0].labels == ("other", "rise")
    rows = {
        row.text: row.targets["label"] for rows in (corpus.train, corpus.validation, corpus.calibration) for row in rows
    }
    assert (rows["up 3"], rows["down 3"], rows["b row"], rows["other row"]) == ("rise", "other", "rise", "other")
    assert "a row" not in rows  # mapped to false: dropped


def test_a_table_of_the_map_that_no_source_has_is_a_slip(folder):
    (folder / "map.toml").write_text('[tarin]\nup = "rise"\n')
    with pytest.raises(DataError, match=r"map\.toml: expected tables of test, train, got \[tarin\]"):
        load_corpus(recipe(folder, map="map.toml"))


SPANS = (Span(0, 1, "PER"), Span(2, 3, "LOC"))


@pytest.mark.parametrize(
    ("value", "renames", "mapped"),
    [
        ("a", {}, "a"),
        ("a", {"a": "b"}, "b"),
        ("a", {"a": False}, None),
        ("a", {"*": "oos"}, "oos"),
        ("a", {"*": "oos", "a": "a"}, "a"),
        ("a", {"*": False}, None),
        (("a", "b", "c"), {"a": "x", "b": "x", "c": False}, ("x",)),
        (("a",), {"a": False}, ()),
        ((), {"*": "x"}, ()),
        (SPANS, {"PER": "person"}, (Span(0, 1, "person"), Span(2, 3, "LOC"))),
        (SPANS, {"*": False, "LOC": "place"}, (Span(2, 3, "place"),)),
        (SPANS, {"*": False}, ()),
    ],
)
def test_map(value, renames, mapped):
    assert map_target(value, renames) == mapped


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[a\n", "expected the label map"),
        (b"[a]\nx = '\xff'\n", "expected the label map"),
        (b"x = 'y'\n", r"x: expected a table for each set, \[x\], got 'y'"),
        (b"[a]\nx = true\n", r"a\.x: expected a new label or false, got True"),
        (b"[a]\nx = 3\n", r"a\.x: expected a new label or false, got 3"),
        (b"[a]\nx = ''\n", r"a\.x: expected a new label or false"),
    ],
)
def test_a_map_that_cannot_be_read(tmp_path, content, said):
    file = tmp_path / "map.toml"
    file.write_bytes(content)
    with pytest.raises(DataError, match=said):
        read_maps(file)


def test_a_map_may_begin_as_an_editor_of_windows_begins_it(tmp_path):
    (tmp_path / "map.toml").write_text("[a]\nx = 'y'\n", encoding="utf-8-sig")
    assert read_maps(tmp_path / "map.toml") == {"a": {"x": "y"}}


def test_a_list_of_names_to_leave_out_is_utf_8(folder):
    (folder / "names.txt").write_bytes(b"Z\xfcrich\n")
    with pytest.raises(DataError, match=r"names\.txt: expected a file of UTF-8 text, one name a line"):
        load_corpus(recipe(folder, task="tagging", train=[{"source": "names.jsonl", "leave_out": "names.txt"}]))


def test_a_map_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match=r"map\.toml: expected the label map"):
        read_maps(tmp_path / "map.toml")


def test_a_source_may_keep_some_labels_and_some_rows_of_each(folder):
    train = [
        {"source": "train.jsonl", "keep": ["up"], "per_label": 5},
        {"source": "train.jsonl", "keep": ["down"], "repeat": 2},
    ]
    corpus = load_corpus(recipe(folder, train=train, validation=["train.jsonl"], calibration=["train.jsonl"]))
    labels = [row.targets["label"] for row in corpus.train]
    assert (labels.count("up"), labels.count("down")) == (5, 20)
    assert {row.repeat for row in corpus.train} == {1, 2}


def test_a_source_that_keeps_nothing_is_a_slip(folder):
    with pytest.raises(DataError, match=r"train\.jsonl: expected rows of \['upp'\] to keep, found only down, up"):
        load_corpus(recipe(folder, train=[{"source": "train.jsonl", "keep": ["upp"]}]))


def test_documents_may_take_the_label_that_all_their_spans_share(folder):
    spans = [
        {"text": "a b", "entities": [{"start": 0, "end": 1, "type": "up"}, {"start": 2, "end": 3, "type": "up"}]},
        {"text": "c d", "entities": [{"start": 0, "end": 1, "type": "up"}, {"start": 2, "end": 3, "type": "down"}]},
        {"text": "e f", "entities": []},
    ]
    write_rows(folder / "spans.jsonl", spans)
    train = ["train.jsonl", {"source": "spans.jsonl", "spans_as": "unanimous"}]
    corpus = load_corpus(recipe(folder, train=train, validation=["train.jsonl"], calibration=["train.jsonl"]))
    assert [(row.text, row.targets) for row in corpus.train[40:]] == [("a b", {"label": "up"})]


def test_heads_may_read_one_set_of_spans_each_in_its_own_way(folder):
    spans = [
        {"text": "a b", "entities": [{"start": 0, "end": 1, "type": "up"}, {"start": 2, "end": 3, "type": "up"}]},
        {"text": "c d", "entities": [{"start": 0, "end": 1, "type": "up"}, {"start": 2, "end": 3, "type": "down"}]},
    ]
    write_rows(folder / "spans.jsonl", spans)
    (folder / "common.txt").write_text("d\nzebra\n", encoding="utf-8")
    heads = [
        {"name": "tone", "kind": "single", "labels": ["up", "down"]},
        {"name": "tones", "kind": "multi", "labels": ["up", "down"]},
        {"name": "names", "kind": "token", "labels": ["up", "down"]},
    ]
    source = {"source": "spans.jsonl", "spans_as": "unanimous", "leave_out": "common.txt", "licence": "ours"}
    both = {"source": "train.jsonl", "columns": {"tones": "label"}}  # a single label is a set of one
    data = {"train": [source, both], "validation": [source, both], "calibration": [source, both]}
    data |= {"test": [{"source": "test.jsonl", "columns": {"tone": "label", "tones": "label"}}, source]}
    corpus = load_corpus(recipe(folder, task="mixed", heads=heads, **data))
    first, second, third = corpus.train[:3]
    assert (first.targets["tone"], [span.text for span in first.targets["names"]]) == ("up", ["a", "b"])
    assert (second.targets["tone"], [span.text for span in second.targets["names"]]) == ("up", ["c"])  # d is left out
    assert third.targets == {"tones": (ROWS[0]["label"],)}
    assert {item["licence"] for item in corpus.sources if item["source"] == "spans.jsonl"} == {"ours"}


def test_a_column_of_no_head_and_a_list_that_is_not_there_are_slips(folder):
    slip = {"source": "train.jsonl", "columns": {"tone": "label"}, "leave_out": "gone.txt"}
    with pytest.raises(RecipeError) as fault:
        recipe(folder, train=[slip], also=["test.jsonl", {"source": "test.jsonl", "columns": {}}])
    told = str(fault.value)
    assert "data.train.columns: expected columns of the heads ['label'], got ['tone']" in told
    assert "data.train.leave_out: expected a file beside the recipe, found none at" in told
    assert "data.also.columns: expected columns of the heads ['label'], got none" in told


def test_what_a_set_never_marks_is_noted_on_its_rows(folder):
    heads = [{"name": "names", "kind": "token", "labels": ["LOC", "ORG", "PER"]}]
    train = [{"source": "names.jsonl", "lacks": ["PER"]}]
    write_rows(folder / "test.jsonl", NAMES[:2])
    corpus = load_corpus(recipe(folder, task="tagging", heads=heads, train=train))
    assert {row.lacks for row in corpus.train} == {("PER",)}
    assert corpus.heads[0].labels == bio_labels(["LOC", "ORG", "PER"])


@pytest.mark.parametrize("source", ["gone.csv", "gone.jsonl.gz"])
def test_a_file_that_is_not_there(folder, source):
    with pytest.raises(DataError, match=f"{source}: expected a file, found none"):
        load_corpus(recipe(folder, train=[source]))


def test_a_hub_id_may_hold_a_dot(folder, monkeypatch):
    import datasets

    asked = []

    def load(name: str, config: str | None, split: str) -> datasets.Dataset:
        asked.append((name, split))
        return datasets.Dataset.from_list(ROWS)

    monkeypatch.setattr(datasets, "load_dataset", load)
    load_corpus(recipe(folder, train=["owner/set-v1.5", "owner/set-v1.5:more"]))
    assert asked == [("owner/set-v1.5", "train"), ("owner/set-v1.5", "more")]
