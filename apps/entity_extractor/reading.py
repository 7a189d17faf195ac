"""Documents read for the pages, part by part; what was found is kept, so that no click reads anything twice."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st

import headwater
from entity_extractor.extraction import SURE, Extraction, Extractor, open_extractor
from entity_extractor.finding import Finder, own
from entity_extractor.mentions import Document, Mention, Stretch
from entity_extractor.parts import parts, sheaves
from entity_extractor.relations.relating import Relation, relate
from headwater.companies.table import Companies, standing_table
from headwater.errors import InputError
from headwater.relations import NONE
from headwater.serving import Classifier, Tagger
from headwater.ui.inspecting import look
from headwater.ui.loading import bundle_for
from headwater.ui.shelf import USES, Place, fits, places, stamp

__all__ = [
    "MODEL",
    "Read",
    "chosen",
    "extractor_for",
    "find_texts",
    "model_types",
    "read",
    "related",
    "relation_places",
    "settled",
]

MODEL = "entities"  # what finding.toml calls the model that it leaves open
STEP = 15_000  # characters between two steps of a progress bar: about a second on two cores
Progress = Callable[[float], object]


@dataclass(frozen=True)
class Read:
    """A document and every mention in it, however unlikely; `key` tells apart what is kept: models and text."""

    document: Document
    mentions: tuple[Mention, ...]
    key: str


def extractor_for(model: Tagger) -> tuple[Extractor, str]:
    """The set-up in force with this model and the company table, and what tells it apart from every other.

    Raises InputError for a set-up with faults, DataError for a table with some.
    """
    stamped = f"{model.bundle.digest} {own.stamp()}"
    return _extractor(model, stamped, own.standing(), standing_table()), stamped


def model_types() -> tuple[str, ...]:
    """The types of the model that is chosen, none where it cannot be had: what its page says."""
    bundle = bundle_for("extractor")
    if isinstance(bundle, str) or not fits(USES["extractor"], bundle):
        return ()
    return tuple(dict.fromkeys(label[2:] for label in USES["extractor"].pick(bundle).labels if label != "O"))


def read(finder: Finder, digest: str, document: Document, progress: Progress, kept_as: str = "extract") -> Read:
    """Read a document in steps; `digest` says what reads, models and set-up. `progress` is called with the share that is done.

    A read that is left and taken up again goes on where it stood. The session keeps the last one under `kept_as`.
    """
    key = hashlib.sha256(f"{digest}\0{document.id}\0{document.text}".encode("utf-8", "replace")).hexdigest()
    kept = st.session_state.get(f"reading.{kept_as}")
    if kept is not None and kept.key == key and kept.document == document:
        return kept  # type: ignore[no-any-return]
    every = parts(document)
    found = find_texts(finder, digest, document.text, every, progress)
    moved = (
        replace(one, start=one.start + part.start, end=one.end + part.start)
        for part, mentions in zip(every, found, strict=True)
        for one in mentions
    )
    done = Read(document, tuple(moved), key)
    st.session_state[f"reading.{kept_as}"] = done
    return done


def find_texts(
    finder: Finder, digest: str, text: str, every: Sequence[Stretch], progress: Progress
) -> Iterator[tuple[Mention, ...]]:
    """The mentions of each stretch of a text, their places counted from where the stretch begins."""
    for sheaf in sheaves(every, STEP):
        if sheaf[0].start:
            progress(sheaf[0].start / len(text))
        yield from _found(finder, digest, tuple(text[part.start : part.end] for part in sheaf))


def chosen(done: Read, least: float, off: Collection[str]) -> tuple[Mention, ...]:
    """The mentions that are at least so probable, but for the types that are switched off."""
    return tuple(one for one in done.mentions if one.probability >= least and one.label not in off)


def settled(extractor: Extractor, done: Read, least: float, off: Collection[str]) -> Extraction:
    """What was chosen, linked and joined to entities."""
    return _settled(extractor, done, f"{done.key} {least:.2f} {sorted(off)}", least, frozenset(off))


def related(done: Read, kept: Iterable[Mention], place: Place) -> tuple[Relation, ...]:
    """The relations between mentions that are kept, by the bundle at a place. Raises InputError for another kind of bundle."""
    model = _relater(place.folder, stamp(place.folder))
    every = _related(model, done, f"{done.key} {model.bundle.digest}")
    held = set(kept)
    return tuple(one for one in every if one.head in held and one.tail in held)


def relation_places() -> list[Place]:
    """The bundles on the shelf that tell relations: of one head, with a label that says that nothing joins two names."""
    found = []
    for place in places():
        bundle = look(place)
        if not isinstance(bundle, str):
            heads = bundle.manifest.heads
            if len(heads) == 1 and heads[0].kind == "single" and NONE in heads[0].labels:
                found.append(place)
    return sorted(found, key=lambda place: place.name != "relations")


@st.cache_resource(max_entries=4, show_spinner=False)
def _extractor(_model: Tagger, stamped: str, setup: Path, table: Path) -> Extractor:
    return open_extractor(setup, {MODEL: _model}, companies=Companies.open(table))


@st.cache_data(max_entries=300, show_spinner=False)
def _found(_finder: Finder, digest: str, texts: tuple[str, ...]) -> list[tuple[Mention, ...]]:
    return [found for text in texts for found in _finder.find_pages([(Stretch(0, len(text), 1), text)])]


@st.cache_resource(max_entries=8, show_spinner=False)
def _settled(_extractor: Extractor, _done: Read, key: str, least: float, off: frozenset[str]) -> Extraction:
    return _extractor.finished(_done.document, chosen(_done, least, off))


@st.cache_resource(max_entries=2, show_spinner=False)
def _relater(folder: Path, stamped: tuple[int, ...]) -> Classifier:
    opened = headwater.load(folder)
    if not isinstance(opened, Classifier):
        raise InputError(f"{folder}: expected a bundle with one classification head, got {type(opened).__name__}")
    return opened


@st.cache_resource(max_entries=8, show_spinner=False)
def _related(_model: Classifier, _done: Read, key: str) -> tuple[Relation, ...]:
    return tuple(relate(_done.document.text, _done.mentions, _model, SURE))
