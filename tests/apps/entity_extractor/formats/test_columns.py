import doctest

import pytest

from entity_extractor.formats import columns, conll, on_words, places, read, spacy_bin, write
from entity_extractor.formats.on_words import fitted
from entity_extractor.mentions import Annotated, Mention
from headwater import spreadsheet
from headwater.errors import DataError

NEW_YORK = Mention(3, 11, "LOC")


@pytest.mark.parametrize("module", [columns, conll, on_words, places, spacy_bin, spreadsheet])
def test_the_examples_run(module):
    failed, tried = doctest.testmod(module)
    assert (failed, tried > 0) == (0, True)


@pytest.fixture
def file(tmp_path):
    def file(content, name="a.conll"):
        (tmp_path / name).write_text(content, encoding="utf-8", newline="")
        return tmp_path / name

    return file


def test_the_four_columns_of_2003(tmp_path):
    write("conll", [Annotated("a b/1", "In New York.\n北京", (NEW_YORK, Mention(13, 15, "LOC")))], tmp_path / "x.conll")
    assert (tmp_path / "x.conll").read_text("utf-8").splitlines() == [
        "-DOCSTART- -X- (a%20b/1) O", "", "In -X- _ O", "New -X- _ B-LOC", "York -X- _ I-LOC", ". -X- _ O", "",
        "北 -X- _ B-LOC", "京 -X- _ I-LOC", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        "In O\nNew I-LOC\nYork I-LOC\n",
        "In\tO\r\nNew\tB-LOC\r\nYork\tI-LOC\r\n",
        "In IN B-PP O\nNew NNP B-NP B-LOC\nYork NNP I-NP E-LOC\n",
        "O In\nB-LOC New\nI-LOC York\n",
        "# http://x.example [2009]\n1\tIn\tO\tO\n2\tNew\tB-LOC\tO\n3\tYork\tI-LOC\tO\n",
        "# id 5a domain=en\nIn _ _ O\nNew _ _ B-LOC\nYork _ _ L-LOC\n",
    ],
)
def test_layouts_and_schemes(file, content):
    (one,) = read(file(content))
    assert (one.text, one.mentions) == ("In New York", (NEW_YORK,))


def test_documents_and_sentences(file):
    known = "-DOCSTART- -X- -X- O\n\nIn O\n\nNew B-LOC\n\n-DOCSTART- (2 EU)\n\n-DOCSTART- (3)\n\nOslo B-LOC\n\n-DOCSTART- (4)\n"
    assert [(one.id, one.text, len(one.mentions)) for one in read(file(known))] == [
        ("a.conll:1", "In\nNew", 1), ("2 EU", "", 0), ("3", "Oslo", 1), ("4", "", 0),
    ]  # fmt: skip
    assert [one.id for one in read(file("In O\n\nNew B-LOC\n", "b.iob"))] == ["b.iob:1", "b.iob:3"]


def test_tokens_that_are_not_in_the_text_are_named(file):
    path = file("-DOCSTART- (a)\n\nIn O\nOslo B-LOC\n")
    with pytest.raises(DataError, match=r"a.conll:3: expected 'Oslo' at 3 of the text, got 'Rome'"):
        list(read(path, texts={"a": "In Rome"}))
    with pytest.raises(DataError, match="expected the text of 'a'"):
        list(read(path, texts={"b": ""}))


def test_a_broken_line_is_named(file):
    with pytest.raises(DataError, match=r"a.conll:2:1: expected 2 columns"):
        list(read(file("In O\nNew\tNNP\tB-LOC\n")))


@pytest.mark.parametrize("form", ["conll", "iob2", "spacy"])
def test_a_span_that_cuts_a_word_is_refused_or_snapped(form, tmp_path):
    cut = Annotated("docs/7", "In New Yorkers", (Mention(2, 11, "LOC"),))
    with pytest.raises(DataError, match=r"docs/7: LOC at 2-11 .* does not begin and end with a word"):
        write(form, [cut], tmp_path / "x")
    assert list(tmp_path.iterdir()) == []
    write(form, [cut], tmp_path / "x", snap=True)
    assert next(read(tmp_path / "x", form)).mentions == (Mention(3, 14, "LOC"),)


def test_snapping_that_makes_an_overlap_or_finds_no_word_is_refused(tmp_path):
    with pytest.raises(DataError, match="a: A at 0-4 and B at 0-4 overlap"):
        write("iob2", [Annotated("a", "Oslo", (Mention(0, 2, "A"), Mention(2, 4, "B")))], tmp_path / "x", snap=True)
    with pytest.raises(DataError, match="a: A at 1-3 holds no word"):
        write("iob2", [Annotated("a", "a  b", (Mention(1, 3, "A"),))], tmp_path / "x", snap=True)


def test_of_two_spans_in_a_word_the_surer_is_kept():
    spans = (Mention(0, 1, "A", probability=0.5), Mention(2, 4, "B", probability=0.9), Mention(4, 5, "C"))
    fit, moved, left_out = fitted(Annotated("a", "Oslo  b", (*spans, Mention(6, 7, "D"))))
    assert [(m.start, m.end, m.label, m.text) for m in fit.mentions] == [(0, 4, "B", "Oslo"), (6, 7, "D", "b")]
    assert (moved, left_out) == (1, 2)


def test_a_label_with_a_blank_is_refused(tmp_path):
    with pytest.raises(DataError, match="labels without blanks"):
        write("conll", [Annotated("a", "Oslo", (Mention(0, 4, "A B"),))], tmp_path / "x")
