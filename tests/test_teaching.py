"""Corrections as a lesson: what is new, what is too early to know it, what is replayed, and a recipe that can be followed."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from headwater.bundle import Head
from headwater.data.corpus import load_corpus
from headwater.data.example import Example
from headwater.errors import InputError
from headwater.recipe import load_recipe
from headwater.spans import Span, bio_labels
from headwater.store.corrections import Correction
from headwater.teaching import FEWEST, LATE, Lesson, Marked, filled, lesson_of, replayed, rows_again, write_lesson
from tests.tiny import tiny_bundle

HEAD = Head("entities", "token", bio_labels(["LOC", "ORG"]), "entities")
RECIPE = {
    "encoder": "minilm-l6", "limits": ["Only prose."], "licence": "MIT", "description": "Names.",
    "heads": [{"name": "entities", "kind": "token", "decoder": "crf"}],
    "training": {"max_length": 32, "stride": 4, "casing": False, "epochs": 9, "label_smoothing": 0.05},
}  # fmt: skip


def correction(text: str, *spans: Span) -> Correction:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    return Correction(text, spans, (), "ann", "tiny", "1", "d" * 64, "entities", "token", created=when)


def sentence(number: int) -> str:
    return f"Oslo buys gold {number}"


class Says:
    """A tagger that finds Oslo, and gold: the one surely, the other not."""

    def predict(self, texts):
        return [
            tuple(
                Span(text.index(word), text.index(word) + len(word), label, sure, word)
                for word, label, sure in (("Oslo", "LOC", 0.99), ("gold", "ORG", 0.5))
                if word in text
            )
            for text in texts
        ]


def test_types_that_the_head_lacks_are_new_and_sentences_before_their_first_mark_are_earlier() -> None:
    product, place = Span(10, 14, "product"), Span(0, 4, "LOC")
    given = [correction(sentence(n), place) for n in range(5)]
    given += [correction(sentence(n), place, product) for n in range(5, 20)]
    given += [correction(sentence(n), place) for n in range(20, 25)]
    lesson = lesson_of(given, HEAD)
    assert (lesson.known, lesson.new) == (("LOC", "ORG"), ("product",))
    assert [row.text for row in lesson.earlier] == [sentence(n) for n in range(5)]
    assert [row.text for row in lesson.corrected] == [sentence(n) for n in range(5, 25)]  # the last five hold none


def test_before_the_last_of_two_new_types_an_o_says_nothing_and_what_is_said_again_is_said_then() -> None:
    product, act = Span(10, 14, "product"), Span(5, 9, "act")
    given = [correction(sentence(n), product) for n in range(20)]
    given += [correction(sentence(n), act, product) for n in range(20, 40)]
    lesson = lesson_of([*given, correction(sentence(0), act, product)], HEAD)
    assert [row.text for row in lesson.earlier] == [sentence(n) for n in range(1, 20)]
    assert {row.spans for row in lesson.earlier} == {(product,)}
    assert len(lesson.corrected) == 21
    with pytest.raises(InputError, match=f"at least {LATE} sentences since the first mark of act, got 1"):
        lesson_of(given[:21], HEAD)


def test_of_one_text_the_last_word_counts_and_too_few_are_refused() -> None:
    given = [correction(sentence(n), Span(0, 4, "ORG")) for n in range(FEWEST)]
    lesson = lesson_of([*given, correction(sentence(0))], HEAD)
    assert lesson.new == ()
    assert {row.text: row.spans for row in lesson.corrected}[sentence(0)] == ()
    with pytest.raises(InputError, match=f"at least {FEWEST} corrected sentences.*got {FEWEST - 1}"):
        lesson_of(given[1:], HEAD)


def test_sure_spans_of_known_types_stand_beside_what_people_marked_and_never_over_it() -> None:
    rows = [Marked("Oslo buys gold", (Span(10, 14, "product"),)), Marked("Oslo", (Span(0, 4, "product"),))]
    first, second = filled(rows, Says(), ("LOC", "ORG"))
    assert first.spans == (Span(0, 4, "LOC"), Span(10, 14, "product"))
    assert second.spans == (Span(0, 4, "product"),)
    assert filled(rows[:1], Says(), ("ORG",))[0].spans == (Span(10, 14, "product"),)


def test_texts_in_which_the_model_is_unsure_are_not_replayed() -> None:
    texts = ["Oslo", "Oslo buys gold", " Oslo 2 ", "rain", "", "rain", "Oslo 3"]
    found = {row.text: row.spans for row in replayed(texts, Says(), 10, taken=["Oslo 3"])}
    assert found == {"Oslo": (Span(0, 4, "LOC"),), "Oslo 2": (Span(0, 4, "LOC"),), "rain": ()}
    assert len(replayed(texts, Says(), 2)) == 2
    assert replayed(texts, Says(), 2) == replayed(reversed(texts), Says(), 2)


def test_labelled_rows_must_mark_the_types_that_the_head_has() -> None:
    row = Example("Oslo", targets={"spans": (Span(0, 4, "LOC"),)}, where="a:1")
    assert rows_again([row, row], "a", ("LOC", "ORG"), 5) == [Marked("Oslo", (Span(0, 4, "LOC"),))]
    assert rows_again([row], "a", ("LOC",), 5, taken=["Oslo"]) == []
    with pytest.raises(InputError, match="a: expected rows that mark PER, got LOC: give them as --texts"):
        rows_again([row], "a", ("PER",), 5)
    with pytest.raises(InputError, match="got no spans"):
        rows_again([Example("rain", where="a:1")], "a", ("LOC",), 5)


@pytest.fixture
def bundle(tmp_path: Path):
    made = tiny_bundle(tmp_path / "tiny", "entities")
    return replace(made, manifest=replace(made.manifest, recipe=RECIPE))


def lesson(count: int = 40) -> Lesson:
    rows = [Marked(sentence(n), (Span(0, 4, "LOC"), Span(10, 14, "product"))) for n in range(count)]
    early = [Marked(f"London {n}", (Span(0, 6, "LOC"),)) for n in range(10)]
    again = [Marked(f"Acme in Oslo {n}", (Span(0, 4, "ORG"), Span(8, 12, "LOC"))) for n in range(100)]
    return Lesson(("LOC", "ORG"), ("product",), rows, early, again)


@pytest.mark.parametrize(("marks", "open_types"), [("all", ()), ("new", ("LOC", "ORG"))])
def test_the_recipe_can_be_followed_and_says_what_each_row_lacks(tmp_path: Path, bundle, marks, open_types) -> None:
    recipe = load_recipe(write_lesson(tmp_path / "lesson", bundle, bundle.manifest.heads[0], lesson(), marks, epochs=2))
    assert (recipe.name, recipe.version, recipe.encoder, recipe.licence) == ("tiny", "2", "minilm-l6", "MIT")
    assert recipe.start == str(bundle.folder)
    (head,) = recipe.heads
    assert (head.labels, head.decoder) == (["LOC", "ORG", "product"], "crf")
    assert (recipe.training.epochs, recipe.training.max_length, recipe.training.label_smoothing) == (2, 32, 0.0)
    assert recipe.limits[0] == "Only prose."
    corpus = load_corpus(recipe)
    held = {row.text for row in corpus.test}
    learnt = [*corpus.train, *corpus.validation, *corpus.calibration]
    assert len(held) == 6 + 15  # 15 % of 40 and of 100; of the ten earlier ones none
    assert held.isdisjoint(row.text for row in learnt)
    assert len({row.text for row in learnt}) == 34 + 10 + 85
    lacks = {row.text.split()[0]: (row.lacks, row.repeat) for row in learnt}
    assert lacks == {"Oslo": (open_types, 4), "London": (("product", *open_types), 4), "Acme": ((), 1)}
    assert set(corpus.also) == {"test-corrected.jsonl", "test-replay.jsonl"}


def test_replay_may_hold_new_types_where_one_says_so(tmp_path: Path, bundle) -> None:
    file = write_lesson(tmp_path / "lesson", bundle, bundle.manifest.heads[0], lesson(), open_replay=True)
    found = {row.text.split()[0]: row.lacks for row in load_corpus(load_recipe(file)).train}
    assert found == {"Oslo": (), "London": ("product",), "Acme": ("product",)}


def test_bundles_that_cannot_be_taught_are_told(tmp_path: Path, bundle) -> None:
    bare = tiny_bundle(tmp_path / "bare", "entities")
    with pytest.raises(InputError, match="got heads entities, no recipe"):
        write_lesson(tmp_path / "lesson", bare, bare.manifest.heads[0], lesson())
    two = tiny_bundle(tmp_path / "two", "entities", "topics")
    two = replace(two, manifest=replace(two.manifest, recipe=RECIPE))
    with pytest.raises(InputError, match="got heads entities, topics, a recipe"):
        write_lesson(tmp_path / "lesson", two, two.manifest.heads[0], lesson())
    assert not (tmp_path / "lesson").exists()
