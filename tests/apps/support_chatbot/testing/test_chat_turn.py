"""What the benchmark of a turn measures, and that what it measured is within its goal."""

import json
from pathlib import Path

from tests.benchmarks.chat_turn import GOAL, Searches, percentiles, with_typo

RESULT = Path(__file__).parents[3] / "benchmarks" / "results" / "chat_turn.json"


def test_percentiles_by_hand() -> None:
    found = percentiles([float(number) for number in range(101)])
    assert found == {"turns": 101, "p50": 50.0, "p95": 95.0, "p99": 99.0, "longest": 100.0}


def test_a_typo_changes_one_word_and_no_letter() -> None:
    assert with_typo("Can I block gambling payments?") == "Can I block gambling pamyents?"
    for text in ("a b", "to be", "x", "Where's my card?"):
        assert sorted(with_typo(text)) == sorted(text)


def test_searches_are_counted_and_passed_on() -> None:
    class Index:
        def search(self, question: str, k: int = 5) -> list[str]:
            return [question] * k

    seen: list[str] = []
    assert Searches(Index(), seen).search("a", 2) == ["a", "a"]
    assert seen == ["a"]


def test_the_measured_turns_are_within_the_goal() -> None:
    content = json.loads(RESULT.read_text(encoding="utf-8"))
    assert content["all"]["turns"] == content["searching"]["turns"] + content["not searching"]["turns"]
    assert content["all"]["turns"] >= 300
    assert content["all"]["p95"] <= GOAL
