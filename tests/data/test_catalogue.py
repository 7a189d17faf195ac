import json

import datasets
import pytest

from headwater.data.catalogue import SETS, NamedSet, from_table, named_rows, split_name
from headwater.errors import DataError
from headwater.spans import Span
from tests.tiny_encoder import write_rows

PLAIN = NamedSet("A set", "MIT", "https://example.org", "owner/set")
TAGS = datasets.ClassLabel(names=["O", "B-LOC", "I-LOC"])


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise ConnectionError("no network\nin tests")

    monkeypatch.setattr(datasets, "load_dataset", refuse)
    monkeypatch.delenv("HEADWATER_DATA", raising=False)


def test_every_set_says_what_its_licence_allows():
    assert len(SETS) >= 10
    for name, known in SETS.items():
        assert known.title, name
        assert known.licence, name
        assert known.url.startswith("https://"), name


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("banking77:test", ("banking77", "test")),
        ("banking77", ("banking77", "train")),
        ("o/s:x", ("o/s", "x")),
        ("a:", ("a", "train")),
    ],
)
def test_split_name(source, parts):
    assert split_name(source) == parts


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
def test_a_named_set_is_taken_from_the_data_folder_first(tmp_path, monkeypatch, name):
    import gzip

    content = b'{"text": "a", "label": "x"}\n'
    file = tmp_path / "banking77" / name.replace("rows", "odd")
    file.parent.mkdir()
    file.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    monkeypatch.setenv("HEADWATER_DATA", str(tmp_path))
    rows, found = named_rows("banking77:odd")
    assert found == file
    assert [row.targets for row in rows] == [{"label": "x"}]


def test_a_set_of_the_users_own_may_lie_in_the_data_folder(tmp_path, monkeypatch):
    write_rows(tmp_path / "mine" / "train.jsonl", [{"text": "a", "label": "x"}])
    monkeypatch.setenv("HEADWATER_DATA", str(tmp_path))
    assert len(named_rows("mine")[0]) == 1
    with pytest.raises(DataError, match=r"mine:test: expected test\.jsonl\[\.gz\] in .*mine, found \['train\.jsonl'\]"):
        named_rows("mine:test")
    with pytest.raises(DataError, match="found no such folder"):
        named_rows("yours:test")


def test_an_unknown_name_says_what_could_be_meant():
    with pytest.raises(
        DataError, match=r"nonsense:train: expected a file, a hub id .* HEADWATER_DATA \(now not set\).*banking77"
    ):
        named_rows("nonsense:train")
    with pytest.raises(DataError, match="wikigold:all: expected a file"):  # known, but not on the hub
        named_rows("wikigold:all")


def test_offline_says_where_to_put_the_set():
    with pytest.raises(DataError) as caught:
        named_rows("banking77:test")
    message = str(caught.value)
    assert message.startswith(
        "PolyAI/banking77:test: could not be had from the hub (ConnectionError: no network in tests)"
    )
    assert "<set>/test.jsonl" in message
    assert "HEADWATER_DATA" in message


def test_the_hub_is_asked_for_its_own_names(monkeypatch):
    asked = []

    def load(name, config, split):
        asked.append((name, config, split))
        return datasets.Dataset.from_dict({"sentence": ["It rose"], "label": [1]}).cast_column(
            "label", datasets.ClassLabel(names=["negative", "positive"])
        )

    monkeypatch.setattr(datasets, "load_dataset", load)
    rows, file = named_rows("financial_phrasebank_50:all")
    assert asked == [("takala/financial_phrasebank", "sentences_50agree", "train")]
    assert file is None
    assert [(row.text, row.targets) for row in rows] == [("It rose", {"label": "positive"})]


def test_any_hub_id_can_be_named(monkeypatch, tmp_path):
    """A real `load_dataset`, over a file of this machine in place of the hub."""
    from datasets.load import load_dataset

    file = write_rows(tmp_path / "a.jsonl", [{"text": "a", "label": "x"}, {"text": "b", "label": "y"}])
    monkeypatch.setattr(
        datasets, "load_dataset",
        lambda name, config, split: load_dataset("json", data_files={"test": str(file)}, split=split, cache_dir=str(tmp_path)),
    )  # fmt: skip
    rows, _ = named_rows("someone/something:test")
    assert [row.targets["label"] for row in rows] == ["x", "y"]
    assert rows[1].where == "someone/something:test: row 1"


def test_numbers_of_classes_become_their_names():
    features = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["no", "yes"])})
    table = datasets.Dataset.from_dict({"text": ["a", "b", "c"], "label": [1, 0, None]}, features=features)
    assert [row.targets for row in from_table(table, PLAIN, "x")] == [{"label": "yes"}, {"label": "no"}, {}]


def test_a_class_of_minus_one_is_no_label():
    """As the hub marks test rows whose labels are kept back: -1 is not the last class."""
    features = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["no", "yes"])})
    table = datasets.Dataset.from_dict({"text": ["a"], "label": [-1]}, features=features)
    assert from_table(table, PLAIN, "x")[0].targets == {}


def test_numbers_without_names_on_the_hub_have_them_here():
    known = SETS["twitter_fin_sentiment"]
    table = datasets.Dataset.from_dict({"text": ["a", "b", "c"], "label": [0, 1, 2]})
    assert [row.targets["label"] for row in from_table(table, known, "x")] == ["bearish", "bullish", "neutral"]


@pytest.mark.parametrize("kind", [datasets.Sequence, datasets.List])
def test_lists_of_classes_become_tags(kind):
    features = datasets.Features({"tokens": kind(datasets.Value("string")), "ner_tags": kind(TAGS)})
    table = datasets.Dataset.from_dict(
        {"tokens": [["New", "York", "rose"]], "ner_tags": [[1, 2, 0]]}, features=features
    )
    (row,) = from_table(table, PLAIN, "x")
    assert row.targets["spans"] == (Span(0, 8, "LOC"),)


def test_finentity_on_the_hub_has_columns_of_its_own():
    entities = [{"start": 0, "end": 4, "value": "Acme", "tag": "Positive"}]
    table = datasets.Dataset.from_list([{"content": "Acme rose", "annotations": entities}])
    (row,) = from_table(table, SETS["finentity"], "x")
    assert row.targets["spans"] == (Span(0, 4, "Positive"),)


@pytest.mark.data
def test_the_recipes_labels_are_those_of_the_data_folder(data_folder, monkeypatch):
    monkeypatch.setenv("HEADWATER_DATA", str(data_folder))
    rows, file = named_rows("twitter_fin_sentiment:train")
    assert {row.targets["label"] for row in rows} == set(SETS["twitter_fin_sentiment"].labels)
    assert json.loads(json.dumps(str(file))).endswith(".jsonl.gz")
