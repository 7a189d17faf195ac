"""Take names and personal data out of a text, and put them back.

    key = new_key()
    redacted = redact(annotated, key, kinds=("PER", "ORG"))
    restore(redacted.text, key) == annotated.text

Restoring is exact, also where the text around the replacements was edited: what looked like a replacement in the text
itself is replaced too ("[TEXT 1]"), so that every replacement in a redacted text was put there.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from entity_extractor.mentions import Annotated, Mention
from entity_extractor.redaction.key import TOKEN, Entry, Key
from entity_extractor.redaction.occurrences import Name, Place
from entity_extractor.redaction.pieces import names_of, pieces, united
from entity_extractor.redaction.pseudonyms import LITERAL, LOOKALIKE, replacement
from entity_extractor.redaction.wording import fold, words
from headwater.errors import DataError

__all__ = ["KINDS", "Redacted", "Replacement", "redact", "restore"]

KINDS = ("PER", "ORG", "LOC")
# Values of a file's properties that are a person's name, whatever the text says.
WRITERS = frozenset("author authors creator from to cc bcc sender recipient signed owner lastmodifiedby".split())


@dataclass(frozen=True)
class Replacement:
    """`text[start:end]` of the redacted text stands for `original`, which stood at `original_start`."""

    start: int
    end: int
    kind: str
    text: str
    original: str
    original_start: int


@dataclass(frozen=True)
class Redacted:
    """The text without what was taken; `id` and `meta` likewise. `replacements` are in order, and as secret as the key."""

    text: str
    replacements: tuple[Replacement, ...]
    id: str = ""
    meta: Mapping[str, Any] | None = None


def redact(
    annotated: Annotated,
    key: Key,
    kinds: Collection[str] = KINDS,
    personal: bool = True,
    region: str = "US",
    identities: Mapping[Mention, str] | None = None,
) -> Redacted:
    """Replace mentions of `kinds`, wherever their words stand again, and with `personal` what else tells a person.

    `region` is the country of national telephone numbers; `identities` says whose name a mention is, as a room that
    joins mentions knows. The key gains what it did not have: save it before the redacted text is given away. Raises
    DataError for a text that could not be restored.
    """
    chosen = names_of(annotated, kinds, identities)
    everything = "\n".join([annotated.id, annotated.text, *_strings(annotated.meta)])
    known = [entry for entry in key.people.standing(everything) if entry.kind in kinds]
    names = [
        *_once(name for _, name in chosen),
        *(Name(entry.original, entry.kind, entry.entity, alone=False) for entry in known),
    ]
    key.meet(annotated.text)

    def taken(text: str, places: Iterable[Place] = ()) -> list[Place]:
        return pieces(text, places, names, region, personal)

    text, replacements = _replaced(annotated.text, taken(annotated.text, [place for place, _ in chosen]), key)
    meta = {name: _meta(name, value, taken, key) for name, value in annotated.meta.items()}
    return Redacted(text, replacements, _replaced(annotated.id, taken(annotated.id), key)[0], meta)


def restore(text: str, key: Key) -> str:
    """The text with every replacement of the key put back; brackets and names that the key does not know stay."""
    parts, at = [], 0
    for start, end, entry in _replacements(text, key):
        parts += [text[at:start], entry.original]
        at = end
    return "".join([*parts, text[at:]])


def _once(names: Iterable[Name]) -> list[Name]:
    """Longer names first, each way of writing once: a word that two people share is the first one's."""
    return sorted(dict.fromkeys(names), key=lambda name: -len(name.text))


def _strings(value: Any) -> Iterator[str]:
    """Every string of a property, however deep it lies."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        for one in value:
            yield from _strings(one)


def _meta(name: str, value: Any, taken: Any, key: Key) -> Any:
    """A property of the file with its strings redacted, however deep they lie."""
    if isinstance(value, str):
        whole = fold(name) in WRITERS and value.strip()
        places = [Place(0, len(value), "PER", " ".join(word.folded for word in words(value)))] if whole else []
        return _replaced(value, taken(value, places), key)[0]
    if isinstance(value, Mapping):
        return {inner: _meta(str(inner), one, taken, key) for inner, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_meta(name, one, taken, key) for one in value]
    return value


def _replaced(text: str, found: Sequence[Place], key: Key) -> tuple[str, tuple[Replacement, ...]]:
    """The text with its places replaced; where an invented name would run into its neighbours, with placeholders.

    Raises DataError where neither could be restored.
    """
    key.meet(text)
    literals = [Place(*match.span(), LITERAL, match[0]) for match in LOOKALIKE[key.style].finditer(text)]
    literals += [Place(start, end, LITERAL, text[start:end]) for start, end, _ in _replacements(text, key)]
    places = united([*found, *literals], text)
    for plain in (False, True):
        out, replacements = _built(text, places, key, plain)
        if restore(out, key) == text:
            key.meet(out)
            return out, replacements
    raise DataError(
        "expected a text that can be restored exactly, got one that runs into its replacements: leave it out"
    )


def _built(text: str, places: Sequence[Place], key: Key, plain: bool) -> tuple[str, tuple[Replacement, ...]]:
    parts: list[str] = []
    replacements, at, length = [], 0, 0
    for place in places:
        original, kept = text[place.start : place.end], text[at : place.start]
        kind = f"{place.kind}-X" if plain and place.kind != LITERAL else place.kind  # a kind that has placeholders only
        new = replacement(key, kind, place.entity, original).replacement
        start = length + len(kept)
        length, at = start + len(new), place.end
        parts += [kept, new]
        replacements.append(Replacement(start, length, place.kind, new, original, place.start))
    return "".join([*parts, text[at:]]), tuple(replacements)


def _replacements(text: str, key: Key) -> Iterable[tuple[int, int, Entry]]:
    """Where replacements of the key stand, the longest at each place, never within a word."""
    begins = key.beginnings
    at = 0
    for token in TOKEN.finditer(text):
        if token.start() < at or token[0] not in begins:
            continue
        for entry in begins[token[0]]:
            end = token.start() + len(entry.replacement)
            if text.startswith(entry.replacement, token.start()) and _apart(text, end):
                yield token.start(), end, entry
                at = end
                break


def _apart(text: str, end: int) -> bool:
    return not (text[end - 1].isalnum() and text[end : end + 1].isalnum())
