"""Write annotated texts to a file or stream, and read them from a file."""

import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from entity_extractor.formats.json_rows import json_items, json_lines
from entity_extractor.formats.options import Reading, Writing
from entity_extractor.formats.registry import FORMATS, Format, lost
from entity_extractor.formats.soundness import sound
from entity_extractor.formats.whole_file import writing
from entity_extractor.mentions import Annotated
from headwater.errors import DataError, InputError

__all__ = ["read", "told", "write"]


def write(
    form: str, annotated: Iterable[Annotated], target: BinaryIO | str | Path, *, strict: bool = False, **choices: Any
) -> int:
    """Write documents in a format, and say how many; `choices` are those of `Writing`.

    A file is there whole or not at all; a stream of bytes has what was written before a fault, and stays open. With `strict` a
    document that would lose something (see `registry`) is refused, with everything that it would lose. Raises DataError
    for documents that cannot be written, InputError for formats and places.
    """
    one = _format(form)
    if one.write is None:
        raise InputError(f"{form} can be read and not written: write {_names(out=True)}")
    count = _Count()
    documents = count.of(_sound(annotated, one, strict))
    options = Writing(**choices)
    if isinstance(target, str | Path):
        with writing(Path(target)) as stream:
            one.write(stream, documents, options)
    elif isinstance(target, io.TextIOBase):
        raise InputError("expected a stream of bytes, got one of text: open the file with 'wb'")
    else:
        one.write(target, documents, options)
    return count.number


def read(path: str | Path, form: str | None = None, **choices: Any) -> Iterator[Annotated]:
    """Read the documents of a file, one at a time; `choices` are those of `Reading`, the format is `told` unless given.

    Raises InputError for a format that cannot be read, and DataError, some at the row where it stands, with file and line.
    """
    file = Path(path)
    if not file.is_file():
        raise DataError(f"{file}: expected a file, found none")
    one = _format(form or told(file))
    if one.read is None:
        raise InputError(f"{file}: {one.name} can be written and not read: read {_names(out=False)}")
    return one.read(file, Reading(**choices))


def told(file: Path) -> str:
    """The format of a file by its ending (.gz aside), and for JSON by its first row. Raises InputError where it is none."""
    endings = [suffix.lower() for suffix in file.suffixes if suffix.lower() != ".gz"]
    ending = endings[-1] if endings else ""
    if ending == ".jsonl":
        return _told_by(next((row for _, row in json_lines(file)), {}), "jsonl")
    if ending == ".json":
        return _told_by(next((row for _, row in json_items(file)), {"data": {}}), "")
    for one in FORMATS.values():
        if ending in one.endings:
            return one.name
    raise InputError(
        f"{file}: expected a format or an ending of one ({_names(out=False)}), got {ending or 'no ending'}"
    )


def _told_by(row: Any, usual: str) -> str:
    """The format of the first row of a JSON file; `usual` where nothing is particular."""
    keys = set(row) if isinstance(row, dict) else set()
    if "paragraphs" in keys or isinstance(row, list):
        return "spacy-json"
    if isinstance(row, dict) and isinstance(row.get("data"), dict):
        return "label-studio"
    if keys & {"annotation_id", "annotator", "lead_time"}:
        return "label-studio-min"
    if keys & {"spans", "answer", "_input_hash", "_task_hash"}:
        return "prodigy"
    if not usual:
        raise InputError(
            f"expected the format of this JSON to be named, got a row such as {json.dumps(row)[:80]}: {_names(out=False)}"
        )
    return usual


class _Count:
    """How many documents went through."""

    def __init__(self) -> None:
        self.number = 0

    def of(self, documents: Iterable[Annotated]) -> Iterator[Annotated]:
        for self.number, one in enumerate(documents, 1):
            yield one


def _sound(annotated: Iterable[Annotated], form: Format, strict: bool) -> Iterator[Annotated]:
    for one in annotated:
        if strict and (away := lost(one, form)):
            raise DataError(
                f"{one.id}: {form.name} would not keep {', '.join(away)}: write jsonl, or do not ask to be strict"
            )
        yield sound(one)


def _format(name: str) -> Format:
    if name not in FORMATS:
        raise InputError(f"expected one of {', '.join(FORMATS)}, got {name!r}")
    return FORMATS[name]


def _names(*, out: bool) -> str:
    return ", ".join(one.name for one in FORMATS.values() if (one.write if out else one.read))
