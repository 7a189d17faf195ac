"""What is said of a new type: kept under a head of its own, out again as examples and as training rows, and never beside names."""

import json
from pathlib import Path

import pytest

from entity_extractor.learning import new_types
from entity_extractor.learning.remembering import Remembering
from headwater.errors import InputError
from headwater.spans import Span
from headwater.store import open_store
from headwater.store.corrections import Correction, record
from headwater.store.training_rows import export
from tests.apps.entity_extractor.learning.words_embedder import WordsEmbedder

TEXTS = [f"We bought the Tidebox {n} in {place}" for n, place in enumerate(("Oslo", "Rome", "Bern", "Kyiv", "Lyon"))]


@pytest.fixture
def store(tmp_path: Path):
    with open_store(str(tmp_path / "store.sqlite")) as opened:
        yield opened


@pytest.fixture
def bundle(tmp_path: Path, tiny):
    return tiny(tmp_path / "sentences", "vector")


def mark(store, bundle, text: str, words: str | None, said=None):
    spans = [] if words is None else [Span(text.index(words), text.index(words) + len(words), "PRODUCT")]
    return new_types.answer(store, bundle, "PRODUCT", text, spans, said, "ann")


def test_an_answer_stands_under_a_head_of_its_own_and_the_last_one_counts(store, bundle, tmp_path: Path) -> None:
    mark(store, bundle, TEXTS[0], "Tidebox")
    mark(store, bundle, TEXTS[0], "Tidebox 0", said=[Span(14, 21, "PRODUCT", 0.7)])
    mark(store, bundle, TEXTS[1], None, said=[Span(0, 2, "PRODUCT", 0.6)])
    record(store, Correction(TEXTS[0], (), (), "ann", "entities", "1", "d", "entities", "token"))
    known = new_types.taught(store, "PRODUCT")
    assert new_types.begun(store) == ["PRODUCT"]
    assert (known.spans, len(known.answers)) == (1, 2)
    assert [[m.text for m in one.mentions] for one in known.examples] == [["Tidebox 0"], []]
    assert {one.bundle for one in known.answers.values()} == {bundle.manifest.name}
    with pytest.raises(InputError, match="corrections of one head"):
        export(store, tmp_path / "rows.jsonl")
    assert export(store, tmp_path / "rows.jsonl", head="new-type:PRODUCT").rows == 2
    rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    assert [row["entities"] for row in rows] == [[{"start": 14, "end": 23, "type": "PRODUCT"}], []]


def test_suggestions_leave_out_what_was_answered_likeliest_first(store, bundle) -> None:
    for text in TEXTS[:3]:
        mark(store, bundle, text, "Tidebox")
    items = new_types.suggest(WordsEmbedder(), new_types.taught(store, "PRODUCT"), [*TEXTS, "They left early"])
    assert items and {item.text for item in items} <= {*TEXTS[3:], "They left early"}
    assert [item.likely for item in items] == sorted((item.likely for item in items), reverse=True)
    assert any("Tidebox" in span.text for span in items[0].spans)
    assert all(item.text[span.start : span.end] == span.text for item in items for span in item.spans)


def test_nobody_and_spans_outside_are_refused(store, bundle) -> None:
    with pytest.raises(InputError, match="expected who"):
        new_types.answer(store, bundle, "PRODUCT", "a", (), None, "")
    with pytest.raises(InputError, match="expected 0 <= start"):
        new_types.answer(store, bundle, "PRODUCT", "a", [Span(0, 9, "PRODUCT")], None, "ann")


@pytest.mark.parametrize(("name", "fits"), [("PRODUCT", True), ("legal_act-2", True), ("2X", False), ("a b", False), ("", False), ("x" * 41, False)])  # fmt: skip
def test_what_a_type_may_be_called(name: str, fits: bool) -> None:
    assert new_types.is_kind(name) is fits


def test_an_embedder_that_remembers_gives_the_same_and_reads_nothing_twice() -> None:
    read: list[str] = []

    class Counting(WordsEmbedder):
        def predict(self, texts):
            read.extend(texts)
            return super().predict(texts)

    plain, kept = WordsEmbedder(), Remembering(Counting(), most=3)
    for texts in (["a b", "c", "a b"], ["c", "d", "e"], ["a b"]):
        assert (kept.predict(texts) == plain.predict(texts)).all()
    assert read == ["a b", "c", "d", "e", "a b"], "above three they are forgotten"
