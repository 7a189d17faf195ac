"""FEEDS.toml -> feeds to watch; every fault of the file at once.

[[feed]]
name = "ecb"
url = "https://www.ecb.europa.eu/rss/press.html"
every = "10m"            # 5m if left out, 30s at least
source = "ECB"           # of all its items; else each entry's, or the feed's title
full_text = true         # fetch the page behind each new item: needs headwater[fulltext]
private = true           # the address may be one of the own network

[[feed]]
name = "wire"
folder = "/data/wire"    # JSONL, CSV, Parquet, RSS and Atom, gzipped or not
pattern = "*.jsonl*"
every = "10s"            # its default, and 1s at least
text = "headline"        # the column of the texts
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headwater.errors import InputError
from sentiment_monitor.intake.fulltext import check_installed
from sentiment_monitor.intake.register import Wanted

__all__ = ["EVERY", "read_feeds", "wanted_folder", "wanted_url"]

EVERY = {"url": 300.0, "folder": 10.0}
LEAST = {"url": 30.0, "folder": 1.0}
UNITS = {"s": 1, "m": 60, "h": 3600}
KEYS: dict[str, dict[str, type]] = {
    "url": {"source": str, "full_text": bool, "private": bool},
    "folder": {"source": str, "pattern": str, "text": str},
}


def read_feeds(path: Path) -> list[Wanted]:
    """The feeds of a file; folders are relative to it. Raises InputError with every fault."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise InputError(f"{path}: expected a readable TOML file of feeds: {fault}") from fault
    entries, faults, found = content.pop("feed", []), [], []
    faults += [f"{name!r}: expected [[feed]] tables and nothing else" for name in content]
    if not isinstance(entries, list) or not entries:
        raise InputError(f"{path}: expected a [[feed]] at least, found none")
    for number, entry in enumerate(entries, 1):
        try:
            found.append(_wanted(entry, path.parent))
        except InputError as fault:
            faults.append(f"feed {number}: {fault}")
    names = [feed.name for feed in found]
    faults += [
        f"expected a name for one feed, {name!r} is that of several"
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    if faults:
        raise InputError(f"{path}: " + "; ".join(faults))
    return found


def wanted_url(name: str, url: str, **options: Any) -> Wanted:
    """A feed by URL. Raises InputError for what it cannot be."""
    if not re.fullmatch(r"https?://[^\s/]\S*", url, re.IGNORECASE) or len(url) > 4000:
        raise InputError(f"url: expected an http or https URL, got {url[:80]!r}")
    return Wanted(_name(name), "url", url, _options("url", options))


def wanted_folder(name: str, folder: Path, **options: Any) -> Wanted:
    """A folder of files, or one file that grows. Raises InputError for what it cannot be."""
    return Wanted(_name(name), "folder", str(folder.absolute()), _options("folder", options))


def _wanted(entry: Any, base: Path) -> Wanted:
    if not isinstance(entry, dict):
        raise InputError(f"expected a table, got {type(entry).__name__}")
    rest = {key: value for key, value in entry.items() if key not in ("name", "url", "folder")}
    name, url, folder = entry.get("name"), entry.get("url"), entry.get("folder")
    if (url is None) == (folder is None) or not isinstance(url or folder, str):
        raise InputError("expected a url or a folder, and one of them only")
    return wanted_url(name, url, **rest) if url is not None else wanted_folder(name, base / folder, **rest)


def _name(name: Any) -> str:
    if not isinstance(name, str) or not 0 < len(name.strip()) <= 255 or not name.isprintable():
        raise InputError(f"name: expected 1 to 255 printable characters, got {str(name)[:80]!r}")
    return name.strip()


def _options(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    options = {"every": _seconds(kind, given["every"])} if given.get("every") is not None else {}
    for key, value in given.items():
        if key == "every" or value is None:
            continue
        expected = KEYS[kind].get(key)
        if expected is None:
            raise InputError(f"{key}: a feed of kind {kind} has the keys {', '.join(['every', *KEYS[kind]])}")
        if not isinstance(value, expected) or value == "":
            raise InputError(f"{key}: expected {expected.__name__}, got {value!r}")
        options[key] = value
    if options.get("full_text"):
        check_installed()
    return options


def _seconds(kind: str, every: Any) -> float:
    written = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([smh])\s*", every) if isinstance(every, str) else None
    if written is None:
        raise InputError(f"every: expected a time as 30s, 5m or 2h, got {every!r}")
    seconds = float(written[1]) * UNITS[written[2]]
    if not LEAST[kind] <= seconds <= 7 * 86400:
        raise InputError(f"every: expected {LEAST[kind]:.0f}s to 168h for a feed of kind {kind}, got {every!r}")
    return seconds
