"""Which of the spans that several sources found are kept: by the ranks of a set-up, never by chance.

1. A source that retypes adds no span: where it found the very characters of a model's span, that span takes its type
   and link. Of several such sources that of the highest rank decides, then the first by name.
2. Spans less probable than the `minimum` of their type are left out, before they can be in another's way.
3. The rest is gone through from the strongest on, and a span that overlaps one that is kept already is left out whole.
   Stronger is: what claims before what only fills gaps, then the higher rank, the longer span, the more probable, and,
   so that nothing is left to chance, the earlier, and the first by type and source.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from entity_extractor.mentions import Mention

__all__ = ["ROLES", "Candidate", "resolve"]

ROLES = ("claims", "fills", "retypes")


@dataclass(frozen=True)
class Candidate:
    """A span that a source found, with the source's rank and role; `model`: whether a model found it."""

    mention: Mention
    rank: int = 0
    role: str = "claims"
    model: bool = False


def resolve(candidates: Iterable[Candidate], minimum: Mapping[str, float] | None = None) -> tuple[Mention, ...]:
    """The spans that are kept, in the order of the text; none overlaps another."""
    candidates = list(candidates)
    types = _types([one for one in candidates if one.role == "retypes"])
    rest = [_retyped(one, types) for one in candidates if one.role != "retypes"]
    least = minimum or {}
    strong = [one for one in rest if one.mention.probability >= least.get(one.mention.label, 0.0)]
    kept: list[Mention] = []
    for one in sorted(strong, key=_strength):
        place = bisect_left(kept, one.mention.start, key=lambda mention: mention.start)
        free_before = place == 0 or kept[place - 1].end <= one.mention.start
        if free_before and (place == len(kept) or one.mention.end <= kept[place].start):
            kept.insert(place, one.mention)
    return tuple(kept)


def _strength(one: Candidate) -> tuple[bool, int, int, float, int, str, str]:
    found = one.mention
    return (one.role == "fills", -one.rank, found.start - found.end, -found.probability, found.start, found.label, found.source)  # fmt: skip


def _types(retyping: list[Candidate]) -> dict[tuple[int, int], Mention]:
    """Place -> what retypes a model's span there."""
    ordered = sorted(retyping, key=lambda one: (one.rank, _last_first(one.mention.source)))
    return {(one.mention.start, one.mention.end): one.mention for one in ordered}  # the last one stays


def _last_first(name: str) -> list[int]:
    return [-ord(sign) for sign in name]


def _retyped(one: Candidate, types: Mapping[tuple[int, int], Mention]) -> Candidate:
    other = types.get((one.mention.start, one.mention.end)) if one.model else None
    if other is None:
        return one
    return replace(one, mention=replace(one.mention, label=other.label, link=other.link or one.mention.link))
