from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from entity_extractor.learning import queue
from entity_extractor.learning.doubts import Opinion
from entity_extractor.mentions import Document
from headwater.bundle import Bundle
from headwater.errors import InputError
from headwater.spans import Span
from tests.apps.entity_extractor.learning.words_embedder import WordsEmbedder


def read(texts: Sequence[str]) -> list[Opinion]:
    """Longer is more doubtful."""
    return [Opinion(text, (Span(0, 4, "LOC", 0.5, text[:4]),), min(1.0, len(text) / 100)) for text in texts]


def build(text: str, **changes: object) -> list[queue.Row]:
    return queue.build([Document("a", text)], read, WordsEmbedder(), **changes)


def test_doubt_times_novelty_by_hand() -> None:
    vectors = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
    # First row 0 (0.9). Then row 1 has 0.8 x (1 - 0.8) = 0.16, row 2 0.3 x 1 = 0.3; then row 1: 1 - max(0.8, 0.6) = 0.2.
    assert queue.ordered([0.9, 0.8, 0.3], vectors) == [(0, 1.0), (2, 1.0), (1, pytest.approx(0.2))]


def test_what_was_corrected_counts_as_chosen() -> None:
    vectors = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert [row for row, _ in queue.ordered([0.9, 0.2], vectors, np.array([[1.0, 0.0]]))] == [1, 0]


def test_a_batch_holds_no_two_of_one_pattern_while_there_is_another() -> None:
    text = "Shares of Acme rose by two percent today. Shares of Globex rose by two percent today. Rain fell in Oslo."
    assert [row.text for row in build(text, most=2)] == [
        "Shares of Globex rose by two percent today.",
        "Rain fell in Oslo.",
    ]


def test_the_same_texts_give_the_same_queue_each_sentence_once_with_its_id() -> None:
    text = "Oslo won. Rome lost again. Oslo won."
    assert build(text) == build(text)
    assert sorted((row.id, row.text) for row in build(text)) == [("a#1", "Oslo won."), ("a#2", "Rome lost again.")]


def test_corrected_sentences_are_left_out_and_none_left_is_an_error() -> None:
    assert [row.text for row in build("Oslo won. Rome lost.", done=["Oslo won."])] == ["Rome lost."]
    with pytest.raises(InputError, match="all corrected already"):
        build("Oslo won.", done=["Oslo won."])


def test_personal_data_is_masked_as_in_the_store() -> None:
    (row,) = build("Oslo: write to ann@example.org now.")
    assert row.text == "Oslo: write to [email] now."
    (again,) = build(row.text)
    assert again.text == row.text


def test_a_queue_comes_back_from_its_file_as_it_was(tmp_path: Path, tiny: object) -> None:
    bundle: Bundle = tiny(tmp_path / "entities", "entities")  # type: ignore[operator]
    rows = build("Oslo 🙂 won “again”. Rome lost.")
    kept = queue.save(rows, tmp_path / "q.jsonl", bundle, "entities", "int8")
    assert queue.open_queue(tmp_path / "q.jsonl") == kept
    assert [row.text for row in kept] == [row.text for row in rows]
    assert {(row.bundle, row.digest, row.head) for row in kept} == {("entities", bundle.digest, "entities")}
    assert [s.probability for row in queue.open_queue(tmp_path / "q.jsonl") for s in row.said] == [0.5, 0.5]
