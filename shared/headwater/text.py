"""Raw text -> the integer arrays a model reads, with the way back to the characters of the text.

`TextEncoder` is the one road from text to tensors: training, serving and the Triton client all take it, so a
model meets in service exactly what it was trained on. Every input tensor is made by a *feature*, a pure function
with a name and a version ("casing.v1"); a bundle names the features it needs, and golden vectors pin what they give.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from tokenizers import Encoding, Tokenizer

from headwater.errors import BundleError, InputError

__all__ = ["FEATURES", "Input", "TextEncoder", "Window", "casing", "check_texts", "clean", "pad", "words"]

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# A word is one CJK character, or a run of letters, digits and combining accents, or one other visible character.
WORD = re.compile(rf"[{CJK}]|(?:[^\W_{CJK}]|[\u0300-\u036f])+|\S")
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
FEW = 8  # texts; to wake the tokenizer's threads for so few takes longer than they do
CASING_ROWS = 6
NOWHERE = np.zeros((0, 2), dtype=np.int64)


@dataclass(frozen=True)
class Input:
    """One tensor of the model: its name in the graph and the feature that makes it."""

    name: str
    feature: str


@dataclass(frozen=True)
class Window:
    """A stretch of one text that fits the model.

    `arrays[name]` int64 (tokens,); `offsets` int64 (tokens, 2) in characters of the first text, and (0, 0) for
    special tokens and for tokens of the second text of a pair, or (0, 2) where nobody asked for them; `text` is the
    row number in the call.
    """

    text: int
    arrays: dict[str, np.ndarray]
    offsets: np.ndarray

    def __len__(self) -> int:
        return len(next(iter(self.arrays.values())))


def clean(text: str) -> str:
    """Replace lone surrogates, which UTF-8 cannot carry, by U+FFFD; the length does not change, so offsets hold."""
    return LONE_SURROGATE.sub("\ufffd", text)


def check_texts(texts: Sequence[str], pairs: Sequence[str] | None = None) -> None:
    """Raise InputError where a text is not a string, or `pairs` has another length than `texts`."""
    if isinstance(texts, str) or isinstance(pairs, str):
        raise InputError("expected a list of texts, got one string: put it in a list, [text]")
    if pairs is not None and len(pairs) != len(texts):
        raise InputError(f"expected a second text for each of {len(texts)} texts, got {len(pairs)}")
    for name, column in (("text", texts), ("second text", () if pairs is None else pairs)):
        for row, text in enumerate(column):
            if not isinstance(text, str):
                raise InputError(f"{name} {row}: expected a string, got {type(text).__name__}")


def words(text: str) -> list[tuple[int, int]]:
    """Cut a text into words, the units that a token head labels: (start, end) in characters.

    The rule does not depend on the tokenizer, so that spans keep exact edges with any encoder.

    >>> words("U.S. rates")
    [(0, 1), (1, 2), (2, 3), (3, 4), (5, 10)]
    """
    return [match.span() for match in WORD.finditer(text)]


def casing(word: str) -> int:
    """Say how a word is written: 0 lower, 1 Title, 2 UPPER, 3 mIxed, 4 digits, 5 other (no letters, no digits).

    >>> [casing(word) for word in ("bank", "Bank", "IBM", "iPhone", "2024", "$")]
    [0, 1, 2, 3, 4, 5]
    """
    if word.islower():
        return 0
    if word.isupper():
        return 2
    if word[:1].isupper() and word[1:].islower():
        return 1
    if any(character.isupper() for character in word):
        return 3
    return 4 if any(character.isdigit() for character in word) else 5


def _ids(text: str, encoding: Encoding) -> list[int]:
    return encoding.ids


def _mask(text: str, encoding: Encoding) -> list[int]:
    return encoding.attention_mask


def _segments(text: str, encoding: Encoding) -> list[int]:
    return encoding.type_ids


@lru_cache(maxsize=1)  # the windows of a long text come one after the other: cut it into words once
def _word_table(text: str) -> tuple[list[int], list[int]]:
    """End and casing of every word."""
    spans = words(text)
    return [end for _, end in spans], [casing(text[start:end]) for start, end in spans]


def _casing(text: str, encoding: Encoding) -> list[int]:
    """Casing of the word in which each token starts; special tokens and the second text of a pair are 5."""
    ends, kinds = _word_table(text)
    row = []
    for (start, end), sequence in zip(encoding.offsets, encoding.sequence_ids, strict=True):
        word = bisect_right(ends, start)  # some tokenizers count the space before a word as its own
        row.append(kinds[word] if sequence == 0 and end > start and word < len(kinds) else 5)
    return row


FEATURES: dict[str, Callable[[str, Encoding], list[int]]] = {
    "casing.v1": _casing,
    "ids.v1": _ids,
    "mask.v1": _mask,
    "segments.v1": _segments,
}


class TextEncoder:
    """Turn texts into windows, and windows into padded batches.

    `max_length` counts tokens with the special ones. A longer text gives several windows, each sharing `stride`
    tokens with the one before. A pair that is too long is cut at the end of its longer half.
    """

    def __init__(self, tokenizer: Tokenizer, inputs: Sequence[Input], max_length: int, stride: int) -> None:
        unknown = [item.feature for item in inputs if item.feature not in FEATURES]
        if unknown:
            raise BundleError(
                f"this model reads the input feature {unknown[0]!r}, and this Headwater makes "
                f"{', '.join(sorted(FEATURES))}: install the newer Headwater that the bundle names"
            )
        self.inputs, self.max_length, self.stride = tuple(inputs), max_length, stride
        # Some models count positions from the padding token, so it must be the one that they were trained with.
        self.pad_id = tokenizer.padding["pad_id"] if tokenizer.padding else tokenizer.token_to_id("[PAD]") or 0
        self.space = tokenizer.token_to_id("\u2581")  # SentencePiece's sign for a space
        # A Tokenizer is mutable: a copy leaves the caller's padding and truncation as they were.
        self.tokenizer = Tokenizer.from_str(tokenizer.to_str())
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(max_length, stride=stride)

    @property
    def fill(self) -> dict[str, int]:
        """What pads each input."""
        return {item.name: self.pad_id if item.feature == "ids.v1" else 0 for item in self.inputs}

    def encode(self, texts: Sequence[str], pairs: Sequence[str] | None = None, *, offsets: bool = True) -> list[Window]:
        """Cut texts into windows, in order; every text, the empty one too, gives at least one.

        Without `offsets`, which only token heads need, it takes half the time (unless the casing of words is an
        input). Raises InputError as `check_texts` does.
        """
        check_texts(texts, pairs)
        cleaned = [clean(text) for text in texts]
        placed = offsets or any(item.feature == "casing.v1" for item in self.inputs)  # of words, found by place
        given: list[Any] = cleaned
        if pairs is not None:
            given = [
                (self._start(text), self._start(clean(second))) for text, second in zip(cleaned, pairs, strict=True)
            ]
        if len(given) <= FEW:
            encodings = [self.tokenizer.encode(*(item if pairs is not None else (item,))) for item in given]
        else:
            encodings = (self.tokenizer.encode_batch if placed else self.tokenizer.encode_batch_fast)(given)
        windows = []
        for row, encoding in enumerate(encodings):
            parts = [encoding] if pairs is not None else [encoding, *encoding.overflowing]
            windows += [self._window(row, cleaned[row], part, offsets) for part in parts]
        return windows

    def _start(self, text: str) -> str:
        """As much of a text as a pair can hold.

        The tokenizer would give every window of one long half beside every window of the other: two texts of
        100,000 characters are millions of windows, of which a pair reads the first.
        """
        if len(text) <= 8 * self.max_length:
            return text
        offsets = self.tokenizer.encode(text, add_special_tokens=False).offsets
        return text[: offsets[-1][1]] if offsets else text

    def _window(self, row: int, text: str, encoding: Encoding, offsets: bool) -> Window:
        arrays = {item.name: np.asarray(FEATURES[item.feature](text, encoding), dtype=np.int64) for item in self.inputs}
        return Window(row, arrays, self._offsets(encoding) if offsets else NOWHERE)

    def _offsets(self, encoding: Encoding) -> np.ndarray:
        offsets = np.asarray(encoding.offsets, dtype=np.int64).reshape(-1, 2)
        if self.space is not None:  # a space by itself is the first token of the word after it, and learnt its label
            lone = (np.asarray(encoding.ids[:-1]) == self.space) & (offsets[:-1, 1] == offsets[1:, 0])
            offsets[:-1, 1] += lone
        first = np.asarray([sequence == 0 for sequence in encoding.sequence_ids], dtype=bool)
        return offsets * first[:, None]

    def batch(self, windows: Sequence[Window]) -> dict[str, np.ndarray]:
        """Pad windows to the longest of them: int64 (windows, tokens) by input name."""
        length = max(len(window) for window in windows)
        return {
            name: pad([window.arrays[name] for window in windows], length, fill) for name, fill in self.fill.items()
        }


def pad(rows: Sequence[np.ndarray], length: int, fill: int) -> np.ndarray:
    """Stack rows of different lengths into int64 (rows, length), filled up at the right."""
    out = np.full((len(rows), length), fill, dtype=np.int64)
    for row, values in enumerate(rows):
        out[row, : len(values)] = values
    return out
