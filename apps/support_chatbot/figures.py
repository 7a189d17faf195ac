"""What the page of figures shows, decided without a page: its windows, its sentence, its rows, and what led to each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from headwater.intervals import Interval
from headwater.ui.colours import ACCENT, BAD, GOOD, OTHER, Ink
from support_chatbot.records.outcomes import OUTCOMES, Counted, Outcomes

__all__ = ["INKS", "WINDOWS", "Figure", "behind", "figures_of", "since"]

WINDOWS = {"day": 1, "week": 7, "month": 30, "quarter": 90}  # days
# Told apart by colour-blind eyes, and never without the word: what was resolved is teal and blue, what was not is not.
INKS: Mapping[str, Ink] = {
    "answered": Ink(GOOD, "●"),
    "found": Ink(ACCENT, "◆"),
    "clarified": Ink("#5b9bd0", "■"),
    "handed_over": Ink("#9a7d0a", "▲"),
    "abandoned": Ink(OTHER.colour, "○"),
    "declined": Ink(BAD, "▼"),
}


@dataclass(frozen=True)
class Figure:
    """A share with its interval; `interval` is None where there is nothing to take it of. `rows` is of how many."""

    name: str
    interval: Interval | None
    rows: int


def since(window: str, now: datetime) -> datetime:
    """When a window began."""
    return now - timedelta(days=WINDOWS[window])


def figures_of(found: Outcomes) -> list[Figure]:
    """The four shares that lead the page."""
    counted = sum(found.counts.values())
    return [
        Figure("resolution", found.resolution, counted),
        Figure("containment", found.containment, counted),
        Figure("durable", found.durable, found.durable_of),
        Figure("thumbs", found.thumbs, found.up + found.down),
    ]


def behind(found: Outcomes, outcome: str) -> list[Counted]:
    """The conversations of an outcome, the latest first. Raises KeyError for a name that is none."""
    if outcome not in OUTCOMES:
        raise KeyError(outcome)
    return sorted((talk for talk in found.each if talk.outcome == outcome), key=lambda talk: talk.updated, reverse=True)
