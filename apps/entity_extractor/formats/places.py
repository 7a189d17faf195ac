"""Offsets that count something else than characters: UTF-16 code units, as JavaScript does, or bytes of UTF-8.

A place in a file is where somebody's program counted it to be. "🙂 Oslo" has Oslo at 2 in characters, at 3 in UTF-16
and at 5 in UTF-8. A span that brings its own text proves what was counted.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from entity_extractor.mentions import Annotated, Mention
from headwater.errors import DataError, InputError
from headwater.text import clean

__all__ = ["UNITS", "from_characters", "settled", "to_characters"]

UNITS = ("characters", "utf-16", "utf-8")
BLANK = re.compile(r"\s|\\n")  # Label Studio writes a line break in a span's text as a backslash and an n


def _edges(text: str, unit: str) -> np.ndarray:
    """Where each character begins, and the end: int64 (characters + 1,), counted in `unit`."""
    if unit not in UNITS:
        raise InputError(f"expected offsets to be one of {', '.join(UNITS)}, got {unit!r}")
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    widths = np.ones(len(codes), dtype=np.int64)
    if unit == "utf-16":
        widths += codes > 0xFFFF
    elif unit == "utf-8":
        widths += (codes > 0x7F).astype(np.int64) + (codes > 0x7FF) + (codes > 0xFFFF)
    return np.concatenate([[0], np.cumsum(widths)])


def from_characters(text: str, offsets: Sequence[int], unit: str) -> list[int]:
    """Offsets in characters -> offsets in `unit`.

    >>> from_characters("🙂 Oslo", [2, 6], "utf-16")
    [3, 7]
    """
    return _edges(text, unit)[np.asarray(offsets, dtype=np.int64)].tolist()


def to_characters(text: str, offsets: Sequence[int], unit: str) -> list[int | None]:
    """Offsets in `unit` -> offsets in characters; None for one that is outside or within a character.

    >>> to_characters("🙂 Oslo", [3, 7, 1, 9], "utf-16")
    [2, 6, None, None]
    """
    edges, given = _edges(text, unit), np.asarray(offsets, dtype=np.int64)
    at = np.searchsorted(edges, given)
    inside = edges[np.minimum(at, len(edges) - 1)] == given
    return [int(place) if found else None for place, found in zip(at, inside, strict=True)]


def settled(one: Annotated, offsets: str | None, *, prove: bool = False) -> Annotated:
    """A text as it was read, its places in characters and each span's text that of its place.

    `offsets` is a unit; None is characters, or with `prove` what the spans' own texts fit: characters, else UTF-16.
    Raises DataError for a span that is outside, cuts a character, or whose text is another; it says what would fit.
    """
    one = replace(one, text=clean(one.text))
    wanted = [offsets] if offsets else ["characters", "utf-16"] if prove else ["characters"]
    for unit in wanted:
        found = _placed(one, unit)
        if not isinstance(found, str):
            return replace(one, mentions=tuple(found))
    fits = [unit for unit in UNITS if unit not in wanted and not isinstance(_placed(one, unit), str)]
    advice = f"offsets={fits[0]!r} fits all its spans" if fits else "count the offsets again in the text of this file"
    raise DataError(f"{one.id}: {_placed(one, wanted[0])}: {advice}")


def _placed(one: Annotated, unit: str) -> list[Mention] | str:
    """The mentions in characters, or what is wrong with the first that cannot be placed."""
    flat = [offset for mention in one.mentions for offset in (mention.start, mention.end)]
    if any(abs(offset) > 2**53 for offset in flat):
        return f"expected offsets inside its {len(one.text):,} characters, got {max(flat, key=abs)}"
    places = to_characters(one.text, flat, unit)
    found = []
    for mention, start, end in zip(one.mentions, places[::2], places[1::2], strict=True):
        what = f"{mention.label} at {mention.start}-{mention.end} in {unit}"
        if start is None or end is None or start >= end:
            return f"expected spans inside its {len(one.text):,} characters and between them, got {what}"
        here, given = one.text[start:end], clean(mention.text)
        if given and given != here and BLANK.sub("", given) != BLANK.sub("", here):
            return f"expected {given!r:.60} for {what}, got {here!r:.60}"
        found.append(replace(mention, start=start, end=end, text=here))
    return found
