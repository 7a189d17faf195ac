"""The joining itself: the ways in which names are written, from the fullest to the shortest, find the entities that they are of."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
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
from entity_extractor.mentions import Mention

__all__ = ["Form", "Group", "Joining"]

MOST = 64  # entities that one short name is looked for among: more of one name are told apart by nothing here
Key = tuple[str, ...]


@dataclass
class Form:
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
class Group:
    """An entity while it is gathered: `read` is its fullest name, `sure` and `unsure` are numbers of mentions."""

    number: int
    read: Firm | Person | None
    sure: list[int] = field(default_factory=list)
    unsure: list[int] = field(default_factory=list)


class Joining:
    """The entities of one document, as they come to be."""

    def __init__(self, text: str, mentions: Sequence[Mention], kinds: dict[str, str]) -> None:
        self.text, self.mentions, self.kinds = text, mentions, kinds
        self.groups: list[Group] = []
        self.known: dict[Key, list[int]] = defaultdict(list)
        self.places: dict[tuple[tuple[int, int], ...], list[tuple[int, int]]] = {}

    def run(self) -> list[Group]:
        for form in sorted(self._forms(), key=lambda form: form.order):
            found = self._candidates(form)
            if len(found) > 1:
                self._share_out(form, found)
                continue
            group = found[0] if found else self._new(form)
            group.sure += form.at
            self._learn(group, form)
        return self.groups

    def _forms(self) -> Iterable[Form]:
        forms: dict[tuple[str, ...], Form] = {}
        for number, mention in enumerate(self.mentions):
            kind = self.kinds.get(mention.label, mention.label)
            name = shown(self.text[mention.start : mention.end])
            people = kind in PEOPLE
            gender = gender_before(self.text, mention.start) if people and not mention.value else ""
            key = (kind, mention.value or name, gender, mention.link, "v" if mention.value else "")
            if key not in forms:
                read = None if mention.value else read_person(name, gender) if people else read_firm(name)
                forms[key] = Form(kind, name, read, mention.link, mention.value)
            forms[key].at.append(number)
        return forms.values()

    def _candidates(self, form: Form) -> list[Group]:
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

    def _held(self, *key: str) -> list[Group]:
        return [self.groups[number] for number in self.known.get(key, ())]

    def _new(self, form: Form) -> Group:
        group = Group(len(self.groups), form.read)
        self.groups.append(group)
        return group

    def _learn(self, group: Group, form: Form) -> None:
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

    def _keys(self, form: Form) -> Iterator[Key]:
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

    def _share_out(self, form: Form, found: Sequence[Group]) -> None:
        """Give each mention to the one of several entities that was surely mentioned last before it."""
        places = self._places(found)
        for number in form.at:
            before = bisect_left(places, (number, -1))
            nearest = places[before - 1 if before else 0][1]
            self.groups[nearest].unsure.append(number)

    def _places(self, groups: Sequence[Group]) -> list[tuple[int, int]]:
        """The sure mentions of some entities in order, with the entity of each; kept, for forms that waver between the same."""
        key = tuple((group.number, len(group.sure)) for group in groups)
        if key not in self.places:
            self.places[key] = sorted((number, group.number) for group in groups for number in group.sure)
        return self.places[key]


def _one_form(shorter: Firm, fuller: Firm) -> bool:
    """Whether two names of one base can be one firm's; one without a legal form, which a link may be of, can be any's."""
    return shorter.forms <= fuller.forms or not fuller.forms
