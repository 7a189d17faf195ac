import csv
import gzip
import io
import json

import pytest

from entity_extractor.formats import FORMATS, json_rows, read, told, write
from entity_extractor.formats.registry import lost
from entity_extractor.formats.table import COLUMNS
from entity_extractor.mentions import Annotated, Mention
from headwater.data.readers import read_file
from headwater.errors import DataError, InputError

FULL = Annotated("a/b", "Oslo  ", (Mention(0, 4, "LOC", "Oslo", 0.5, "m", "v", "Q585"),), {"x": 1})


@pytest.fixture
def file(tmp_path):
    def file(name, content):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path / name

    return file


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("a.jsonl", '{"text": "a", "entities": []}', "jsonl"),
        ("a.JSONL.gz", gzip.compress(b'{"text": "a", "spans": []}', mtime=0), "prodigy"),
        ("a.json", '[["a", {"entities": []}]]', "spacy-json"),
        ("a.json", '[{"id": 0, "paragraphs": []}]', "spacy-json"),
        ("a.json", '[{"data": {"text": "a"}}]', "label-studio"),
        ("a.json", '[{"text": "a", "annotator": 1}]', "label-studio-min"),
        ("a.json", "[]", "label-studio"),
        ("a.bio", "", "iob2"),
        ("a.spacy", b"", "spacy"),
    ],
)
def test_formats_are_told_by_ending_and_content(file, name, content, form):
    assert told(file(name, content)) == form


@pytest.mark.parametrize(("name", "content"), [("a.json", '{"a": 1}'), ("a.doc", ""), ("a", "")])
def test_what_cannot_be_told_is_asked_for(file, name, content):
    with pytest.raises(InputError, match="expected"):
        told(file(name, content))


def test_prodigy(file):
    rows = [
        {"text": "🙂 Oslo", "spans": [{"start": 2, "end": 6, "label": "LOC", "token_start": 1}], "meta": {"id": 5}},
        {"text": "Rome", "answer": "reject"},
        {"text": "Rome", "answer": "accept", "_input_hash": 1},
    ]
    path = file("a.jsonl", "\n".join(map(json.dumps, rows)))
    assert list(read(path)) == [
        Annotated("5", "🙂 Oslo", (Mention(2, 6, "LOC"),), {"id": 5}),
        Annotated("a.jsonl:3", "Rome"),
    ]


def test_spacy_json_of_both_kinds(file):
    tokens = [{"orth": w, "ner": t} for w, t in zip("In New York .".split(), "O B-LOC L-LOC -".split(), strict=True)]
    paragraph = {"raw": "In New  York.", "sentences": [{"tokens": tokens}]}
    right = (Mention(3, 12, "LOC"),)
    assert list(read(file("a.json", json.dumps([{"id": 4, "paragraphs": [paragraph]}])))) == [
        Annotated("4/1", "In New  York.", right)
    ]
    pairs = [["In New  York.", {"entities": [[3, 12, "LOC"]]}], ["none", {}]]
    assert [one.mentions for one in read(file("a.json", json.dumps(pairs)))] == [right, ()]


def test_long_arrays_are_read_item_by_item(file, monkeypatch):
    monkeypatch.setattr(json_rows, "CHUNK", 7)
    items = [["a" * n, {"entities": []}] for n in range(40)]
    path = file("a.json", json.dumps(items, indent=1))
    assert [one.text for one in read(path)] == [text for text, _ in items]
    broken = read(file("a.json", json.dumps(items)[:500]))
    with pytest.raises(DataError, match="a.json: item 1[0-9]: expected JSON"):
        list(broken)


@pytest.mark.parametrize(("offsets", "place"), [("utf-16", (3, 7)), ("utf-8", (5, 9))])
def test_other_offsets_are_refused_with_what_fits_and_taken_when_named(file, offsets, place):
    entity = {"start": place[0], "end": place[1], "label": "LOC", "text": "Oslo"}
    path = file("a.jsonl", json.dumps({"id": "d", "text": "🙂 Oslo, 京", "entities": [entity]}))
    with pytest.raises(DataError, match=rf"d: expected .* offsets='{offsets}' fits"):
        list(read(path))
    assert next(read(path, offsets=offsets)).mentions == (Mention(2, 6, "LOC"),)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"text": 1}', r"a.jsonl:1: expected a text under 'text', got text"),
        ('\n{"text": "a"', r"a.jsonl:2:13: expected one JSON object a line"),
        ('{"text": "a", "entities": [{"start": "0"}]}', "expected spans of {start, end, label}"),
        ('{"id": "d", "text": "a", "entities": [[0, 9, "X"]]}', "d: expected spans inside its 1 characters"),
        (b'{"text": "\xff"}', "expected UTF-8, got the byte 0xff"),
    ],
)
def test_faulty_rows_are_named(file, content, said):
    with pytest.raises(DataError, match=said):
        list(read(file("a.jsonl", content), "jsonl"))


@pytest.mark.parametrize("form", [one.name for one in FORMATS.values() if one.write])
@pytest.mark.parametrize(
    ("mentions", "said"),
    [
        ((Mention(0, 4, "A"), Mention(2, 4, "B")), "d/1: A at 0-4 and B at 2-4 overlap"),
        ((Mention(0, 5, "A"),), "d/1: expected spans inside its 4 characters"),
        ((Mention(0, 4, "A", "Rome"),), "d/1: 'A' at 0-4: expected 'Rome' there, got 'Oslo'"),
        ((Mention(0, 4, ""),), "expected a label"),
    ],
)
def test_unsound_documents_leave_the_old_file(form, mentions, said, tmp_path):
    (tmp_path / "x").write_text("old")
    with pytest.raises(DataError, match=said):
        write(form, [FULL, Annotated("d/1", "Oslo", mentions)], tmp_path / "x", snap=True)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x", "old")]


def test_strict_names_all_that_would_be_lost():
    with pytest.raises(
        DataError, match="a/b: iob2 would not keep the blanks between its words, the probability of LOC at 0-4"
    ):
        write("iob2", [FULL], io.BytesIO(), strict=True)
    assert lost(FULL, FORMATS["csv"]) == ["its text", "its meta"]
    assert lost(Annotated("a", "x\ud800y"), FORMATS["jsonl"]) == ["lone surrogates at 1 and after"]
    for form in ("jsonl", "parquet", "spacy", "label-studio"):
        assert write(form, [FULL], io.BytesIO(), strict=True) == 1


def test_streams_stay_open_and_are_of_bytes():
    for form in (one.name for one in FORMATS.values() if one.write):
        stream = io.BytesIO()
        write(form, [FULL], stream)
        assert len(stream.getvalue()) > 20
    with pytest.raises(InputError, match="stream of bytes"):
        write("jsonl", [FULL], io.StringIO())


def test_formats_that_go_one_way(tmp_path):
    with pytest.raises(InputError, match="prodigy can be read and not written"):
        write("prodigy", [], tmp_path / "x")
    write("csv", [], tmp_path / "x.csv")
    with pytest.raises(InputError, match="csv can be written and not read"):
        read(tmp_path / "x.csv")
    with pytest.raises(InputError, match="expected one of jsonl"):
        write("xml", [], tmp_path / "x")


def test_csv_is_shown_and_not_run():
    stream = io.BytesIO()
    write("csv", [Annotated("=a", "=1+1", (Mention(0, 4, "LOC", probability=0.123456),))], stream)
    (row,) = csv.DictReader(io.StringIO(stream.getvalue().decode("utf-8-sig")))
    assert tuple(row) == COLUMNS
    assert (row["document"], row["text"], row["start"], row["probability"]) == ("'=a", "'=1+1", "0", "0.1235")


def test_the_page_is_safe_and_whole():
    stream = io.BytesIO()
    text = "<script>alert(1)</script> \x00 \ud800 Oslo & עברית"
    write("html", [Annotated("<i>/1", text, (Mention(30, 34, '"><b>'),))], stream, title="<u>")
    page = stream.getvalue().decode()
    assert [mark for mark in ("<script", "<i>", "<b>", "<u>", "\x00", "http://", "https://") if mark in page] == []
    assert "default-src 'none'" in page
    assert ">Oslo<small>&quot;&gt;&lt;b&gt;</small>" in page
    assert page.endswith("</html>\n")


def test_what_training_reads_too(tmp_path):
    for form in ("jsonl", "parquet", "conll"):
        path = tmp_path / f"x.{form}"
        write(form, [Annotated("a", "Oslo", (Mention(0, 4, "LOC"),))], path)
        (row,) = read_file(path)
        assert [(s.start, s.end, s.label) for s in row.targets["spans"]] == [(0, 4, "LOC")]


@pytest.mark.parametrize("name", ["a.spacy", "a.parquet"])
def test_foreign_bytes_are_refused(file, name):
    with pytest.raises(DataError, match="expected a"):
        list(read(file(name, b"not this")))


def test_meta_that_json_cannot_hold_is_refused():
    with pytest.raises(DataError, match="a: expected meta of texts"):
        write("jsonl", [Annotated("a", "", (), {"x": object()})], io.BytesIO())


def test_a_docbin_of_spacy_itself(tmp_path):
    tokens, vocab = pytest.importorskip("spacy.tokens"), pytest.importorskip("spacy.vocab")
    doc = tokens.Doc(vocab.Vocab(), words=["In", "New", "York", "!"], spaces=[True, True, False, False])
    doc.ents = [tokens.Span(doc, 1, 3, label="GPE", kb_id="Q60")]
    tokens.DocBin(docs=[doc]).to_disk(tmp_path / "a.spacy")
    (one,) = read(tmp_path / "a.spacy")
    assert one == Annotated("a.spacy:1", "In New York!", (Mention(3, 11, "GPE"),))
    assert one.mentions[0].link == "Q60"
    write("spacy", [one], tmp_path / "b.spacy")
    (back,) = tokens.DocBin().from_disk(tmp_path / "b.spacy").get_docs(vocab.Vocab())
    assert [(e.text, e.label_, e.kb_id_) for e in back.ents] == [("New York", "GPE", "Q60")]
    assert [t.text for t in back] == ["In", "New", "York", "!"]
