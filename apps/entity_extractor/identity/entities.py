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

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from entity_extractor.identity.declared import declared
from entity_extractor.identity.names import (
    PEOPLE,
    Firm,
    Person,
    gender_before,
    is_acronym,
    read_firm,
    read_person,
    shown,
)
from entity_extractor.mentions import Mention, Stretch

__all__ = ["Entity", "entities"]

MOST = 64  # entities that one short name is looked for among: more of one name are told apart by nothing here
Key = tuple[str, ...]


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


@dataclass
class _Form:
    """One way to write one name, and the mentions, by number, that write it so."""

    kind: str
    name: str
    read: Firm | Person | None
    link: str = ""
    value: str = ""
    at: list[int] = field(default_factory=list)

    @property
    def order(self) -> tuple[bool, int, int, int]:
        """Fuller names come first, so that shorter ones find them."""
        if isinstance(self.read, Person):
            full = (len(self.read.given), sum(map(len, self.read.given)) + bool(self.read.gender))
        elif isinstance(self.read, Firm):
            full = (int(not is_acronym(self.name)), len(self.read.forms))
        else:
            full = (0, 0)
        return not self.link, -full[0], -full[1], self.at[0]


@dataclass
class _Group:
    """An entity while it is gathered: `read` is its fullest name, `sure` and `unsure` are numbers of mentions."""

    number: int
    read: Firm | Person | None
    sure: list[int] = field(default_factory=list)
    unsure: list[int] = field(default_factory=list)


class _Joining:
    """The entities of one document, as they come to be."""

    def __init__(self, text: str, mentions: Sequence[Mention], kinds: dict[str, str]) -> None:
        self.text, self.mentions, self.kinds = text, mentions, kinds
        self.groups: list[_Group] = []
        self.known: dict[Key, list[int]] = defaultdict(list)
        self.places: dict[tuple[tuple[int, int], ...], list[tuple[int, int]]] = {}

    def run(self) -> list[_Group]:
        for form in sorted(self._forms(), key=lambda form: form.order):
            found = self._candidates(form)
            if len(found) > 1:
                self._share_out(form, found)
                continue
            group = found[0] if found else self._new(form)
            group.sure += form.at
            self._learn(group, form)
        return self.groups

    def _forms(self) -> Iterable[_Form]:
        forms: dict[tuple[str, ...], _Form] = {}
        for number, mention in enumerate(self.mentions):
            kind = self.kinds.get(mention.label, mention.label)
            name = shown(self.text[mention.start : mention.end])
            people = kind in PEOPLE
            gender = gender_before(self.text, mention.start) if people and not mention.value else ""
            key = (kind, mention.value or name, gender, mention.link, "v" if mention.value else "")
            if key not in forms:
                read = None if mention.value else read_person(name, gender) if people else read_firm(name)
                forms[key] = _Form(kind, name, read, mention.link, mention.value)
            forms[key].at.append(number)
        return forms.values()

    def _candidates(self, form: _Form) -> list[_Group]:
        """The entities that a form may be of: one, several, or none."""
        if form.link or form.value:
            return self._held(form.kind, "link" if form.link else "value", form.link or form.value)
        if isinstance(form.read, Person):
            held = self._held(form.kind, "surname", form.read.surname)
            found = [group for group in held if isinstance(group.read, Person) and form.read.fits(group.read)]
            if not found and not form.read.given and not form.read.gender:
                found = self._held(form.kind, "given", form.read.surname)
            return found
        assert form.read is not None
        held = self._held(form.kind, "base", form.read.base)
        found = [group for group in held if isinstance(group.read, Firm) and _one_form(form.read, group.read)]
        if found:
            return found
        return self._held(form.kind, "declared", form.read.base) or (
            self._held(form.kind, "initials", form.read.base) if is_acronym(form.name) else []
        )

    def _held(self, *key: str) -> list[_Group]:
        return [self.groups[number] for number in self.known.get(key, ())]

    def _new(self, form: _Form) -> _Group:
        group = _Group(len(self.groups), form.read)
        self.groups.append(group)
        return group

    def _learn(self, group: _Group, form: _Form) -> None:
        """Let shorter forms find the group by what this one says."""
        for key in self._keys(form):
            held = self.known[(form.kind, *key)]
            if group.number not in held[-1:] and len(held) < MOST and group.number not in held:
                held.append(group.number)
        if (
            isinstance(group.read, Person)
            and isinstance(form.read, Person)
            and form.read.gender
            and not group.read.gender
        ):
            group.read = replace(group.read, gender=form.read.gender)
        if isinstance(group.read, Firm) and isinstance(form.read, Firm) and form.read.base == group.read.base:
            group.read = max(group.read, form.read, key=lambda read: len(read.forms))

    def _keys(self, form: _Form) -> Iterator[Key]:
        if form.link:
            yield "link", form.link
        if form.value:
            yield "value", form.value
        elif isinstance(form.read, Person):
            yield "surname", form.read.surname
            if " " in form.read.surname:  # "Leyen" of "von der Leyen"
                yield "surname", form.read.surname.rpartition(" ")[2]
            if form.read.given and len(form.read.given[0]) > 1:
                yield "given", form.read.given[0]
        elif form.read is not None:
            yield "base", form.read.base
            yield from (("initials", letters) for letters in form.read.initials)
            for number in form.at:
                if "(" in self.text[self.mentions[number].end : self.mentions[number].end + 3] and (
                    short := declared(self.text, self.mentions[number].end)
                ):
                    yield "declared", read_firm(short).base

    def _share_out(self, form: _Form, found: Sequence[_Group]) -> None:
        """Give each mention to the one of several entities that was surely mentioned last before it."""
        places = self._places(found)
        for number in form.at:
            before = bisect_left(places, (number, -1))
            nearest = places[before - 1 if before else 0][1]
            self.groups[nearest].unsure.append(number)

    def _places(self, groups: Sequence[_Group]) -> list[tuple[int, int]]:
        """The sure mentions of some entities in order, with the entity of each; kept, for forms that waver between the same."""
        key = tuple((group.number, len(group.sure)) for group in groups)
        if key not in self.places:
            self.places[key] = sorted((number, group.number) for group in groups for number in group.sure)
        return self.places[key]


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
    groups = _Joining(text, ordered, kinds).run()
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


def _one_form(shorter: Firm, fuller: Firm) -> bool:
    """Whether two names of one base can be one firm's; one without a legal form, which a link may be of, can be any's."""
    return shorter.forms <= fuller.forms or not fuller.forms


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
