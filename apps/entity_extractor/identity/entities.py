"""One identity for each entity of a document: the mentions that mean the same, under the fullest of their names.

Within a type, from the surest to the least sure:
1. Mentions with the same link are one; so are values that say the same ("EUR 3m", "3 million euros").
2. Names that differ by case, accents, points, spaces, "the", "&" or their legal form are one: "Deutsche Bank AG", "DEUTSCHE BANK".
   Two different legal forms are two firms: "Siemens AG", "Siemens Ltd".
3. A person's shorter name is that of the fuller: "Merkel", "Ms Merkel", "A. Merkel", "Angela Merkel". "Mr Merkel" is nobody
   who was "Ms Merkel".
4. A short name is the one that the text declared it to be: "Deutsche Bank (DB)"; else letters are the initials of a longer name.
Where a shorter name may be of several, a mention of it goes to that which was mentioned last before it (or, before all,
next), and is `unsure`. A part of a firm's name is no short name of it: "Bank" and "Deutsche" join nothing.
Types are never joined, but where `alike` says which are one.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from entity_extractor.identity.joining import Joining
from entity_extractor.identity.names import PEOPLE, read_person, shown
from entity_extractor.mentions import Mention, Stretch

__all__ = ["Entity", "entities"]


@dataclass(frozen=True)
class Entity:
    """What a document's mentions mean. `id` is "e1" for the first entity of the text, and so on.

    `label` is the type of most of its mentions, `pages` are the numbers of those it stands on; `unsure` are the mentions that
    could be another's. `value` and `link` are its mentions' own, where they have some.
    """

    id: str
    label: str
    name: str
    mentions: tuple[Mention, ...]
    pages: tuple[int, ...] = ()
    unsure: tuple[Mention, ...] = ()
    value: str = ""
    link: str = ""

    @property
    def count(self) -> int:
        return len(self.mentions)


def entities(
    text: str,
    mentions: Iterable[Mention],
    pages: Sequence[Stretch] = (),
    alike: Iterable[Collection[str]] = (),
) -> tuple[Entity, ...]:
    """The entities of a document, in the order in which they are first mentioned; every mention is in exactly one.

    `pages` are the Document's; `alike` are sets of types that may mean the same things, such as ("ORG", "CLIENT").

    >>> text = "Angela Merkel met Deutsche Bank (DB). Merkel left DB."
    >>> found = [("PER", 0, 13), ("ORG", 18, 31), ("ORG", 33, 35), ("PER", 38, 44), ("ORG", 50, 52)]
    >>> [(one.id, one.name, one.count) for one in entities(text, [Mention(a, b, label) for label, a, b in found])]
    [('e1', 'Angela Merkel', 2), ('e2', 'Deutsche Bank', 3)]
    """
    ordered = sorted(mentions)
    kinds = {label: min(PEOPLE & set(types), default=min(types)) for types in alike for label in types}
    groups = Joining(text, ordered, kinds).run()
    starts = [page.start for page in pages]
    made = []
    for group in sorted(groups, key=lambda group: min(group.sure + group.unsure)):
        held = [ordered[number] for number in sorted(group.sure + group.unsure)]
        doubtful = tuple(ordered[number] for number in sorted(group.unsure))
        made.append(
            _entity(
                f"e{len(made) + 1}", text, held, doubtful, pages, starts, [ordered[number] for number in group.sure]
            )
        )
    return tuple(made)


def _entity(
    name: str,
    text: str,
    held: Sequence[Mention],
    doubtful: tuple[Mention, ...],
    pages: Sequence[Stretch],
    starts: Sequence[int],
    sure: Sequence[Mention],
) -> Entity:
    counts: dict[str, int] = defaultdict(int)
    for mention in held:
        counts[mention.label] += 1
    label = max(counts, key=lambda one: counts[one])  # of equal counts the first
    value = next((mention.value for mention in held if mention.value), "")
    link = next((mention.link for mention in held if mention.link), "")
    numbers = sorted({page for mention in held if (page := _page(mention.start, pages, starts))})
    return Entity(name, label, _fullest(text, sure or held), tuple(held), tuple(numbers), doubtful, value, link)


def _fullest(text: str, mentions: Sequence[Mention]) -> str:
    """The name of most words, or of a person with most of the given names, without titles where it is so written.

    Of those one that is not all in capitals, then the most frequent, then the first.
    """
    counts: dict[tuple[str, bool], int] = defaultdict(int)
    for mention in mentions:
        counts[shown(text[mention.start : mention.end]), mention.label in PEOPLE] += 1

    def fullness(entry: tuple[str, bool]) -> tuple[int, int, bool, int]:
        name, person = entry
        size = len(name.split())
        full = (sum(map(len, read_person(name).given)), -size) if person else (size, 0)
        return *full, not (name.isupper() and " " in name), counts[entry]

    return max(counts, key=fullness)[0]


def _page(start: int, pages: Sequence[Stretch], starts: Sequence[int]) -> int:
    """The number of the page that a mention begins on, 0 where there are none."""
    place = bisect_right(starts, start) - 1
    return pages[place].number if place >= 0 else 0
