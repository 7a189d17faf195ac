from pathlib import Path

import pytest

from entity_extractor import formats
from entity_extractor.learning.corrected import (
    corrected,
    done_texts,
    labels_of,
    marks_of,
    progress,
    put_right,
    type_name,
)
from entity_extractor.learning.queue import Row
from headwater.errors import InputError
from headwater.spans import Span
from headwater.store import Store

TYPES = ("LOC", "ORG")
SAID = (Span(0, 4, "LOC", 0.6, "Oslo"),)
ROWS = [
    Row(f"a#{number}", text, SAID, 0.4, 1.0, "entities", "1", "d" * 64, "entities", "int8")
    for number, text in enumerate(("Oslo won.", "Oslo lost 🙂.", "Oslo drew."), 1)
]


def test_progress_counts_sentences_once_and_changes_by_the_last_person(store: Store) -> None:
    put_right(store, ROWS[0], SAID, "ann", TYPES)
    put_right(store, ROWS[1], (), "ann", TYPES)
    put_right(store, ROWS[1], SAID, "ben", TYPES)
    put_right(store, ROWS[2], (Span(0, 4, "ORG"),), "ben", TYPES)
    far = progress(ROWS, marks_of(store, ROWS))
    assert (far.done, far.changed, far.every) == (3, 1, 3)
    assert list(marks_of(store, ROWS)[ROWS[1].text]) == ["ann", "ben"]
    assert done_texts(store, "entities", "entities") == [row.text for row in ROWS]


def test_the_same_answer_twice_is_one_correction_and_back_again_is_three(store: Store) -> None:
    first = put_right(store, ROWS[0], SAID, "ann", TYPES)
    assert put_right(store, ROWS[0], SAID, "ann", TYPES).id == first.id
    put_right(store, ROWS[0], (), "ann", TYPES)
    last = put_right(store, ROWS[0], SAID, "ann", TYPES)
    assert last.id != first.id
    assert marks_of(store, ROWS)[ROWS[0].text]["ann"].id == last.id


def test_nobody_and_foreign_types_are_refused(store: Store) -> None:
    with pytest.raises(InputError, match="who"):
        put_right(store, ROWS[0], SAID, "", TYPES)
    with pytest.raises(InputError, match="expected labels of LOC, ORG"):
        put_right(store, ROWS[0], (Span(0, 4, "PER"),), "ann", TYPES)


@pytest.mark.parametrize("form", ["jsonl", "parquet", "label-studio", "conll", "iob2"])
def test_the_corrected_set_goes_out_and_comes_back(store: Store, tmp_path: Path, form: str) -> None:
    put_right(store, ROWS[1], (Span(0, 4, "ORG"),), "ann", TYPES)
    found = corrected(ROWS, marks_of(store, ROWS))
    assert [(one.id, one.meta["who"]) for one in found] == [("a#2", "ann")]
    file = tmp_path / f"out{formats.FORMATS[form].endings[0]}"
    formats.write(form, found, file)
    (back,) = formats.read(file, form)
    assert [(m.text, m.label) for m in back.mentions] == [("Oslo", "ORG")]


def test_a_new_type_has_a_name_and_a_known_one_keeps_its_own(store: Store) -> None:
    assert [type_name(given, TYPES) for given in ("org", " LOC ", "creative-work", "产品")] == [
        "ORG",
        "LOC",
        "creative-work",
        "产品",
    ]
    for wrong in ("", "two words", "-x", "9", "B" * 41, "a\nb"):
        with pytest.raises(InputError, match="expected a type"):
            type_name(wrong, TYPES)
    put_right(store, ROWS[0], (Span(0, 4, "harbour"),), "ann", (*TYPES, "harbour"))
    assert labels_of(marks_of(store, ROWS)) == {"harbour"}
