"""A redaction as two texts side by side, and its key as the content of a file."""

import tempfile
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from pathlib import Path

from entity_extractor.extraction import Extraction
from entity_extractor.mentions import Stretch
from entity_extractor.redaction import Key, Redacted, new_key, open_key, redact, restore, save_key
from headwater.spans import Span

__all__ = ["Choice", "Side", "key_file", "opened_key", "put_back", "regions", "sides", "taken_out"]


@dataclass(frozen=True)
class Choice:
    """What goes, and what stands for it; `secret` is a new key's, `given` the file of a key that goes on, or None."""

    kinds: tuple[str, ...]
    style: str
    personal: bool
    region: str
    secret: str
    given: bytes | None = None
    passphrase: str = ""


@dataclass(frozen=True)
class Side:
    """A text, and where something was taken from it or put into it; each Span's label is what that is."""

    text: str
    spans: tuple[Span, ...]


def taken_out(found: Extraction, choice: Choice) -> tuple[Redacted, Key]:
    """The redacted document and the key that it was made with. Raises InputError and DataError of the key and the style."""
    key = new_key(choice.style, choice.secret)
    if choice.given is not None:
        key = opened_key(choice.given, choice.passphrase)
    done = redact(found.annotated, key, choice.kinds, choice.personal, choice.region, found.names)
    return done, key


def put_back(text: str, key: bytes, passphrase: str = "") -> tuple[str, int]:
    """The text as it was, and how many replacements the key knows. Raises DataError for no key, InputError for a wrong passphrase."""
    held = opened_key(key, passphrase)
    return restore(text, held), len(held.entries)


def key_file(key: Key, passphrase: str = "") -> bytes:
    """The key as a file, encrypted under a passphrase where there is one."""
    with tempfile.TemporaryDirectory(prefix="headwater-") as folder:
        path = Path(folder) / "key.json"
        save_key(key, path, passphrase or None)
        return path.read_bytes()


def opened_key(content: bytes, passphrase: str = "") -> Key:
    """The key in a file's content."""
    with tempfile.TemporaryDirectory(prefix="headwater-") as folder:
        path = Path(folder) / "key.json"
        path.write_bytes(content)
        return open_key(path, passphrase or None)


def regions() -> list[str]:
    """The countries, in two letters, whose national telephone numbers are known."""
    from phonenumbers import SUPPORTED_REGIONS

    return sorted(SUPPORTED_REGIONS)


def sides(original: str, redacted: Redacted, part: Stretch) -> tuple[Side, Side]:
    """A part of a document before and after; a replacement that reaches over the part's end is shown whole."""
    every = redacted.replacements
    begins = [one.original_start for one in every]
    inside = every[bisect_left(begins, part.start) : bisect_left(begins, part.end)]
    start, end = part.start, part.end
    if inside:
        end = max(end, inside[-1].original_start + len(inside[-1].original))
    before = every[: bisect_right(begins, start - 1)] if start else ()
    if before:  # one that began in the part before has been shown there
        start = max(start, before[-1].original_start + len(before[-1].original))
    first = start + (before[-1].end - before[-1].original_start - len(before[-1].original) if before else 0)
    last = end + (inside[-1].end - inside[-1].original_start - len(inside[-1].original) if inside else first - start)
    was = [Span(one.original_start - start, one.original_start - start + len(one.original), one.kind) for one in inside]
    now = [Span(one.start - first, one.end - first, one.kind) for one in inside]
    return Side(original[start:end], tuple(was)), Side(redacted.text[first:last], tuple(now))
