"""What every writer and every reader holds an annotated text to."""

from dataclasses import replace
from typing import Any

import orjson

from entity_extractor.mentions import Annotated, check
from headwater.errors import DataError
from headwater.text import clean

__all__ = ["meta_json", "sound"]


def sound(one: Annotated) -> Annotated:
    """The same with its mentions in order, each with its text, and U+FFFD for lone surrogates, which no file can carry.

    Raises DataError, naming document and span, for spans that are empty, outside or overlap, for one without a label,
    with a probability outside 0 to 1, or whose own text is not the one at its place.
    """
    name, text = clean(one.id), clean(one.text)
    mentions = []
    for mention in check(text, one.mentions, name):
        here, place = text[mention.start : mention.end], f"{name}: {mention.label!r} at {mention.start}-{mention.end}"
        if not mention.label:
            raise DataError(f"{place}: expected a label, got none: name its type")
        if not 0 <= mention.probability <= 1:
            raise DataError(f"{place}: expected a probability from 0 to 1, got {mention.probability}")
        if mention.text and clean(mention.text) != here:
            raise DataError(
                f"{place}: expected {clean(mention.text)!r:.60} there, got {here!r:.60}: offsets count characters of this very text"
            )
        words: dict[str, Any] = {key: clean(getattr(mention, key)) for key in ("label", "source", "value", "link")}
        mentions.append(replace(mention, text=here, probability=float(mention.probability), **words))
    return Annotated(name, text, tuple(mentions), one.meta)


def meta_json(one: Annotated) -> bytes:
    """The meta of a document as JSON. Raises DataError where it holds what JSON has no form for."""
    try:
        return orjson.dumps(_plain(dict(one.meta)))
    except (TypeError, ValueError) as fault:
        raise DataError(
            f"{one.id}: expected meta of texts, numbers, lists and tables, got another ({fault})"
        ) from fault


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key) if isinstance(key, str) else key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
