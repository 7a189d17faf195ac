"""The page Set-up, decided: a list or a base that is uploaded, what a set-up looks for in words' counts, and a text tried on it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from entity_extractor.extraction import Extraction, Extractor
from entity_extractor.finding import own
from entity_extractor.finding.dictionary import read_dictionary
from entity_extractor.finding.editing import with_dictionary, with_pattern
from entity_extractor.finding.finder import SpanReader
from entity_extractor.finding.setup import DictionaryRule, PatternRule
from entity_extractor.linking.base import KnowledgeBase
from entity_extractor.mentions import Document
from headwater.errors import DataError
from headwater.ui.uploads import Upload, on_disk

__all__ = ["Counts", "add_base", "add_list", "counts", "found_by", "trial", "trial_rows"]

Models = Mapping[str, SpanReader]


@dataclass(frozen=True)
class Counts:
    """How much a set-up looks for: `names` of one's own, `patterns`, kinds of `values`, rows of the knowledge base."""

    names: int
    patterns: int
    values: int
    base: int


def counts(extractor: Extractor) -> Counts:
    """Of the set-up that an extractor goes by."""
    finder = extractor.finder
    kinds = {kind for rule in finder.setup.values for kind in rule.kinds}
    names = sum(map(len, finder.dictionaries.values()))
    return Counts(names, len(finder.setup.patterns), len(kinds), len(extractor.base or ()))


def add_list(upload: Upload, name: str, kind: str, case: str, models: Models) -> int:
    """Put an uploaded list in force under a name, in the place of one that has it; how many names it holds.

    Raises DataError with the faults of its rows, each with its line, and InputError for a name or type that is none.
    """
    rule = DictionaryRule(name.strip(), "", type=kind.strip(), case=case)
    with on_disk(upload) as path:
        held = _told(upload.name, path, lambda: read_dictionary(rule, path))
    if not held:
        raise DataError(f"{upload.name}: expected a name a row, got none")
    file = own.kept_file(upload.name, upload.getvalue())
    own.change(lambda setup: with_dictionary(setup, replace(rule, file=file)), models)
    return len(held)


def add_base(upload: Upload, models: Models) -> int:
    """Put an uploaded knowledge base in force; how many rows it has. Raises DataError with the faults of its rows."""
    with on_disk(upload) as path:
        base = _told(upload.name, path, lambda: KnowledgeBase.open(path))
    if not base:
        raise DataError(f"{upload.name}: expected a row for each thing that names may mean, got none")
    file = own.kept_file(upload.name, upload.getvalue())
    own.change(lambda setup: replace(setup, knowledge=file), models)
    return len(base)


def trial(extractor: Extractor, text: str, typed: PatternRule | None) -> Extraction:
    """What a set-up finds in a text, with a pattern that is not in it yet. Raises InputError for one that takes too long."""
    if typed is not None:
        patterns = with_pattern(extractor.finder.setup, typed).patterns
        extractor = replace(extractor, finder=extractor.finder.with_patterns(patterns))
    return extractor.extract(Document("trial", text))


def trial_rows(found: Extraction, names: Mapping[str, str], sources: Mapping[str, str]) -> list[dict[str, Any]]:
    """A row for each mention: as written, its type, what found it, what it says or means."""
    return [
        {
            "text": " ".join(one.text.split()),
            "type": names.get(one.label, one.label),
            "source": found_by(one.source, sources),
            "value": one.value or one.link,
        }
        for one in found.mentions
    ]


def found_by(source: str, sources: Mapping[str, str]) -> str:
    """A mention's source in words; `sources` maps model, dictionary, pattern and value to theirs.

    >>> found_by("dictionary:clients", {"dictionary": "list"}), found_by("entities", {"model": "model"})
    ('list clients', 'model entities')
    """
    kind, _, name = source.rpartition(":")
    return f"{sources.get(kind or 'model', kind)} {name}" if kind != "value" else sources.get(kind, kind)


def _told(name: str, path: Path, read: Any) -> Any:
    """What `read` gives; a fault names the upload, not where it lay meanwhile."""
    try:
        return read()
    except DataError as fault:
        raise DataError(str(fault).replace(str(path), name)) from fault
