"""What is watched and when it is told: a rule, and the words that alerts are spoken of in."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

__all__ = ["LED", "Alert", "Change", "Finding", "Rule", "Target"]

LED = 50  # stories that an alert keeps at most
Target = tuple[str, str, str]  # rule, dimension, value


@dataclass(frozen=True)
class Rule:
    """Tell of a (dimension, value) when its stories of one sentiment in one of the windows are more than chance explains.

    `values`: some of the dimension, or None for all of them. `windows`: whole hours, rising. `chance`: the p at which an
    alert opens, of one window at one tick. Windows overlap, ticks come every five minutes, and each target is tested by
    itself, so the same stories are tested again and again: p is no rate of false alarms, and no correction is made for it.
    Which chance gives a rate that a desk can bear is found by replay (`sentiment-monitor replay --budget`). `least`:
    stories below which nothing is told. An alert is raised to severity 2 and 3 at p <= chance x `severities`; it ends
    when p has been above chance x `close` for `calm` hours. For `cool_down` hours after that only what is severer opens again.
    """

    name: str
    dimension: str
    values: tuple[str, ...] | None = None
    sentiment: str = "negative"
    windows: tuple[int, ...] = (2, 6, 24)
    chance: float = 1e-5
    least: int = 4
    close: float = 100.0
    calm: float = 2.0
    cool_down: float = 12.0
    severities: tuple[float, float] = (1e-2, 1e-4)
    channels: tuple[str, ...] = ()

    def watches(self, value: str) -> bool:
        return self.values is None or value in self.values

    def severity(self, p: float, chance: float) -> int:
        """1 to 3 for a p that opens an alert at this chance."""
        return 1 + sum(p <= chance * factor for factor in self.severities)


@dataclass(frozen=True)
class Finding:
    """The window of a target that chance explains least: `stories` of a sentiment in `hours`, where `expected` were."""

    stories: int
    hours: int
    expected: float
    p: float
    led: tuple[int, ...] = ()
    sentiment: str = "negative"

    @property
    def reason(self) -> dict[str, Any]:
        """As it is kept: a code with its numbers, worded by whoever shows it."""
        return {
            "code": "surge", "sentiment": self.sentiment, "stories": self.stories, "hours": self.hours,
            "expected": float(f"{self.expected:.4g}"), "p": float(f"{self.p:.4g}"),
        }  # fmt: skip


@dataclass(frozen=True)
class Alert:
    """A target's alert; `reason` and `led` (ids of stories, oldest first) are of its severest tick.

    `updated` is the last tick at which it still held. `id` is 0 where no store gives one.
    """

    rule: str
    dimension: str
    value: str
    opened: datetime
    updated: datetime
    severity: int
    reason: dict[str, Any] = field(default_factory=dict)
    led: tuple[int, ...] = ()
    closed: datetime | None = None
    id: int = 0

    @property
    def target(self) -> Target:
        return self.rule, self.dimension, self.value

    def cooling(self, rule: Rule, now: datetime) -> bool:
        """Whether it ended so lately that its target is left alone."""
        return self.closed is not None and now - self.closed < timedelta(hours=rule.cool_down)


@dataclass(frozen=True)
class Change:
    """What a tick did to an alert, and the alert after it. `held`: nothing to tell, but it goes on."""

    kind: Literal["opened", "raised", "held", "closed"]
    alert: Alert
    at: datetime
