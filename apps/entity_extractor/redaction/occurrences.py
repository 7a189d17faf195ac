"""Where else the words of a redacted name stand: a model that found a name once may have missed it the next time.

A whole name is taken wherever its words follow each other, in any case and with any accents. Of people, each word is
taken alone too; of the rest, a word with a capital that is not what half of all firms and streets are called.
Chinese and its like put no spaces between words: what is taken there stands in redaction/chinese.py.
Words of less than three letters (four, of the rest) are never taken alone, and English words that are names as well
("Will", "Grace") only with a capital and inside a sentence.
"""

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from entity_extractor.redaction.chinese import forms
from entity_extractor.redaction.wording import COMMON, GENERIC, PARTICLES, Word, fold, inflected, unspaced, words

__all__ = ["PEOPLE", "Name", "Place", "find"]

PEOPLE = frozenset({"PER", "PERSON"})
GAP = 3  # characters between two words of a name at most: "Liam  O'Connell", "liam_oconnell", "Owusu, Grace"
SENTENCE = re.compile(r"(?:^|[.!?:;\n\"“•>*-])\s*$")
ENDED = re.compile(r"[.!?;:]\s")
STEM = 4  # letters by which inflected words are looked up


@dataclass(frozen=True)
class Name:
    """A redacted name: how it was written first, its kind, and whose it is. `alone`: its words are looked for singly."""

    text: str
    kind: str
    entity: str
    alone: bool = True


@dataclass(frozen=True, order=True)
class Place:
    """Characters `start` to `end` of a text that are taken, under a kind, for an entity."""

    start: int
    end: int
    kind: str
    entity: str


def find(text: str, names: Sequence[Name]) -> Iterator[Place]:
    """Every place where a name, or a word of it that says enough alone, stands; places may overlap."""
    found = list(words(text))
    yield from _unspaced(text, names)
    yield from _whole(text, found, names)
    singles = _singles(names)
    stems: dict[str, list[str]] = defaultdict(list)
    for single in singles:
        stems[single[:STEM]].append(single)
    for word in found:
        known = word.folded if word.folded in singles else _stem(word.folded, stems)
        for name in singles.get(known, ()):
            if _says_enough(text, word, known, name):
                cut = word.end - (len(word.folded) - len(known)) if known != word.folded else word.end
                yield Place(word.start, cut, name.kind, name.entity)


def _unspaced(text: str, names: Iterable[Name]) -> Iterator[Place]:
    for name in names:
        for form in forms(name.text, name.kind in PEOPLE and name.alone) if unspaced(name.text) else ():
            for match in form.finditer(text):
                yield Place(*match.span(), name.kind, name.entity)


def _whole(text: str, found: Sequence[Word], names: Iterable[Name]) -> Iterator[Place]:
    """Names of two words and more, their words one after the other, or in the other order with a comma."""
    begins: dict[str, dict[tuple[str, ...], Name]] = defaultdict(dict)
    turned: set[tuple[str, ...]] = set()
    for name in names:
        parts = tuple(word.folded for word in words(name.text))
        if len(parts) > 1 or (parts and not name.alone):
            begins[parts[0]].setdefault(parts, name)
        if len(parts) == 2 and name.kind in PEOPLE:
            begins[parts[1]].setdefault(parts[::-1], name)
            turned.add(parts[::-1])
    for at, word in enumerate(found):
        for parts, name in begins.get(word.folded, {}).items():
            run = found[at : at + len(parts)]
            if tuple(one.folded for one in run) == parts and _together(text, run, parts in turned):
                yield Place(word.start, run[-1].end, name.kind, name.entity)


def _together(text: str, run: Sequence[Word], turned: bool) -> bool:
    """Whether words follow each other as those of a name: on one line, no sentence ending between them."""
    for one, other in itertools.pairwise(run):
        gap = text[one.end : other.start]
        initial = one.end - one.start <= 2  # "J. Smith"
        if len(gap) > GAP or "\n" in gap or (ENDED.search(gap) and not initial):
            return False
        if turned and gap.strip() != ",":
            return False
    return True


def _singles(names: Iterable[Name]) -> dict[str, list[Name]]:
    """Folded word -> the names that it may stand for; the first of a kind counts."""
    out: dict[str, list[Name]] = defaultdict(list)
    for name in names:
        for word in words(name.text) if name.alone else ():
            short = len(word.folded) < (3 if name.kind in PEOPLE else 4)
            generic = word.folded in (PARTICLES if name.kind in PEOPLE else GENERIC | PARTICLES | COMMON)
            if not short and not generic and not word.folded.isdigit() and not out[word.folded]:
                out[word.folded].append(name)
    return {word: found for word, found in out.items() if found}


def _stem(word: str, stems: Mapping[str, Sequence[str]]) -> str:
    return next((stem for stem in stems.get(word[:STEM], ()) if inflected(word, stem)), "")


def _says_enough(text: str, word: Word, known: str, name: Name) -> bool:
    written = text[word.start : word.end]
    capital = not written[0].islower()
    if known != word.folded:  # with an ending: the folded and the written word must be of one length, to cut there
        return capital and len(fold(written)) == len(written) and known not in COMMON
    if known in COMMON:
        return capital and not SENTENCE.search(text[max(0, word.start - 20) : word.start])
    return capital or name.kind in PEOPLE
