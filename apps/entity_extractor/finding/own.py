"""The set-up of this machine: one file in Headwater's home, which the page edits, and pages and command line go by.

home()/extractor/setup/finding.toml     the set-up; while there is none, the one that ships holds
home()/extractor/setup/clients-1a2b3c4d.csv   a list that it names, by its content: what stands under a name never changes

So a change is in force with the one rename that puts finding.toml in its place, and whoever still reads the one before finds its lists.
"""

import hashlib
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from entity_extractor.finding.finder import Finder, SpanReader
from entity_extractor.finding.setup import DEFAULT, Setup, parse_setup
from entity_extractor.finding.wording import text_of
from entity_extractor.formats.whole_file import writing
from entity_extractor.linking.base import KnowledgeBase
from headwater.errors import InputError
from headwater.home import home

__all__ = ["change", "folder", "kept_file", "read", "reset", "save", "stamp", "standing"]

LEFT = 24 * 3600  # seconds after which a list that the set-up no longer names is deleted


def folder() -> Path:
    """Where one's own set-up stands, with its lists."""
    return home() / "extractor" / "setup"


def standing() -> Path:
    """The set-up in force: one's own, or the one that ships."""
    own = folder() / "finding.toml"
    return own if own.is_file() else DEFAULT


def read() -> tuple[str, Setup]:
    """The text in force, and what it says. Raises InputError with every fault in it."""
    place = standing()
    try:
        text = place.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(f"{place}: expected a set-up in UTF-8: {fault}; reset it, or delete the file") from fault
    return text, parse_setup(text, place.name, folder())


def stamp() -> str:
    """Changes when the set-up in force does, or a list beside it that somebody edits by hand."""
    parts = [standing().read_bytes()]
    for file in sorted(folder().glob("[!.]*")):
        about = file.stat()
        parts.append(f"{file.name} {about.st_size} {about.st_mtime_ns}".encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def kept_file(name: str, content: bytes) -> str:
    """Keep a list beside the set-up, and give the name under which the set-up names it."""
    stem = re.sub(r"[^\w-]+", "-", Path(name).stem).strip("-")[:60] or "list"
    file = folder() / f"{stem}-{hashlib.sha256(content).hexdigest()[:8]}{Path(name).suffix.lower()}"
    with writing(file) as stream:
        stream.write(content)
    return file.name


def save(text: str, models: Mapping[str, SpanReader]) -> Setup:
    """Put a set-up in force. Raises InputError or DataError with every fault of what it says or names; nothing is changed then."""
    setup = parse_setup(text, "finding.toml", folder())
    Finder(setup, models)  # lists that cannot be read are told here, not on the next page
    if setup.base:
        KnowledgeBase.open(setup.base)
    with writing(folder() / "finding.toml") as stream:
        stream.write(text.encode())
    _tidy(setup)
    return setup


def change(how: Callable[[Setup], Setup], models: Mapping[str, SpanReader]) -> Setup:
    """Save what `how` makes of the set-up in force. Raises as `save` does."""
    return save(text_of(how(read()[1])), models)


def reset() -> None:
    """Go back to the set-up that ships; lists are deleted a day later, with the next change."""
    (folder() / "finding.toml").unlink(missing_ok=True)


def _tidy(setup: Setup) -> None:
    named = {"finding.toml", setup.knowledge, *(rule.file for rule in setup.dictionaries)}
    for file in folder().glob("[!.]*"):
        if file.name not in named and time.time() - file.stat().st_mtime > LEFT:
            file.unlink(missing_ok=True)
