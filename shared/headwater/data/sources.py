"""One source of rows: a file, a named set or a hub id; what is read of it, and what a card says of it."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from headwater.data.catalogue import SETS, named_rows, split_name
from headwater.data.example import Example
from headwater.data.readers import format_of, read_file
from headwater.errors import DataError
from headwater.recipe import Source
from headwater.relations import NONE, marked, pairs
from headwater.spans import Span

__all__ = ["read_source", "source_record"]


def read_source(entry: Source, folder: Path) -> tuple[list[Example], str, Path | None]:
    """Rows of one source, the name of its set, and its file where it has one."""
    file = folder / entry.source
    if Path(entry.source).suffix and (file.is_file() or (":" not in entry.source and format_of(file))):
        rows: list[Example] = read_file(file, entry.joiner)
        name, found = file.name.partition(".")[0], file
    else:
        name = split_name(entry.source)[0]
        rows, found = named_rows(entry.source, entry.joiner)  # type: ignore[assignment]
    if entry.negatives is not None:
        rows = [*rows, *_unrelated(rows, read_source(Source(entry.negatives, joiner=entry.joiner), folder)[0])]
    if entry.leave_out is not None:
        listed = _listed(folder / entry.leave_out)
        rows = [_without(row, listed) for row in rows]
    if entry.spans_as == "unanimous":
        rows = [_unanimous(row) for row in rows]
    return rows, name, found


def source_record(
    source: str, split: str, rows: Sequence[Example], name: str, file: Path | None, licence: str | None = None
) -> dict[str, Any]:
    """What a bundle and its card say of one source; `name` is that of its set, `file` where it was read from."""
    known = SETS.get(name)
    return {
        "source": source,
        "split": split,
        "rows": len(rows),
        "sha256": _digest(rows),
        "licence": licence or (known.licence if known else "the user's own"),
        "title": known.title if known else (file.name if file else name),
        "url": known.url if known else "",
    }


def _digest(rows: Sequence[Example]) -> str:
    """sha256 of what was read, whatever file or hub it came from."""
    digest = sha256()
    for row in rows:
        digest.update(repr((row.text, row.second, sorted(row.targets.items()))).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _listed(file: Path) -> set[str]:
    try:
        return set(file.read_text(encoding="utf-8-sig").splitlines())
    except (OSError, UnicodeDecodeError) as fault:
        raise DataError(f"{file}: expected a file of UTF-8 text, one name a line: {fault}") from fault


def _spans(row: Example) -> tuple[Span, ...]:
    return tuple(span for span in row.targets.get("spans", ()) if isinstance(span, Span))


def _without(row: Example, listed: Collection[str]) -> Example:
    """The row less its spans whose text is listed."""
    kept = tuple(span for span in _spans(row) if row.text[span.start : span.end] not in listed)
    return replace(row, targets=row.targets | {"spans": kept})


def _unrelated(related: Sequence[Example], annotated: Sequence[Example]) -> list[Example]:
    """The pairs of names that no row says anything of, in the texts that rows have: of no relation, each once."""
    said = {row.text for row in related}
    new: dict[str, Example] = {}
    for row in annotated:
        texts = [marked(row.text, head, tail) for head, tail in pairs(_spans(row))]
        if not said.isdisjoint(texts):
            new |= {
                text: Example(text, targets={"relation": NONE}, where=row.where) for text in texts if text not in said
            }
    return list(new.values())


def _unanimous(row: Example) -> Example:
    labels = {span.label for span in _spans(row)}
    return replace(row, targets=row.targets | {"label": labels.pop()}) if len(labels) == 1 else row
