"""spaCy's old training data as JSON: of version 2 ("paragraphs" of tokens in BILUO), or [text, {"entities": [[0, 4, "ORG"]]}]."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from entity_extractor.formats.json_rows import json_items, text_in
from entity_extractor.formats.jsonl import mention_of
from entity_extractor.formats.on_words import found_words
from entity_extractor.formats.options import Reading
from entity_extractor.formats.places import settled
from entity_extractor.formats.soundness import sound
from entity_extractor.mentions import Annotated, Mention
from headwater.data.conll import to_iob2
from headwater.errors import DataError
from headwater.spans import from_bio
from headwater.text import clean

__all__ = ["read_spacy_json"]


def read_spacy_json(file: Path, options: Reading) -> Iterator[Annotated]:
    """Read a document a pair, or a paragraph. Ids are file and number, or document's id and paragraph.

    Raises DataError with file and item.
    """
    for number, (where, item) in enumerate(json_items(file), 1):
        if isinstance(item, list):
            yield _pair(item, f"{file.name}:{number}", where, options)
        elif isinstance(item, dict) and isinstance(item.get("paragraphs"), list):
            for count, paragraph in enumerate(item["paragraphs"], 1):
                yield _paragraph(paragraph, f"{item.get('id', number)}/{count}", f"{where}: paragraph {count}")
        else:
            raise DataError(
                f'{where}: expected [text, {{"entities": ...}}] or {{"paragraphs": ...}}, got {str(item)[:60]}'
            )


def _pair(item: list[Any], name: str, where: str, options: Reading) -> Annotated:
    match item:
        case [str(text), {"entities": list(entities)}]:
            mentions = tuple(mention_of(entity, where) for entity in entities)
            return sound(settled(Annotated(name, text, mentions), options.offsets))
        case [str(text), dict()]:
            return sound(Annotated(name, text))
    raise DataError(f'{where}: expected [text, {{"entities": ...}}], got {str(item)[:60]}')


def _paragraph(paragraph: Any, name: str, where: str) -> Annotated:
    text = clean(text_in(paragraph, "raw", where))
    mentions, at = [], 0
    for sentence in paragraph.get("sentences") or ():
        tokens = [clean(text_in(token, "orth", where)) for token in sentence.get("tokens") or ()]
        tags = [str(token.get("ner") or "O") for token in sentence.get("tokens") or ()]
        edges, at = found_words(text, tokens, where, at)
        known = ["O" if tag == "-" else tag for tag in tags]  # "-": nobody has looked
        mentions += [Mention(s.start, s.end, s.label) for s in from_bio(edges, to_iob2(known, where))]
    return sound(Annotated(name, text, tuple(mentions)))
