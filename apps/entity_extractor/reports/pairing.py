"""Which found mention answers which gold one, and how it errs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from entity_extractor.mentions import Annotated, Mention, check
from headwater.errors import DataError, InputError

__all__ = ["OUTCOMES", "Pair", "aligned", "pairs"]

# What an error costs where two models are compared: half a name is better than none.
OUTCOMES = {"right": 0.0, "type": 0.5, "edge": 0.5, "edge and type": 1.0, "missed": 1.0, "invented": 1.0}


@dataclass(frozen=True)
class Pair:
    """A gold mention and what was found for it; one of them is None where it was missed or invented."""

    gold: Mention | None
    found: Mention | None

    @property
    def outcome(self) -> str:
        """One of OUTCOMES."""
        if self.gold is None or self.found is None:
            return "missed" if self.found is None else "invented"
        place = (self.gold.start, self.gold.end) == (self.found.start, self.found.end)
        if self.gold.label == self.found.label:
            return "right" if place else "edge"
        return "type" if place else "edge and type"


def pairs(gold: Sequence[Mention], found: Sequence[Mention]) -> list[Pair]:
    """Pair mentions one to one, in the order of the text: those at one place, then those that overlap most.

    >>> [pair.outcome for pair in pairs([Mention(0, 9, "ORG")], [Mention(0, 4, "ORG"), Mention(5, 9, "LOC")])]
    ['edge', 'invented']
    """
    near = sorted(_overlaps(sorted(gold), sorted(found)))
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, first, second in near:
        if first not in partner and second not in taken:
            partner[first] = second
            taken.add(second)
    wanted, given = sorted(gold), sorted(found)
    out = [Pair(one, given[partner[at]] if at in partner else None) for at, one in enumerate(wanted)]
    out += [Pair(None, one) for at, one in enumerate(given) if at not in taken]
    return sorted(out, key=_place)


def aligned(*readings: Sequence[Annotated]) -> list[tuple[Annotated, ...]]:
    """The same documents of each reading side by side, by id, in the order of the first.

    Raises InputError where documents differ or stand twice, DataError where texts of one id differ or mentions overlap.
    """
    tables = [{one.id: one for one in reading} for reading in readings]
    for reading, table in zip(readings, tables, strict=True):
        if len(table) < len(reading):
            raise InputError("expected each document once, got an id twice: give every document its own id")
        if strange := sorted(table.keys() ^ tables[0].keys()):
            raise InputError(
                f"expected the same documents in each, got {len(strange)} that one of them lacks: {', '.join(strange[:3])}"
            )
    rows = []
    for document in readings[0]:
        row = tuple(table[document.id] for table in tables)
        for one in row:
            if one.text != document.text:
                raise DataError(
                    f"{one.id}: expected the same text in each, got {len(document.text):,} and {len(one.text):,} characters: offsets would not compare"
                )
            check(one.text, one.mentions, one.id)
        rows.append(row)
    return rows


def _overlaps(gold: Sequence[Mention], found: Sequence[Mention]) -> Iterator[tuple[bool, int, int, int]]:
    """(other place, - characters in common, number of gold, number of found) of each two that overlap."""
    begin = 0
    for first, one in enumerate(gold):
        while begin < len(found) and found[begin].end <= one.start:
            begin += 1
        for second in range(begin, len(found)):
            other = found[second]
            if other.start >= one.end:
                break
            common = min(one.end, other.end) - max(one.start, other.start)
            yield (one.start, one.end) != (other.start, other.end), -common, first, second


def _place(pair: Pair) -> tuple[int, int]:
    mention = pair.gold or pair.found
    return (mention.start, mention.end) if mention else (0, 0)
