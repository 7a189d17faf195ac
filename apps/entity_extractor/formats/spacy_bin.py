"""spaCy's DocBin (.spacy), through spaCy itself: what `spacy train` reads.

Words are those of `headwater.text.words`, with the blanks between them kept, so `doc.text` is the text. Labels are in
`doc.ents`, links in their `kb_id_`; what spaCy has no place for stands as JSON in `doc.user_data["headwater"]`, the id
in `doc.user_data["id"]`. A DocBin is one block: it is held in memory whole, out and in.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from entity_extractor.formats.on_words import on_words
from entity_extractor.formats.options import Reading, Writing
from entity_extractor.formats.soundness import meta_json, sound
from entity_extractor.mentions import Annotated, Mention
from headwater.errors import DataError, InputError
from headwater.text import words

__all__ = ["read_spacy", "tiles", "write_spacy"]

KEPT = ("probability", "source", "value")


def _spacy() -> Any:
    """spaCy's tokens and vocabulary; it comes with an extra, and takes seconds to import."""
    try:
        from spacy import tokens, vocab
    except ModuleNotFoundError as fault:
        raise InputError("expected spaCy for .spacy files, found none: pip install 'headwater[spacy]'") from fault
    return tokens, vocab.Vocab()


def write_spacy(stream: BinaryIO, annotated: Iterable[Annotated], options: Writing) -> None:
    """Write a DocBin. Raises DataError for spans that cut a word."""
    tokens, vocab = _spacy()
    bin_ = tokens.DocBin(attrs=["ENT_IOB", "ENT_TYPE", "ENT_KB_ID"], store_user_data=True)
    for one in annotated:
        edges = words(one.text)
        one, runs = on_words(one, edges, options.snap)
        texts, spaces, places = tiles(one.text, edges)
        doc = tokens.Doc(vocab, words=texts, spaces=spaces)
        doc.ents = [
            tokens.Span(doc, places[first], places[after - 1] + 1, label=mention.label, kb_id=mention.link)
            for mention, (first, after) in zip(one.mentions, runs, strict=True)
        ]
        more = {"mentions": [[getattr(m, key) for key in KEPT] for m in one.mentions]}
        kept = orjson.dumps(more | {"meta": orjson.Fragment(meta_json(one))}).decode()
        doc.user_data = {"id": one.id, "headwater": kept}
        bin_.add(doc)
    stream.write(bin_.to_bytes())


def tiles(text: str, edges: Sequence[tuple[int, int]]) -> tuple[list[str], list[bool], list[int]]:
    """The text as spaCy's tokens: their texts, whether a space follows each, and which token each word has become.

    One space after a token is its own; other blanks are tokens.

    >>> tiles("New  York", [(0, 3), (5, 9)])
    (['New', ' ', 'York'], [True, False, False], [0, 2])
    """
    texts: list[str] = []
    spaces: list[bool] = []
    places: list[int] = []
    at = 0
    for start, end in [*edges, (len(text), len(text))]:
        if texts and text[at:start].startswith(" "):
            spaces[-1], at = True, at + 1
        if at < start:
            texts.append(text[at:start])
            spaces.append(False)
        if start < end:
            places.append(len(texts))
            texts.append(text[start:end])
            spaces.append(False)
        at = end
    return texts, spaces, places


def read_spacy(file: Path, options: Reading) -> Iterator[Annotated]:
    """Read a DocBin, ours or another's; a document without an id is named by file and number. Raises DataError."""
    tokens, vocab = _spacy()
    try:
        docs = list(tokens.DocBin().from_bytes(file.read_bytes()).get_docs(vocab))
    except Exception as fault:  # spaCy and msgpack have no common error for a foreign file
        raise DataError(f"{file}: expected a DocBin as spaCy 3 writes it: {fault}") from fault
    for number, doc in enumerate(docs, 1):
        yield _annotated(doc, f"{file.name}:{number}", f"{file}: document {number}")


def _annotated(doc: Any, name: str, where: str) -> Annotated:
    try:
        kept = json.loads(doc.user_data.get("headwater") or "{}")
        rows = kept.get("mentions") or []
        mentions = tuple(
            Mention(
                ent.start_char, ent.end_char, ent.label_, link=ent.kb_id_, **dict(zip(KEPT, row or (), strict=False))
            )
            for ent, row in zip_longest(doc.ents, rows if len(rows) == len(doc.ents) else ())
        )
        return sound(Annotated(str(doc.user_data.get("id", name)), doc.text, mentions, kept.get("meta") or {}))
    except (AttributeError, TypeError, ValueError) as fault:
        raise DataError(f"{where}: expected user data as Headwater writes it: {fault}") from fault
