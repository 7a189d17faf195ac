"""What the likeliest intents of a question call for: an answer, a question back, or a search."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["ANSWER", "ASK", "SEARCH", "Zones"]

ANSWER, ASK, SEARCH = "answer", "ask", "search"


@dataclass(frozen=True)
class Zones:
    """Thresholds: `answer` and `ask` are probabilities, `find` is the least cosine of a quote.

    `out_of_scope` is the label of what no intent covers, None where the model has no such label.
    """

    answer: float
    ask: float
    find: float
    out_of_scope: str | None = None

    def zone(self, top: Sequence[tuple[str, float]]) -> str:
        """Return ANSWER, ASK or SEARCH for intents with their probabilities, likeliest first.

        >>> zones = Zones(answer=0.8, ask=0.6, find=0.5, out_of_scope="oos")
        >>> zones.zone([("card_arrival", 0.9)])
        'answer'
        >>> zones.zone([("oos", 0.35), ("card_arrival", 0.33), ("card_linking", 0.3)])
        'ask'
        >>> zones.zone([("oos", 0.9), ("card_arrival", 0.05)])
        'search'
        """
        if not top:
            return SEARCH
        label, probability = top[0]
        if label != self.out_of_scope and probability >= self.answer:
            return ANSWER
        closest = [share for label, share in top if label != self.out_of_scope][:2]
        return ASK if len(closest) == 2 and sum(closest) >= self.ask else SEARCH

    def closest(self, top: Sequence[tuple[str, float]]) -> tuple[str, ...]:
        """The two likeliest intents in scope, likeliest first."""
        return tuple(label for label, _ in top if label != self.out_of_scope)[:2]
