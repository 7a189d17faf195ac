"""A value: what a stretch of a text says in one form that can be compared and sorted."""

from dataclasses import dataclass
from decimal import Decimal

from headwater.values.numbers import plain_decimal

__all__ = ["Value", "ranged"]


@dataclass(frozen=True, order=True)
class Value:
    """A value of a kind ("money") at `text[start:end]`; `value` is what it says ("EUR 3000000")."""

    start: int
    end: int
    kind: str
    value: str


def ranged(values: tuple[Decimal, ...]) -> str:
    """One number, or the two of a range.

    >>> ranged((Decimal(3), Decimal("5.5")))
    '3..5.5'
    """
    return "..".join(plain_decimal(value) for value in values)
