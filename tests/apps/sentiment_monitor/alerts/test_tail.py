import math

import pytest

from sentiment_monitor.alerts.tail import tail

CASES = [
    (count, mean, size)
    for mean in (0.01, 0.3, 3.1, 40.0, 900.0)
    for size in (0.05, 0.5, 5.0, 200.0, 1e4)
    for count in (1, 2, 5, 14, 60, 1000)
]


def test_one_story_by_hand() -> None:
    # P(X = 0) = (size / (size + mean))^size
    assert tail(1, 3.0, 2.0) == pytest.approx(1 - (2 / 5) ** 2, rel=1e-12)
    assert tail(2, 3.0, 2.0) == pytest.approx(1 - (2 / 5) ** 2 * (1 + 2 * 3 / 5), rel=1e-12)


def test_agrees_with_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    told = 0
    for count, mean, size in CASES:
        right = stats.nbinom.sf(count - 1, size, size / (size + mean))
        if right > 1e-280:
            assert tail(count, mean, size) == pytest.approx(right, rel=1e-6), (count, mean, size)
            told += 1
    assert told > 100


def test_edges() -> None:
    assert tail(0, 3.0, 1.0) == 1.0
    assert tail(1, 0.0, 1.0) == 0.0
    assert 0 <= tail(100_000, 1.0, 1.0) < 1e-300
    for mean, size in ((-1.0, 1.0), (1.0, 0.0), (math.nan, 1.0), (1.0, math.nan)):
        with pytest.raises(ValueError, match="expected a mean of at least 0 and a size above 0"):
            tail(3, mean, size)
