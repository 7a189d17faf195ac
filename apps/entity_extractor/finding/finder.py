"""Find the mentions of a text, by all the sources of a set-up at once.

Each paragraph is read by itself: models were taught sentences, and a name does not cross a paragraph's end. So a text cut at paragraph
ends gives the very mentions of the whole, and a document of any length is read in the memory of one batch.
"""

import copy
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import headwater
from entity_extractor.finding.dictionary import read_dictionary
from entity_extractor.finding.paragraphs import cut
from entity_extractor.finding.patterns import find_patterns
from entity_extractor.finding.precedence import Candidate, resolve
from entity_extractor.finding.setup import DEFAULT, ModelRule, PatternRule, Setup, load_setup
from entity_extractor.mentions import Mention, Stretch
from headwater.errors import DataError, HeadwaterError, InputError
from headwater.serving import Model, Tagger
from headwater.serving.model import OneHead, view
from headwater.spans import Span
from headwater.values import find_values

__all__ = ["Finder", "SpanReader"]

BATCH = 60_000  # characters that a model is given at once: enough to sort by length, little to hold


class SpanReader(Protocol):
    """What gives spans of texts: a Tagger, of this machine or of a server."""

    def predict(self, texts: Sequence[str]) -> list[tuple[Span, ...]]: ...


class Finder:
    """A set-up at work. `models` holds what reads for each [[model]], by its name; `notes` what its dictionaries have to say."""

    def __init__(self, setup: Setup, models: Mapping[str, SpanReader] | None = None) -> None:
        given, faults = dict(models or {}), []
        self.setup, self.models, self.dictionaries = setup, {}, {}
        for rule in setup.models:
            try:
                held = given.get(rule.name)
                self.models[rule.name] = _opened(rule, setup.folder) if held is None else _reader(held, rule)
            except HeadwaterError as fault:
                faults.append(f"model {rule.name}: {fault}")
        for dictionary in setup.dictionaries:
            try:
                self.dictionaries[dictionary.name] = read_dictionary(dictionary, setup.file_of(dictionary))
            except DataError as fault:
                faults.append(f"dictionary {dictionary.name}: {fault}")
        faults += [] if faults else self._strange_types()
        if faults:
            raise InputError("expected sources that can be opened:\n" + "\n".join(f"  - {fault}" for fault in faults))
        self.notes = tuple(note for held in self.dictionaries.values() for note in held.notes)

    @classmethod
    def open(cls, path: Path | str = DEFAULT, models: Mapping[str, SpanReader] | None = None) -> "Finder":
        """The Finder of a set-up file. Raises InputError with every fault in the file, or of what it names."""
        return cls(load_setup(path), models)

    @property
    def types(self) -> tuple[str, ...]:
        """Every type that it can find, sorted; of a model that does not say its labels, those that the set-up names."""
        found = set(self.own_types)
        found |= {rule.types.get(kind, kind.upper()) for rule in self.setup.values for kind in rule.kinds}
        for rule in self.setup.models:
            found |= {rule.types.get(label, label) for label in _labels(self.models[rule.name]) or rule.types}
        return tuple(sorted(found - {""}))

    @property
    def own_types(self) -> tuple[str, ...]:
        """The types that one's own lists and patterns give, sorted."""
        found = {entry.type for held in self.dictionaries.values() for row in held.names.values() for entry in row}
        return tuple(sorted(found | {rule.type for rule in self.setup.patterns}))

    def _strange_types(self) -> Iterator[str]:
        """Types in the set-up that no source gives: more likely misspelt than meant."""
        every = all(_labels(self.models[rule.name]) for rule in self.setup.models)
        for rule in self.setup.models:
            labels = _labels(self.models[rule.name])
            for label in sorted(set(rule.types) - labels) if labels else ():
                yield f"model {rule.name}: types: expected some of {', '.join(sorted(labels))}, got {label}"
        for label in sorted(set(self.setup.minimum) - set(self.types)) if every else ():
            yield f"minimum: expected types out of {', '.join(self.types)}, got {label}"

    def with_patterns(self, patterns: tuple[PatternRule, ...]) -> "Finder":
        """The same sources, but for the patterns: nothing is opened anew."""
        made = copy.copy(self)
        made.setup = replace(self.setup, patterns=patterns)
        return made

    def find(self, text: str, paragraphs: Sequence[Stretch] = ()) -> tuple[Mention, ...]:
        """The mentions of a text, in order and apart from each other.

        `paragraphs` are a Document's, where it has some; empty lines end a paragraph besides. Raises InputError for a
        pattern that takes too long, naming it.
        """
        return tuple(
            mention for batch in self._batches([(0, text, paragraphs)]) for _, found in batch for mention in found
        )

    def find_pages(self, pages: Iterable[str | tuple[Stretch, str]]) -> Iterator[tuple[Mention, ...]]:
        """The mentions of each page, as soon as it is read: a page is its text, or a Stretch of a document and its text.

        Offsets are the document's: a page without a Stretch begins where the one before it ends. Nothing crosses a page's end.
        """
        at = 0
        for group in _groups(pages):
            placed: list[tuple[int, str, Sequence[Stretch]]] = []
            for page in group:
                start, text = (at, page) if isinstance(page, str) else (page[0].start, page[1])
                placed.append((start, text, ()))
                at = start + len(text)
            found: list[list[Mention]] = [[] for _ in placed]
            for batch in self._batches(placed):
                for number, mentions in batch:
                    found[number] += mentions
            yield from map(tuple, found)

    def _batches(
        self, texts: Sequence[tuple[int, str, Sequence[Stretch]]]
    ) -> Iterator[list[tuple[int, list[Mention]]]]:
        """For batches of paragraphs, of each: the number of its text, and its mentions with the offsets of the document."""
        paragraphs = (
            (number, offset + start, text[start:end])
            for number, (offset, text, stretches) in enumerate(texts)
            for start, end in cut(text, stretches)
        )
        for batch in _sized(paragraphs):
            bare = [text for _, _, text in batch]
            spans = {name: model.predict(bare) for name, model in self.models.items()}
            yield [
                (number, [_moved(found, offset) for found in self._read(text, {name: rows[row] for name, rows in spans.items()})])
                for row, (number, offset, text) in enumerate(batch)
            ]  # fmt: skip

    def _read(self, text: str, spans: Mapping[str, Sequence[Span]]) -> tuple[Mention, ...]:
        """The mentions of a paragraph."""
        return resolve(
            itertools.chain(self._of_models(text, spans), self._of_lists(text), self._of_values(text)),
            self.setup.minimum,
        )

    def _of_models(self, text: str, spans: Mapping[str, Sequence[Span]]) -> Iterator[Candidate]:
        for rule in self.setup.models:
            for span in spans[rule.name]:
                label = rule.types.get(span.label, span.label)
                if label:
                    found = Mention(
                        span.start, span.end, label, text[span.start : span.end], span.probability, rule.name
                    )
                    yield Candidate(found, rule.rank, rule.role, model=True)

    def _of_lists(self, text: str) -> Iterator[Candidate]:
        for rule in self.setup.dictionaries:
            for hit in self.dictionaries[rule.name].find(text):
                found = text[hit.start : hit.end]
                mention = Mention(hit.start, hit.end, hit.type, found, source=f"dictionary:{rule.name}", link=hit.id)
                yield Candidate(mention, rule.rank, rule.role)
        for pattern in self.setup.patterns:
            for mention in find_patterns(pattern, text):
                yield Candidate(mention, pattern.rank, pattern.role)

    def _of_values(self, text: str) -> Iterator[Candidate]:
        for rule in self.setup.values:
            for value in find_values(text, rule.kinds, decimal=rule.decimal, order=rule.order):
                label = rule.types.get(value.kind, value.kind.upper())
                if label:
                    found = text[value.start : value.end]
                    mention = Mention(value.start, value.end, label, found, 1.0, f"value:{value.kind}", value.value)
                    yield Candidate(mention, rule.rank, rule.role)


def _opened(rule: ModelRule, folder: Path) -> SpanReader:
    """The bundle of a rule: on this machine, or on a server, where it has the rule's name."""
    if not rule.bundle:
        raise InputError(
            "expected a `bundle`, a folder or an address, or a model of this name from whoever opens the set-up"
        )
    if rule.bundle.startswith(("http://", "https://")):
        opened = headwater.connect(rule.bundle, rule.name)
    else:
        opened = headwater.load(folder / rule.bundle)
    return _reader(opened, rule)


def _reader(opened: Any, rule: ModelRule) -> SpanReader:
    """What gives spans of an opened model: of a bundle the token head, by the rule's name of it where there are several."""
    if isinstance(opened, Tagger) and rule.head in ("", opened.head.name):
        return opened
    if not isinstance(opened, (Model, OneHead)):
        return opened  # type: ignore[no-any-return]  # what somebody else has made
    model = opened if isinstance(opened, Model) else opened.model
    heads = [head.name for head in model.heads if head.kind == "token"]
    if rule.head not in (heads if rule.head else ["", *heads]) or (len(heads) != 1 and not rule.head):
        raise InputError(
            f"expected one of its token heads ({', '.join(heads) or 'it has none'}) as `head`, got {rule.head!r}"
        )
    tagger = view(model, rule.head or heads[0])
    assert isinstance(tagger, Tagger)
    return tagger


def _labels(model: SpanReader) -> set[str]:
    return {label[2:] for label in getattr(model, "labels", ()) if label != "O"}


def _moved(mention: Mention, offset: int) -> Mention:
    return replace(mention, start=mention.start + offset, end=mention.end + offset) if offset else mention


def _sized(paragraphs: Iterable[tuple[int, int, str]]) -> Iterator[list[tuple[int, int, str]]]:
    """Batches of paragraphs, of at least BATCH characters but for the last."""
    batch: list[tuple[int, int, str]] = []
    size = 0
    for paragraph in paragraphs:
        batch.append(paragraph)
        size += len(paragraph[2])
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _groups(pages: Iterable[str | tuple[Stretch, str]]) -> Iterator[list[str | tuple[Stretch, str]]]:
    """Pages that are read together: of a document that streams in no more is held."""
    group: list[str | tuple[Stretch, str]] = []
    size = 0
    for page in pages:
        group.append(page)
        size += len(page if isinstance(page, str) else page[1])
        if size >= BATCH // 4:
            yield group
            group, size = [], 0
    if group:
        yield group
