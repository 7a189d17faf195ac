"""The bench: what is counted, in which order, and what is reported."""

import math

import pytest

from headwater.bench.engines import NAMES, build
from headwater.bench.measure import ceiling_gflops, flop, measure
from headwater.errors import InputError


def test_flop_of_one_text_by_hand() -> None:
    # h 2, i 8, one layer, 3 tokens: 3 x 2 x (4 x 4 + 2 x 2 x 8) = 288, and 4 x 9 x 2 = 72
    assert flop([3], hidden=2, intermediate=8, layers=1) == 360
    assert flop([3, 3], 2, 8, 2) == 4 * 360


def test_engines_take_turns_and_each_round_another_begins() -> None:
    calls: list[tuple[str, int]] = []
    engines = {name: (lambda texts, name=name: calls.append((name, len(texts)))) for name in "ab"}
    found = measure(engines, ["x"] * 40, ["x"], rounds=2)
    assert calls[:2] == [("a", 32), ("b", 32)], "warming up"
    assert calls[2:] == [("a", 40), ("b", 40), ("a", 1), ("b", 1), ("b", 40), ("a", 40), ("b", 1), ("a", 1)]
    assert found.keys() == {"a", "b"}


def test_figures_are_medians(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([2.0, 0.010, 9.0, 0.010, 4.0, 0.030])  # a round's set, then its one text
    monkeypatch.setattr("headwater.bench.measure._timed", lambda engine, texts: next(seconds))
    found = measure({"a": lambda texts: None}, ["x"] * 8, ["x"], rounds=3)["a"]
    assert found.texts_per_s == 2.0  # 8 texts in the median of 2, 4 and 9 s
    assert found.p50_ms == pytest.approx(10)
    assert 29 < found.p99_ms <= 30


def test_the_ceiling_is_a_rate() -> None:
    found = ceiling_gflops(threads=1, windows=1, seconds=0.05)
    assert math.isfinite(found)
    assert found > 0.1


def test_an_unknown_engine_is_named(tmp_path) -> None:
    assert len(NAMES) == 6
    with pytest.raises(InputError, match="'openvino-1'"):
        build(["openvino-1"], None, "minilm-l6", 1, tmp_path)
