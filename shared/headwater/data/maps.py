"""Old labels -> the labels of a head, by a written map."""

import tomllib
from dataclasses import replace
from pathlib import Path

from headwater.data.example import Target
from headwater.errors import DataError
from headwater.spans import Span

__all__ = ["Renames", "map_target", "read_maps"]

Renames = dict[str, str | bool]


def read_maps(file: Path) -> dict[str, Renames]:
    """A label map: a TOML table for each set. Raises DataError where it cannot be read, or maps to what is no label."""
    try:
        maps = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise DataError(f"{file}: expected the label map that the recipe names: {fault}") from fault
    for name, table in maps.items():
        if not isinstance(table, dict):
            raise DataError(f"{file}: {name}: expected a table for each set, [{name}], got {table!r}")
        for old, new in table.items():
            if new is not False and not (isinstance(new, str) and new):
                raise DataError(f"{file}: {name}.{old}: expected a new label or false, got {new!r}")
    return maps


def map_target(value: Target, renames: Renames) -> Target | None:
    """Rename labels; None where a document's label is mapped to false. Spans and set labels that are, are left out.

    >>> map_target("transfer", {"*": "oos", "transfer": False}) is None
    True
    """

    def rename(label: str) -> str | bool:
        return renames.get(label, renames.get("*", label))

    if isinstance(value, str):
        label = rename(value)
        return label if isinstance(label, str) else None
    if value and isinstance(value[0], Span):
        named = [(span, rename(span.label)) for span in value if isinstance(span, Span)]
        return tuple(replace(span, label=label) for span, label in named if isinstance(label, str))
    mapped = (rename(label) for label in value if isinstance(label, str))
    return tuple(dict.fromkeys(label for label in mapped if isinstance(label, str)))
