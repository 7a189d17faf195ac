"""The key of a redaction: what each replacement stands for. Who has it can restore; who has not cannot.

A key grows with each document, so that a person is the same "[PER 3]" in all of them. One process writes a key at a time.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from entity_extractor.redaction.entries import Entry, People
from entity_extractor.redaction.wording import WORD
from headwater.errors import InputError

__all__ = ["STYLES", "TOKEN", "Entry", "Key", "new_key"]

STYLES = ("placeholder", "letter", "realistic")
SCHEMA = 1
TOKEN = re.compile(r"\[[A-Z][A-Z0-9-]* \d+(?:\.\d+)?\]|[^\W_]+|\S")  # a placeholder, a word, or one sign


@dataclass
class Key:
    """The replacements of one style, and a secret from which realistic names are drawn.

    `met` are digests of the words in the texts that the key has been used on: no pseudonym is ever one of them, or that
    word of an older text would be taken for it.
    """

    style: str
    secret: str
    entries: list[Entry] = field(default_factory=list)
    met: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.style not in STYLES:
            raise InputError(f"expected a style out of {', '.join(STYLES)}, got {self.style!r}")
        self.by_replacement = {entry.replacement: entry for entry in self.entries}
        self.by_original = {(entry.kind, entry.entity, entry.original): entry for entry in self.entries}
        self.numbers: dict[tuple[str, str], int] = {}
        self.counts: dict[str, int] = {}
        self.ways: dict[tuple[str, int], int] = {}
        self.beginnings: dict[str, list[Entry]] = {}  # by their first token, the longest first
        self.people = People()
        for entry in self.entries:
            self._count(entry)

    def add(self, entry: Entry) -> Entry:
        """Note a replacement, which must be new."""
        if entry.replacement in self.by_replacement:
            raise InputError(f"{entry.replacement!r} stands for something already: expected a new replacement")
        self.entries.append(entry)
        self.by_replacement[entry.replacement] = entry
        self.by_original[entry.kind, entry.entity, entry.original] = entry
        self._count(entry)
        return entry

    def number(self, kind: str, entity: str) -> tuple[int, int]:
        """Which of its kind an entity is, and which way of writing it the next one is, both from 1."""
        number = self.numbers.get((kind, entity), self.counts.get(kind, 0) + 1)
        return number, self.ways.get((kind, number), 0) + 1

    def draw(self, *parts: object) -> int:
        """A number that only this key gives for these parts, from 0 below 2^64 (HMAC-SHA256 under its secret)."""
        message = "\x1f".join(map(str, parts)).encode()
        return int.from_bytes(hmac.digest(bytes.fromhex(self.secret), message, "sha256")[:8])

    def meet(self, text: str) -> None:
        """Note the words of a text that begin with a capital or a digit, as every realistic name does."""
        self.met.update(_digests(text))

    def has_met(self, text: str) -> bool:
        """Whether each word of a text stood in a text before, so that the text itself may have."""
        return all(digest in self.met for digest in _digests(text))

    def content(self) -> dict[str, Any]:
        """The key as JSON values."""
        entries = [asdict(entry) for entry in self.entries]
        return {
            "schema": SCHEMA,
            "style": self.style,
            "secret": self.secret,
            "entries": entries,
            "met": sorted(self.met),
        }

    def _count(self, entry: Entry) -> None:
        self.numbers[entry.kind, entry.entity] = entry.number
        self.counts[entry.kind] = max(entry.number, self.counts.get(entry.kind, 0))
        self.people.add(entry)
        self.ways[entry.kind, entry.number] = self.ways.get((entry.kind, entry.number), 0) + 1
        first = TOKEN.match(entry.replacement)
        same = self.beginnings.setdefault(first[0] if first else "", [])
        same.append(entry)
        same.sort(key=lambda other: -len(other.replacement))


def new_key(style: str = "placeholder", secret: str | None = None) -> Key:
    """An empty key. `secret` is 32 bytes in hexadecimal, drawn by the operating system unless it is given.

    placeholder: "[PER 1]". letter: "Person A". realistic: names, addresses and numbers that Faker invents.
    """
    return Key(style, secret or secrets.token_hex(32))


def _digests(text: str) -> Iterator[str]:
    for match in WORD.finditer(text):
        if not match[0][0].islower():
            yield hashlib.blake2b(match[0].casefold().encode(), digest_size=6).hexdigest()
