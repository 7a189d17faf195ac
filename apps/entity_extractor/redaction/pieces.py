"""What is taken out of a text: the chosen names, every place where they stand again, and personal data; none overlaps.

Pieces that overlap are one, so that nothing leaks at an edge: "liam" found as a name inside liam.oconnell@example.org goes
with the whole address. A piece never begins or ends inside a word, but for possessives and endings, which stay.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from entity_extractor.mentions import Annotated, Mention, check
from entity_extractor.redaction.occurrences import PEOPLE, Name, Place, find
from entity_extractor.redaction.told import find_told, postcodes
from entity_extractor.redaction.wording import WORD, bare, fold, inflected, unspaced, words
from headwater.personal import find_personal

__all__ = ["names_of", "pieces", "united"]

PLACES = frozenset({"LOC", "GPE"})
EDGES = ' \t\r\n.,;:!?()[]{}<>"“”„«»*|/\\-–—'


def names_of(
    annotated: Annotated, kinds: Collection[str], identities: Mapping[Mention, str] | None = None
) -> list[tuple[Place, Name]]:
    """The chosen mentions, each at the place that is taken and with the name it is.

    Whose name it is says, in this order: `identities`, the link of the mention, or its words; a name of one word that is
    part of just one longer name of a person in the text is that person's.
    """
    chosen = [mention for mention in check(annotated.text, annotated.mentions, annotated.id) if mention.label in kinds]
    places = [(mention, *_edges(annotated.text, mention)) for mention in chosen]
    texts = [annotated.text[start:end] for _, start, end in places]
    people = {_key(text) for (mention, *_), text in zip(places, texts, strict=True) if mention.label in PEOPLE}
    out = []
    for (mention, start, end), text in zip(places, texts, strict=True):
        whose = (identities or {}).get(mention) or mention.link or _whose(_key(text), mention.label, people)
        out.append((Place(start, end, mention.label, whose), Name(text, mention.label, whose)))
    return out


def pieces(
    text: str, taken: Iterable[Place], names: Sequence[Name], region: str = "US", personal: bool = True
) -> list[Place]:
    """All that is to be replaced in a text, in order and apart: `taken`, where `names` stand again, and personal data."""
    found = [*taken, *find(text, names)]
    if personal:
        near = [(place.start, place.end) for place in found if place.kind in PLACES]
        values = [*find_personal(text, region), *find_told(text), *postcodes(text, near)]
        found += [Place(span.start, span.end, span.label.upper(), fold(text[span.start : span.end])) for span in values]
    return united(found, text)


def united(found: Iterable[Place], text: str) -> list[Place]:
    """Pieces in order; those that overlap are one, of the kind of the longest of them, and whose that was."""
    out: list[Place] = []
    longest = 0
    for piece in sorted(found, key=lambda piece: (piece.start, -piece.end)):
        length = piece.end - piece.start
        if not out or piece.start >= out[-1].end:
            out.append(piece)
            longest = length
            continue
        last = out[-1]
        if length > longest:
            last, longest = replace(last, kind=piece.kind, entity=piece.entity), length
        if piece.end > last.end:
            last = replace(last, end=piece.end, entity=_key(text[last.start : piece.end]))
        out[-1] = last
    return out


def _key(text: str) -> str:
    return " ".join(word.folded for word in words(text)) or text


def _whose(key: str, label: str, people: Collection[str]) -> str:
    if label not in PEOPLE or " " in key:
        return key
    longer = [name for name in people if " " in name and key in name.split()]
    return longer[0] if len(longer) == 1 else key


def _edges(text: str, mention: Mention) -> tuple[int, int]:
    """A mention without punctuation and possessive at its edges, whole words otherwise; an ending of a name stays out."""
    start, end = mention.start, mention.end
    while start < end and text[start] in EDGES:
        start += 1
    while end > start and text[end - 1] in EDGES:
        end -= 1
    if start == end:
        return mention.start, mention.end
    if not unspaced(text[start:end]):
        start, end = _whole_words(text, start, end)
    return start, start + len(bare(text[start:end]))


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    near = max(0, start - 60)  # no word is longer: a document's words are not walked for every mention
    for match in WORD.finditer(text, near, min(len(text), end + 60)):
        if match.start() < start < match.end():
            start = match.start()
        if match.start() < end < match.end() and not _ending(match[0], text[match.start() : end]):
            end = match.end()
    return start, end


def _ending(word: str, name: str) -> bool:
    return bare(word) == name or inflected(fold(word), fold(name))
