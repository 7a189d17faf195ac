"""The benchmark of corrections on a tiny encoder: it trains, reads with exact offsets, and both orders come out."""

from pathlib import Path

from entity_extractor.learning.simulate import ORDERS, gains, simulated
from entity_extractor.mentions import Annotated, Mention
from tests.apps.entity_extractor.learning.words_embedder import WordsEmbedder
from tests.benchmarks.correcting import learner
from tests.tiny_encoder import headlines, tiny_encoder


def annotated(count: int, seed: int) -> list[Annotated]:
    rows = []
    for number, row in enumerate(headlines(count, seed)):
        mentions = tuple(Mention(e["start"], e["end"], e["type"]) for e in row["entities"])
        rows.append(Annotated(str(number), row["text"], mentions))
    return rows


def test_a_simulation_with_real_training(tmp_path: Path) -> None:
    learn = learner(["LOC", "ORG"], str(tiny_encoder(tmp_path / "encoder")), 2, tmp_path, 64)
    rows, test = annotated(60, 1), annotated(20, 2)
    points = {
        order: list(simulated(rows[:30], rows[30:], test, learn, WordsEmbedder(), order, step=10, rounds=1))
        for order in ORDERS
    }
    assert [one.corrected for one in points["queue"]] == [0, 10]
    assert points["queue"][0].f1 == points["random"][0].f1, "both begin from the same model"
    (gain,) = gains(points)
    assert gain.difference.low <= gain.difference.value <= gain.difference.high
    found = learn(rows)([one.text for one in test])
    assert [one.text for one in found] == [one.text for one in test]
    assert all(one.text[span.start : span.end] == span.text for one in found for span in one.spans)
    assert all(0 <= one.doubt <= 1 for one in found)
