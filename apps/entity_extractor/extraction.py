"""A document -> what is in it: mentions with their links, entities, relations. Page, command line and API go this one way.

extractor = open_extractor(models={"entities": headwater.load("models/entities/bundle")}, knowledge=Path("clients.csv"), relations="runs/relations/bundle")
found = extractor.extract(document)
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import headwater
from entity_extractor.finding import DEFAULT, Finder
from entity_extractor.finding.finder import SpanReader
from entity_extractor.identity import Entity, entities
from entity_extractor.linking.base import KnowledgeBase
from entity_extractor.linking.linking import link
from entity_extractor.mentions import Annotated, Document, Mention
from entity_extractor.relations.relating import Relation, relate
from headwater.companies.table import Companies
from headwater.errors import InputError
from headwater.serving import Classifier

__all__ = ["Extraction", "Extractor", "open_extractor"]

SURE = 0.5  # least probability of a relation


@dataclass(frozen=True)
class Extraction:
    """What one document holds, in the order of its text."""

    document: Document
    mentions: tuple[Mention, ...]
    entities: tuple[Entity, ...]
    relations: tuple[Relation, ...] = ()

    @property
    def annotated(self) -> Annotated:
        """The text with its mentions, as files have it."""
        meta = {"kind": self.document.kind} | ({"notes": list(self.document.notes)} if self.document.notes else {})
        return Annotated(self.document.id, self.document.text, self.mentions, meta)

    @property
    def names(self) -> dict[Mention, str]:
        """The fullest name of what each mention means."""
        return {mention: entity.name for entity in self.entities for mention in entity.mentions}


@dataclass(frozen=True)
class Extractor:
    """Everything that is asked about a document; what is None is not."""

    finder: Finder
    base: KnowledgeBase | None = None
    companies: Companies | None = None
    relations: Classifier | None = None
    sure: float = SURE

    def extract(self, document: Document) -> Extraction:
        """Find, link, join and relate. Raises InputError for a pattern of the set-up that takes too long."""
        found = self.finder.find(document.text, document.paragraphs)
        return self.finished(document, found)

    def finished(self, document: Document, found: Sequence[Mention]) -> Extraction:
        """The same from mentions that are known already: a person's corrected ones, or those of a file."""
        linked = link(document.text, found, self.base, self.companies)
        joined = tuple(entities(document.text, linked, pages=document.pages))
        related = relate(document.text, linked, self.relations, self.sure) if self.relations else ()
        return Extraction(document, linked, joined, tuple(related))

    def rows(self, found: Iterable[Extraction]) -> list[dict[str, object]]:
        """A row for each entity of some documents, for a table."""
        return [_row(one.document, entity) for one in found for entity in one.entities]


def open_extractor(
    setup: Path | str = DEFAULT,
    models: Mapping[str, SpanReader] | None = None,
    *,
    knowledge: Path | None = None,
    companies: Companies | None = None,
    relations: str | None = None,
    sure: float = SURE,
) -> Extractor:
    """Open what a set-up names (`finding.toml` is the default), a knowledge base, and the bundle of a relation model.

    A `knowledge` that is given goes before the set-up's. `models` are those of the set-up that name no bundle: in the default one, "entities".
    Raises InputError or DataError with every fault of what cannot be opened.
    """
    relater = headwater.load(relations) if relations else None
    if relater is not None and not isinstance(relater, Classifier):
        raise InputError(f"{relations}: expected a bundle with one classification head, got {type(relater).__name__}")
    finder = Finder.open(setup, models)
    base = knowledge or finder.setup.base
    return Extractor(finder, KnowledgeBase.open(base) if base else None, companies, relater, sure)


def _row(document: Document, entity: Entity) -> dict[str, object]:
    return {
        "document": document.id,
        "entity": entity.id,
        "label": entity.label,
        "name": entity.name,
        "count": entity.count,
        "unsure": len(entity.unsure),
        "pages": " ".join(map(str, entity.pages)),
        "value": entity.value,
        "link": entity.link,
        "first": entity.mentions[0].start,
    }
