"""Reports: cases worked by hand, equality with seqeval and with our own strict counts on random BIO sets, and the tables."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entity_extractor.mentions import Annotated, Mention
from entity_extractor.reports.pairing import pairs
from entity_extractor.reports.report import Confusion, report
from entity_extractor.reports.scores import SCHEMES, counts, measure
from entity_extractor.reports.tables import to_html, to_json, to_markdown
from headwater.errors import DataError, InputError
from headwater.spans import from_bio

pytest.importorskip("nervaluate")

TEXT = "Ann Lee of Acme Steel Works met Bo in Oslo, not Rome"
ANN, ACME, BO, OSLO, ROME = (
    Mention(0, 7, "PER"),
    Mention(11, 27, "ORG"),
    Mention(32, 34, "PER"),
    Mention(38, 42, "LOC"),
    Mention(48, 52, "LOC"),
)


def one(*mentions, text=TEXT, name="a"):
    return [Annotated(name, text, mentions)]


# Gold: Ann, Acme, Bo, Oslo. Found: Ann right; Acme without "Works", so an edge; Bo as LOC, a type; Oslo missed; Rome invented.
GOLD = one(ANN, ACME, BO, OSLO)
FOUND = one(ANN, Mention(11, 21, "ORG"), Mention(32, 34, "LOC"), ROME)


def test_the_four_schemes_by_hand():
    found = report(GOLD, FOUND).overall
    numbers = {
        name: (s.correct, s.incorrect, s.partial, s.missed, s.spurious) for name, s in ((n, found[n]) for n in SCHEMES)
    }
    assert numbers == {
        "strict": (1, 2, 0, 1, 1),
        "exact": (2, 1, 0, 1, 1),
        "partial": (2, 0, 1, 1, 1),
        "type": (2, 1, 0, 1, 1),
    }
    assert {name: score.f1.value for name, score in found.items()} == pytest.approx(
        {"strict": 1 / 4, "exact": 2 / 4, "partial": 2.5 / 4, "type": 2 / 4}
    )
    assert all(score.f1.low <= score.f1.value <= score.f1.high for score in found.values())


def test_an_end_is_the_first_character_after():
    """Neighbours that only touch do not overlap: nervaluate's ends are the last characters."""
    found = report(one(Mention(0, 4, "PER")), one(Mention(4, 7, "PER"))).overall["partial"]
    assert (found.partial, found.missed, found.spurious) == (0, 1, 1)


def test_types_lengths_and_names_by_hand():
    found = report(GOLD, FOUND, seen_names=["ann  LEE", "Rome"])
    assert list(found.types) == ["LOC", "ORG", "PER"]
    assert found.types["PER"]["strict"].recall.value == pytest.approx(1 / 2)
    assert found.types["ORG"]["partial"].f1.value == pytest.approx(1 / 2)
    assert {name: (s.correct, s.missed, s.spurious) for name, s in found.lengths.items()} == {
        "1": (0, 2, 2),
        "2": (1, 0, 1),
        "3": (0, 1, 0),
    }
    assert {name: (s.correct, s.missed, s.spurious) for name, s in found.seen.items()} == {
        "seen": (1, 0, 1),
        "unseen": (0, 3, 2),
    }
    assert report(GOLD, FOUND).seen == {}


def test_confusions_by_hand():
    assert set(report(GOLD, FOUND).confusions) == {
        Confusion("PER", "PER", 1),
        Confusion("ORG", "ORG", 1),
        Confusion("PER", "LOC", 1),
        Confusion("LOC", "missed", 1),
        Confusion("invented", "LOC", 1),
    }


def test_the_largest_overlap_is_paired_and_one_place_before_all():
    gold = [Mention(0, 10, "PER")]
    found = [Mention(0, 3, "PER"), Mention(4, 10, "LOC")]
    assert [pair.outcome for pair in pairs(gold, found)] == ["invented", "edge and type"]
    assert [pair.outcome for pair in pairs(gold, [Mention(0, 10, "LOC")])] == ["type"]


def test_documents_that_do_not_compare_are_refused():
    with pytest.raises(InputError, match="1 that one of them lacks: b"):
        report(GOLD, [*FOUND, *one(name="b")])
    with pytest.raises(InputError, match="an id twice"):
        report(GOLD * 2, FOUND)
    with pytest.raises(DataError, match="a: expected the same text"):
        report(GOLD, one(text=TEXT + "."))
    with pytest.raises(InputError, match="at least one document"):
        report([], [])


LABELS = st.sampled_from(["O", "B-LOC", "I-LOC", "B-PER", "I-PER", "B-ORG", "I-ORG"])
SENTENCES = st.lists(st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=9), min_size=1, max_size=6)


def read(rows):
    """BIO labels -> documents of four-letter words; an I- that follows nothing of its type begins a name."""
    out = []
    for number, labels in enumerate(rows):
        edges = [(5 * at, 5 * at + 4) for at in range(len(labels))]
        mentions = tuple(Mention(span.start, span.end, span.label) for span in from_bio(edges, labels))
        out.append(Annotated(str(number), "word " * len(labels), mentions))
    return out


def value(tables, name, which):
    """A measure without the interval, which takes its time."""
    return measure(name, which)({name: tables[name].sum(axis=0, keepdims=True)})[0]


@settings(max_examples=30, deadline=None)
@given(SENTENCES)
def test_strict_is_seqeval(rows):
    seqeval = pytest.importorskip("seqeval.metrics")
    from seqeval.scheme import IOB2

    gold, found = (read([[pair[side] for pair in row] for row in rows]) for side in (0, 1))
    types = sorted({mention.label for document in (*gold, *found) for mention in document.mentions})
    tables = counts([one.mentions for one in gold], [one.mentions for one in found], types)
    if not types:
        assert value(tables, "strict", "f1") == 0
        return
    tidy = [bio(document) for document in gold], [bio(document) for document in found]
    table = seqeval.classification_report(*tidy, output_dict=True, mode="strict", scheme=IOB2, zero_division=0)
    for which, theirs in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-score")):
        assert value(tables, "strict", which) == pytest.approx(table["micro avg"][theirs])
        for label in types:
            assert value(tables, f"strict {label}", which) == pytest.approx(table[label][theirs])


def bio(document):
    """Labels of words with B- at every beginning, as seqeval's IOB2 wants them."""
    labels = ["O"] * (len(document.text) // 5)
    for mention in document.mentions:
        for at in range(mention.start // 5, (mention.end + 1) // 5):
            labels[at] = f"{'B' if at == mention.start // 5 else 'I'}-{mention.label}"
    return labels


def test_files():
    found = report(GOLD, FOUND, seen_names=["Rome"])
    content = json.loads(to_json(found))
    assert content["overall"]["partial"]["f1"]["value"] == 0.625
    assert content["confusions"][0]["count"] == 1
    text = to_markdown(found)
    assert "| strict | 0.250 (" in text and "| invented | 1 | 0 | 0 | 0 |" in text
    assert "1 documents, 4 gold mentions, 4 found" in text


def test_types_that_are_markup_stay_text():
    odd = one(Mention(0, 3, "<b>|x"))
    assert "<td>&lt;b&gt;|x</td>" in to_html(report(odd, odd))
    assert "| &lt;b&gt;\\|x |" in to_markdown(report(odd, odd))
