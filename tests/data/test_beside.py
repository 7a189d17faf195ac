"""Texts and paraphrases that a recipe's strategies read: what is held out stays out, and is counted."""

import gzip
from pathlib import Path

import pytest

from headwater.data.beside import read_texts
from headwater.data.corpus import describe, load_corpus
from headwater.errors import DataError
from headwater.recipe import Recipe, parse_recipe
from tests.tiny_encoder import write_rows

ROWS = [{"text": f"{word} {i}", "label": word} for word in ("up", "down") for i in range(20)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_rows(tmp_path / "train.jsonl", ROWS)
    write_rows(tmp_path / "test.jsonl", [{"text": "Up again!", "label": "up"}])
    (tmp_path / "news.txt").write_text("oil rises\n\nup again\ngold falls\noil rises\n", encoding="utf-8")
    (tmp_path / "config.json").write_text("{}")
    return tmp_path


def recipe(folder: Path, task: str = "classification", **tables: dict) -> Recipe:
    data = {"train": ["train.jsonl"], "test": ["test.jsonl"], "validation": 0.25, "calibration": 0.25}
    pretraining = tables.pop("pretraining", None)
    content = {"name": "a", "task": task, "encoder": "x", "data": data, "training": tables}
    return parse_recipe(content | ({"pretraining": pretraining} if pretraining else {}), folder=folder)


def test_a_text_file_is_one_text_a_line(folder):
    rows, name, file = read_texts("news.txt", folder)
    assert [row.text for row in rows] == ["oil rises", "up again", "gold falls", "oil rises"]
    assert (name, file, rows[2].where) == ("news", folder / "news.txt", f"{folder / 'news.txt'}:4")
    (folder / "more.txt.gz").write_bytes(gzip.compress("one\ntwo\n".encode("utf-8-sig")))
    assert [row.text for row in read_texts("more.txt.gz", folder)[0]] == ["one", "two"]
    (folder / "bad.txt").write_bytes(b"caf\xe9\n")
    with pytest.raises(DataError, match="bad.txt: expected a file of UTF-8 text"):
        read_texts("bad.txt", folder)


def test_labels_of_other_sources_are_not_read(folder):
    rows, name, _ = read_texts("train.jsonl", folder)
    assert (len(rows), name) == (40, "train")
    assert not any(row.targets for row in rows)


def test_what_is_held_out_is_not_read_to_pretrain(folder):
    corpus = load_corpus(recipe(folder, pretraining={"texts": ["news.txt", "train.jsonl"]}))
    held = {row.text for row in (*corpus.validation, *corpus.calibration)}
    assert len(held) == 20
    assert corpus.beside.pretraining[:2] == ("oil rises", "gold falls")  # each once, and none of test in other clothes
    assert set(corpus.beside.pretraining[2:]) == {row.text for row in corpus.train}
    assert corpus.beside.left_out == {"pretraining": 21}
    assert describe(corpus)["left_out"] == {"pretraining": 21}
    told = [(s["source"], s["split"], s["rows"]) for s in corpus.sources][-2:]
    assert told == [("news.txt", "pretraining", 4), ("train.jsonl", "pretraining", 40)]


def test_a_corpus_without_strategies_says_nothing_of_them(folder):
    corpus = load_corpus(recipe(folder))
    assert len(corpus.sources) == 2
    assert "left_out" not in describe(corpus)


def test_texts_that_are_all_held_out_are_none(folder):
    with pytest.raises(
        DataError, match="expected texts for pretraining that are not held out, found none in test.jsonl"
    ):
        load_corpus(recipe(folder, pretraining={"texts": ["test.jsonl"]}))


def test_rows_for_a_teacher_are_single_texts_unless_a_head_compares_two(folder):
    write_rows(folder / "pairs.jsonl", [{"text_a": "oil", "text_b": "gold", "label": "no"}])
    distil = {"teacher": ".", "texts": ["pairs.jsonl"]}
    rows = load_corpus(recipe(folder, distil=distil)).beside.distillation
    assert [(row.text, row.second, row.targets) for row in rows] == [("oil", None, {}), ("gold", None, {})]
    write_rows(folder / "train.jsonl", [{"text_a": row["text"], "text_b": "x", "label": row["label"]} for row in ROWS])
    write_rows(folder / "test.jsonl", [{"text_a": "up", "text_b": "z", "label": "up"}])
    (row,) = load_corpus(recipe(folder, "pair", distil=distil)).beside.distillation
    assert (row.text, row.second) == ("oil", "gold")
    with pytest.raises(DataError, match="training.distil.texts: expected pairs"):
        load_corpus(recipe(folder, "pair", distil={"teacher": ".", "texts": ["news.txt"]}))


def test_paraphrases_by_text_less_those_that_are_held_out(folder):
    (folder / "other.tsv").write_text("text\tparaphrase\nup 1\trises\nup 1\tup, again\nup 1\tgrows\n", encoding="utf-8")
    corpus = load_corpus(recipe(folder, augment={"paraphrases": "other.tsv"}))
    assert corpus.beside.paraphrases == {"up 1": ("rises", "grows")}
    assert corpus.beside.left_out["paraphrases"] == 1
    assert corpus.sources[-1]["split"] == "paraphrases"
    for content in ("text\tother\nup 1\trises\n", "text\tparaphrase\nup 1\t \n"):
        (folder / "other.tsv").write_text(content, encoding="utf-8")
        with pytest.raises(DataError, match="other.tsv:2: expected columns text and paraphrase"):
            load_corpus(recipe(folder, augment={"paraphrases": "other.tsv"}))
