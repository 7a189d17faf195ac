import numpy as np

from sentiment_monitor.stories.held import ROWS, START, Block


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_finds_what_a_plain_product_finds_over_several_blocks():
    generator = np.random.default_rng(7)
    vectors = unit(generator.normal(size=(ROWS + 100, 8)))
    times = generator.uniform(0, 1000, len(vectors))
    block = Block(8)
    for vector, at in zip(vectors, times, strict=True):
        block.add(vector, at)
    asked, when = vectors[[3, ROWS + 50]], [500.0, 200.0]
    found = block.near(asked, when, 0.7, 300, 20)
    plain = np.round(asked @ vectors.astype(np.float16).astype(np.float32).T, 4)
    for item, rows in enumerate(found):
        right = [row for row in np.flatnonzero(plain[item] >= 0.7) if abs(times[row] - when[item]) <= 300]
        assert len(right) > 20
        assert [row for row, _ in rows] == sorted(right, key=lambda row: (-plain[item, row], row))[:20]


def test_a_freed_row_is_not_found_and_used_again():
    block = Block(2)
    vector = np.array([[1.0, 0.0]], np.float32)
    rows = [block.add(vector[0], 0.0) for _ in range(START + 1)]
    assert sorted(rows) == list(range(START + 1))
    block.remove(rows[5])
    assert rows[5] not in {row for row, _ in block.near(vector, [0.0], 0.9, 1, 10_000)[0]}
    assert block.add(vector[0], 0.0) == rows[5]


def test_nothing_held_or_asked_finds_nothing():
    assert Block(2).near(np.array([[1.0, 0.0]], np.float32), [0.0], 0.0, 1, 5) == [[]]
    assert Block(2).near(np.zeros((0, 2), np.float32), [], 0.0, 1, 5) == []
