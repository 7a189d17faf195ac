"""A look at a folder of files: each is read once, and JSONL that grows is followed from where it stood.

State, by the path inside the folder: `stamp` (size, time of change, inode), and either `place` and `line` (bytes and
lines of a followed file that are done, `head` a hash of how it begins) or `rows` that are done and whether `all` are.
The rows of a batch and the state after them are written together, so a killed look goes on where it stood.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from headwater.errors import HeadwaterError
from headwater.scoring.rows import Reject, Row
from headwater.scoring.source import SUFFIXES, open_source
from headwater.scoring.textfiles import MAX_LINE, json_row
from sentiment_monitor.intake.feedlist import EVERY
from sentiment_monitor.intake.items import CHARACTERS, ROWS, Batch, batches, reject_of
from sentiment_monitor.intake.look import Look
from sentiment_monitor.intake.schedule import next_look
from sentiment_monitor.records.rows import Feed

__all__ = ["look_into_folder"]

HEAD = 256  # bytes that tell whether a file is still the one that was followed
QUIET = timedelta(seconds=2)  # for which a file that is read whole must not have changed
ABANDONED = timedelta(minutes=1)  # after which a last line without an end is taken as it is
FOLLOWED = (".jsonl", ".ndjson")
Files = dict[str, dict[str, Any]]


def look_into_folder(feed: Feed, now: Callable[[], datetime]) -> Iterator[Look]:
    """What is new in the files of a folder, some 2,000 rows at a time; a file that cannot be read is a reject."""
    root, every = Path(feed.address), feed.options.get("every", EVERY["folder"])
    if not root.exists():
        yield Look(failed=f"{root}: expected a folder or a file, found neither", due=next_look(feed.name, now(), every, feed.failures + 1))  # fmt: skip
        return
    found = {path.relative_to(root).as_posix(): path for path in _files(root, feed.options.get("pattern", "*"))}
    files: Files = {name: entry for name, entry in feed.state.get("files", {}).items() if name in found}
    for name, path in found.items():
        try:
            for batch, entry in _new(path, files.get(name, {}), feed, now):
                files = {**files, name: entry}
                yield Look(batch, {"files": files})
        except OSError as fault:  # taken away, or not ours to read: told once for each time that it changes
            rejected = reject_of(Reject.of(0, f"{name}: cannot be read: {fault.strerror or fault}", ""))
            yield Look(Batch([], [rejected]))
    yield Look(state={"files": files}, due=next_look(feed.name, now(), every))


def _files(root: Path, pattern: str) -> list[Path]:
    """Files of a known kind by their path; of what is hidden or half written (`.name`, `name.tmp`) none."""
    if root.is_file():
        return [root]
    inside = (
        path for path in root.rglob(pattern) if not any(part.startswith(".") for part in path.relative_to(root).parts)
    )
    return sorted(
        path for path in inside if Path(path.name.lower().removesuffix(".gz")).suffix in SUFFIXES and path.is_file()
    )


def _new(
    path: Path, entry: dict[str, Any], feed: Feed, now: Callable[[], datetime]
) -> Iterator[tuple[Batch, dict[str, Any]]]:
    state = path.stat()
    stamp = [state.st_size, state.st_mtime_ns, state.st_ino]
    changed = now() - datetime.fromtimestamp(state.st_mtime, now().tzinfo)
    source, text = feed.options.get("source", feed.name), feed.options.get("text", "text")
    torn = entry.get("place", state.st_size) < state.st_size and changed > ABANDONED
    if entry.get("stamp") == stamp and ("place" in entry or "all" in entry) and not torn:
        return
    with path.open("rb") as stream:
        head = stream.read(HEAD)
        if (
            path.suffix.lower() in FOLLOWED
            and head[:2] != b"\x1f\x8b"
            and json.detect_encoding(head[:4]).startswith("utf-8")
        ):
            yield from _followed(stream, head, entry, stamp, changed > ABANDONED, source, text, now)
            return
    if changed > QUIET:
        yield from _whole(path, entry, stamp, source, text, now)


def _followed(
    stream: BinaryIO, head: bytes, entry: dict[str, Any], stamp: list[int], abandoned: bool, source: str, text: str,
    now: Callable[[], datetime],
) -> Iterator[tuple[Batch, dict[str, Any]]]:  # fmt: skip
    """Lines from where it stood; from the beginning where it is shorter than that, or begins otherwise."""
    place, line = entry.get("place", 0), entry.get("line", 0)
    if stamp[0] < place or entry.get("head", [0, ""]) != _begins(head, entry.get("head", [0, ""])[0]):
        place, line = 0, 0
    batch, held, seen = Batch(), 0, now()

    def standing() -> dict[str, Any]:
        return {"stamp": stamp, "place": place, "line": line, "head": _begins(head, min(place, HEAD))}

    stream.seek(place)
    for raw in iter(lambda: stream.readline(MAX_LINE + 1), b""):
        row = _line(stream, raw, line + 1, abandoned, text)
        if row is None:
            break
        place, line = stream.tell(), line + 1
        if row:
            batch.take(row[0], seen, source)
            held += len(raw)
        if len(batch) >= ROWS or held >= CHARACTERS:
            yield batch, standing()
            batch, held, seen = Batch(), 0, now()
    yield batch, standing()


def _line(stream: BinaryIO, raw: bytes, number: int, abandoned: bool, text: str) -> list[Row | Reject] | None:
    """The row of a line, none of a blank one; None where its end is still to come.

    A last line without an end is whole where it is a JSON object: no longer line begins with one.
    """
    if len(raw) > MAX_LINE and not raw.endswith(b"\n"):
        while raw and not raw.endswith(b"\n"):
            raw = stream.readline(MAX_LINE)
        return [Reject.of(number, f"the line is longer than {MAX_LINE:,} bytes", "")]
    written = raw.decode("utf-8", "surrogateescape").strip("\ufeff \t\r\n")
    if not written:
        return []
    row = json_row(number, written, text)
    ended = raw.endswith(b"\n") or abandoned or (isinstance(row, Row) and written.endswith("}"))
    return [row] if ended else None


def _begins(head: bytes, size: int) -> list[Any]:
    return [size, hashlib.sha256(head[:size]).hexdigest()[:16] if size else ""]


def _whole(
    path: Path, entry: dict[str, Any], stamp: list[int], source: str, text: str, now: Callable[[], datetime]
) -> Iterator[tuple[Batch, dict[str, Any]]]:
    """All rows of a file that has come to rest, from the one after the last that is done."""
    done = entry.get("rows", 0) if entry.get("stamp") == stamp else 0
    try:
        rows = open_source(str(path), path.parent, text_column=text).rows()
        for batch in batches(islice(rows, done, None), now, source):
            done += len(batch)
            yield batch, {"stamp": stamp, "rows": done}
    except HeadwaterError as fault:
        yield Batch([], [reject_of(Reject.of(0, str(fault), path.name))]), {"stamp": stamp, "rows": done, "all": True}
        return
    yield Batch(), {"stamp": stamp, "rows": done, "all": True}
