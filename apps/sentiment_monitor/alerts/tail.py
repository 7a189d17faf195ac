"""How likely so many stories are by chance: the upper tail of a negative binomial."""

import math

__all__ = ["tail"]

STEPS = 10_000  # far beyond what any count needs: about the square root of the larger parameter
EXACT = 1e-15
TINY = 1e-300


def tail(count: int, expected: float, size: float) -> float:
    """P(X >= count) for a negative binomial X of this mean and size; its variance is expected + expected^2 / size.

    X >= n has the probability I_q(n, size) with q = expected / (expected + size) (DLMF 8.17.24), and the incomplete
    beta function I is computed by its continued fraction (DLMF 8.17.22, by Lentz's method), so that small tails keep
    all their digits. Raises ValueError for a mean below 0 or a size that is not above 0.

    >>> tail(14, 3.1, 5.0) < 0.01 < tail(6, 3.1, 5.0)
    True
    """
    if not expected >= 0 or not size > 0:
        raise ValueError(f"expected a mean of at least 0 and a size above 0, got {expected} and {size}")
    if count <= 0:
        return 1.0
    if expected == 0:
        return 0.0
    share = expected / (expected + size)
    if share * (count + size + 2) < count + 1:  # where the fraction converges fast
        return min(1.0, _beta(count, size, share, 1 - share))
    return max(0.0, 1 - _beta(size, count, size / (expected + size), share))


def _beta(a: float, b: float, x: float, rest: float) -> float:
    """The regularised incomplete beta function I_x(a, b); `rest` is 1 - x, which the caller knows more exactly."""
    front = math.lgamma(a + b) - math.lgamma(a + 1) - math.lgamma(b) + a * math.log(x) + b * math.log(rest)
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d, c = 1 / _not_zero(1 + term * d), _not_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < EXACT:
            break
    return math.exp(front) * value


def _not_zero(number: float) -> float:
    return number if abs(number) > TINY else TINY
