import json

import pytest

import tests.benchmarks.story_pairs as tool
from tests.benchmarks.story_texts import told


def rows():
    return [json.loads(line) for line in tool.FILE.read_text(encoding="utf-8").splitlines()]


def test_the_pairs_are_many_distinct_and_name_texts_without_holding_them():
    guide, *pairs = rows()
    assert list(guide) == ["guide"]
    assert len(pairs) >= 400
    assert len({frozenset((row["a"], row["b"])) for row in pairs}) == len(pairs)
    assert all(set(row) == {"a", "b", "first", "second", "label"} for row in pairs)
    assert all(row["label"] == row["first"] for row in pairs if row["first"] == row["second"])
    feed = told("feed")
    assert all(name in feed for row in pairs for name in (row["a"], row["b"]) if name.startswith("feed/"))


def test_kappa_is_zero_where_agreement_is_by_chance():
    assert tool.kappa([1, 1, 0, 0], [1, 0, 1, 0]) == pytest.approx(0)
    assert tool.kappa([1, 0, 1], [1, 0, 1]) == pytest.approx(1)


def test_halves_share_no_text():
    pairs = [
        tool._pair(row, told("feed")[row["a"]], told("feed")[row["b"]], 0.5)
        for row in rows()[1:]
        if row["a"].startswith("feed/")
    ]
    tuned, held = tool.halves(pairs)
    names = [{name for group in half for pair in group for name in (pair.a, pair.b)} for half in (tuned, held)]
    assert len(pairs) > 50
    assert not names[0] & names[1]
    assert sum(len(group) for half in (tuned, held) for group in half) == len(pairs)
