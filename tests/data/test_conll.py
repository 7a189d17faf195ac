import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

import headwater.data.conll
from headwater.data.conll import read_conll, to_iob2
from headwater.data.readers import join_tokens, read_file
from headwater.errors import DataError
from headwater.spans import Span, bio_labels, from_bio, to_bio

# "John Smith of New York , York Bank" : two places that touch, a name of one word, a name of two
TOKENS = "John Smith of New York York Acme Bank".split()
SCHEMES = {
    "IOB1": "I-PER I-PER O I-LOC I-LOC B-LOC I-ORG I-ORG",
    "IOB2": "B-PER I-PER O B-LOC I-LOC B-LOC B-ORG I-ORG",
    "IOBES": "B-PER E-PER O B-LOC E-LOC S-LOC B-ORG E-ORG",
    "BILOU": "B-PER L-PER O B-LOC L-LOC U-LOC B-ORG L-ORG",
}


def test_the_examples_run():
    assert doctest.testmod(headwater.data.conll) == (0, 1)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_becomes_iob2(scheme):
    assert to_iob2(SCHEMES[scheme].split(), "doc") == SCHEMES["IOB2"].split()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("separator", [" ", "\t", " NNP B-NP "])
def test_every_scheme_reads_as_the_same_spans(written, scheme, separator):
    lines = [f"{token}{separator}{tag}\n" for token, tag in zip(TOKENS, SCHEMES[scheme].split(), strict=True)]
    (row,) = read_file(written("a.conll", "".join(lines)))
    assert row.text == " ".join(TOKENS)
    assert {(row.text[s.start : s.end], s.label) for s in row.targets["spans"]} == {
        ("John Smith", "PER"), ("New York", "LOC"), ("York", "LOC"), ("Acme Bank", "ORG"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("tags", "iob2"),
    [
        ("O I-PER", "O B-PER"),
        ("I-PER I-LOC", "B-PER B-LOC"),
        ("B-PER I-LOC", "B-PER B-LOC"),
        ("S-PER I-PER", "B-PER B-PER"),  # what ended does not go on
        ("E-PER E-PER", "B-PER B-PER"),
        ("B-creative-work I-creative-work", "B-creative-work I-creative-work"),
        ("", ""),
    ],
)
def test_tags_that_begin_where_no_span_is_open(tags, iob2):
    assert to_iob2(tags.split(), "doc") == iob2.split()


@pytest.mark.parametrize("tag", ["", "X", "PER", "B-", "B", "O-PER", "o", "B_PER", "I -PER", "Q-PER"])
def test_other_tags_are_refused_with_their_number(tag):
    with pytest.raises(DataError, match=r"^rows: ner_tags, tag 2: expected O or a tag such as B-PER"):
        to_iob2(["O", tag], "rows")


@given(st.lists(st.tuples(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=6),
                          st.sampled_from(bio_labels(["LOC", "PER"]))), max_size=15), st.sampled_from(["", " "]))  # fmt: skip
def test_tokens_and_tags_to_spans_and_back(rows, joiner):
    tokens, tags = [token for token, _ in rows], to_iob2([tag for _, tag in rows], "doc")
    text, edges = join_tokens(tokens, joiner)
    assert [text[start:end] for start, end in edges] == tokens
    spans = from_bio(edges, tags)
    assert to_bio(edges, spans) == tags
    assert all(isinstance(span, Span) and span.start < span.end for span in spans)


def test_sentences_are_parted_by_empty_lines_and_documents_by_docstart():
    lines = [
        "-DOCSTART- -X- -X- O\n",
        "\n",
        "a O\n",
        "b B-X\n",
        "\n",
        " \n",
        "c O\n",
        "-DOCSTART- -X- -X- O\n",
        "d O\n",
    ]
    assert list(read_conll(lines, "f")) == [(3, ["a", "b"], ["O", "B-X"]), (7, ["c"], ["O"]), (9, ["d"], ["O"])]


def test_a_blank_of_another_kind_may_be_a_token():
    assert list(read_conll(["\u00a0 O\n", "\u3000\tO\n"], "f")) == [(1, ["\u00a0", "\u3000"], ["O", "O"])]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a O\nb\n", r"a\.conll:2:1: expected a token and its tag parted by a blank, got 'b'"),
        ("a NN O\nb O\n", r"a\.conll:2:1: expected 3 columns as in the lines before, got 2"),
        ("a O\n\nbank B_PER\n", r"a\.conll:3:6: expected O or a tag such as B-PER or I-PER, got 'B_PER'"),
        ("", r"a\.conll: expected rows, found none"),
        ("\n\n-DOCSTART- O\n", r"a\.conll: expected rows, found none"),
        (b"a O\nZ\xfcrich B-LOC\n", r"a\.conll:2:2: expected UTF-8, got the byte 0xfc"),
    ],
)
def test_faults_have_file_line_and_column(written, content, said):
    with pytest.raises(DataError, match=said):
        read_file(written("a.conll", content))
