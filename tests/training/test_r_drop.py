"""R-Drop against its formula, and in a training that uses it."""

import numpy as np
import pytest
import torch
from scipy.special import expit, rel_entr, softmax

from headwater.bundle import Head
from headwater.training.fit import fit
from headwater.training.r_drop import divergence, twice
from tests.tiny_encoder import headlines, tiny_recipe

TONE, NAMES, TOPICS = (
    Head("tone", "single", ("a", "b", "c"), "tone"),
    Head("names", "token", ("O", "B-X", "I-X"), "names"),
    Head("topics", "multi", ("x", "y"), "topics"),
)


def draw(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def of(head: Head, logits: np.ndarray, target: list) -> float:
    return float(divergence([head], {head.output: torch.tensor(logits)}, {head.name: torch.tensor(target)}, {}))


def halves(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return rows[0::2], rows[1::2]


def symmetric(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    return (rel_entr(p, q) + rel_entr(q, p)).sum(-1) / 2


def test_rows_are_doubled_in_tables_too() -> None:
    found = twice({"ids": torch.tensor([[1], [2]]), "targets": {"tone": torch.tensor([0, 1])}})
    assert found["ids"].tolist() == [[1], [1], [2], [2]]
    assert found["targets"]["tone"].tolist() == [0, 0, 1, 1]


def test_equal_passes_are_not_apart() -> None:
    half = draw(4, 3)
    assert of(TONE, np.repeat(half, 2, axis=0), [0, 0, 1, 1, 2, 2, 0, 0]) == 0


def test_labels_of_rows() -> None:
    logits = draw(8, 3)
    p, q = halves(softmax(logits, axis=-1))
    wanted = symmetric(p, q)[[0, 2, 3]].mean()  # the second row has no label
    assert of(TONE, logits, [0, 0, -100, -100, 2, 2, 0, 0]) == pytest.approx(wanted, rel=1e-5)


def test_labels_of_words() -> None:
    logits = draw(4, 5, 3)
    p, q = halves(softmax(logits, axis=-1))
    target = np.array([[-100, 0, 1, 2, -100], [-100, 0, -100, -100, -100]])
    wanted = symmetric(p, q)[target >= 0].mean()
    assert of(NAMES, logits, np.repeat(target, 2, axis=0).tolist()) == pytest.approx(wanted, rel=1e-5)


def test_sets_of_labels() -> None:
    logits = draw(4, 2)
    yes, other = halves(expit(logits))
    apart = symmetric(np.stack([yes, 1 - yes], -1), np.stack([other, 1 - other], -1))
    target = [[1.0, 0.0]] * 2 + [[float("nan"), float("nan")]] * 2
    assert of(TOPICS, logits, target) == pytest.approx(apart[0].mean(), rel=1e-4)


def test_heads_count_by_their_weights() -> None:
    logits = {"tone": torch.tensor(draw(4, 3)), "names": torch.tensor(draw(4, 5, 3, seed=1))}
    targets = {"tone": torch.tensor([0, 0, 1, 1]), "names": torch.zeros(4, 5, dtype=torch.long)}
    tone = of(TONE, draw(4, 3), [0, 0, 1, 1])
    names = of(NAMES, draw(4, 5, 3, seed=1), targets["names"].tolist())
    found = divergence([TONE, NAMES], logits, targets, {"names": 0.1})
    assert float(found) == pytest.approx(tone + 0.1 * names, rel=1e-5)


def test_no_labels_no_divergence() -> None:
    assert of(TONE, draw(4, 3), [-100] * 4) == 0


def test_training_by_two_passes(tmp_path) -> None:
    report = fit(tiny_recipe(tmp_path / "a", headlines(400), epochs=6, r_drop=1.0), tmp_path / "a" / "run").report
    assert report["heads"]["label"]["metrics"]["accuracy"]["value"] > 0.9
    report = fit(tiny_recipe(tmp_path / "b", headlines(60), epochs=1, r_drop=1e4), tmp_path / "b" / "run").report
    first = next(entry["loss"] for entry in report["history"] if "loss" in entry)
    assert first > 2 * np.log(3), "the distance of the passes is part of the loss"
