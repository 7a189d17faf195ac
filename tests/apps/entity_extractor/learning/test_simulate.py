from collections.abc import Callable, Sequence

import pytest

from entity_extractor.learning.doubts import Opinion
from entity_extractor.learning.simulate import gains, simulated
from entity_extractor.mentions import Annotated, Mention
from headwater.errors import InputError
from headwater.spans import Span
from tests.apps.entity_extractor.learning.words_embedder import WordsEmbedder

NAMES = [f"Name{letter}" for letter in "abcdefghijklmnopqrst"]


def row(name: str, number: int) -> Annotated:
    text = f"{name} fell {number}"
    return Annotated(text, text, (Mention(0, len(name), "LOC", name),))


# Nineteen of twenty sentences are of a name that is known already: what is learnt at random is mostly old.
POOL = [row(NAMES[0], number) for number in range(380)] + [row(name, 0) for name in NAMES[1:]]
TEST = [row(name, 999) for name in NAMES]


def learner(rows: Sequence[Annotated]) -> Callable[[Sequence[str]], list[Opinion]]:
    """It marks the names that it was shown, and doubts what it was not."""
    known = {mention.text for one in rows for mention in one.mentions}

    def read(texts: Sequence[str]) -> list[Opinion]:
        said = [text.split()[0] for text in texts]
        return [
            Opinion(text, (Span(0, len(name), "LOC"),) if name in known else (), 0.05 if name in known else 0.5)
            for text, name in zip(texts, said, strict=True)
        ]

    return read


def run(order: str) -> list:
    return list(simulated(POOL[:1], POOL[1:], TEST, learner, WordsEmbedder(), order, step=10, rounds=2))


def test_the_queue_finds_what_random_order_misses() -> None:
    points = {order: run(order) for order in ("queue", "random")}
    assert [one.corrected for one in points["queue"]] == [0, 10, 20]
    assert points["queue"][0].f1 == points["random"][0].f1
    assert points["queue"][0].f1.value == pytest.approx(2 / 21)  # one of twenty: P 1, R 1/20
    assert points["queue"][2].f1.value == 1
    last = gains(points)[-1]
    assert last.corrected == 20
    assert last.queue == pytest.approx(100 * (1 - 2 / 21) / 20)
    assert last.difference.low > 0
    assert last.difference.value == pytest.approx(points["queue"][2].f1.value - points["random"][2].f1.value)


def test_a_simulation_is_the_same_again_and_ends_with_its_pool() -> None:
    assert [one.f1 for one in run("random")] == [one.f1 for one in run("random")]
    short = list(simulated(POOL[:1], POOL[1:6], TEST, learner, WordsEmbedder(), step=10, rounds=9))
    assert [one.corrected for one in short] == [0, 5]


def test_an_order_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="queue, random"):
        run("best")
