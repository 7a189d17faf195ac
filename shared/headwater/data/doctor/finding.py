"""What the doctor says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headwater.data.example import Example, Target
from headwater.recipe.values import CHECKS

__all__ = ["CHECKS", "Case", "Finding", "Splits", "cases", "meant", "text_of"]

SHOWN = 5
Splits = Mapping[str, Sequence[Example]]


@dataclass(frozen=True)
class Case:
    """One row that a finding is about: where it stands, what it says, and a remark."""

    where: str
    text: str
    note: str = ""


@dataclass(frozen=True)
class Finding:
    """What a check found in a split: the number of its rows that it concerns, out of how many, and the first of them."""

    check: str
    split: str
    rows: int
    of: int
    said: str
    cases: tuple[Case, ...] = ()

    @property
    def share(self) -> float:
        return self.rows / max(self.of, 1)


def meant(target: Target) -> str | frozenset[object]:
    """A label as it compares with others: a set of labels has no order."""
    return target if isinstance(target, str) else frozenset(target)


def text_of(row: Example) -> str:
    """All that a row says; the halves of a pair on two lines."""
    return row.text if row.second is None else f"{row.text}\n{row.second}"


def cases(rows: Sequence[Example], notes: Sequence[str] = ()) -> tuple[Case, ...]:
    """The first few rows, personal data in them masked."""
    from headwater.personal import mask

    return tuple(
        Case(row.where, mask(" ".join(text_of(row).split()))[:160], notes[place] if place < len(notes) else "")
        for place, row in enumerate(rows[:SHOWN])
    )
