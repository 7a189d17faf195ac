"""The confidence dial: how sure the bot must be before it answers by itself.

A bundle that was calibrated carries thresholds, each chosen so that at most a stated share of the answers is
wrong; the dial then has these stops. For a bundle without them it is a plain least probability.
"""

from dataclasses import dataclass

from headwater.bundle import Threshold

__all__ = ["PLAIN", "Stop", "middle", "stops"]

PLAIN = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Stop:
    """A position of the dial. `risk` and `coverage` are None where nothing was measured."""

    least: float
    risk: float | None = None
    coverage: float | None = None


def stops(thresholds: tuple[Threshold, ...]) -> list[Stop]:
    """The positions, boldest first: the largest risk, or the smallest probability.

    >>> [stop.least for stop in stops(())][:2]
    [0.3, 0.4]
    """
    if not thresholds:
        return [Stop(least) for least in PLAIN]
    ordered = sorted(thresholds, key=lambda entry: -entry.risk)
    return [Stop(entry.threshold, entry.risk, entry.coverage) for entry in ordered]


def middle(positions: list[Stop]) -> Stop:
    """Where the dial stands at first."""
    return positions[len(positions) // 2]
