"""Corrections -> a JSONL file that a recipe names among its `train` sources."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from headwater.errors import InputError
from headwater.files import write_whole
from headwater.spans import Span
from headwater.store.corrections import Correction, mark_used, recorded_in
from headwater.store.database import Store
from headwater.store.tables import CORRECTION

__all__ = ["Exported", "export"]

USED_IN: Any = CORRECTION.c.used_in.type


@dataclass(frozen=True)
class Exported:
    """`corrections` that were read, and the `rows` that were left of them: of one text only the last one counts."""

    corrections: int
    rows: int


def export(
    store: Store,
    file: str | Path,
    *,
    head: str | None = None,
    bundle: str | None = None,
    since: datetime | None = None,
    used_in: str | None = None,
) -> Exported:
    """Write the corrections of one head as rows that `headwater.data.readers` takes, whole or not at all.

    Of several corrections of one text the last wins. With `used_in`, the name and version of a training set, those
    corrections are marked as taken. Raises InputError where there are none, or of several heads: labels of two heads
    do not belong into one column.
    """
    target = Path(file)
    if target.suffix != ".jsonl":
        raise InputError(f"{target}: expected a name that ends in .jsonl")
    if used_in is not None and not 1 <= len(used_in.strip()) <= len(used_in) <= USED_IN.length:
        raise InputError(f"expected a training set's name of 1 to {USED_IN.length} characters, got {used_in!r:.80}")
    with store.write() if used_in else store.read() as connection:
        found = recorded_in(connection, head=head, bundle=bundle, since=since)
        _one_head(found)
        last = {(correction.text, correction.second): correction for correction in found}
        _write(target, [_row(correction) for correction in last.values()])
        if used_in:
            # In the transaction that read them: a correction made meanwhile is not marked.
            mark_used(connection, found, used_in)
    return Exported(len(found), len(last))


def _one_head(found: Sequence[Correction]) -> None:
    heads = sorted({(correction.bundle, correction.head) for correction in found})
    if not heads:
        raise InputError("no corrections to write: record some first, or ask for others")
    if len(heads) > 1:
        names = ", ".join(f"{head} of {bundle}" for bundle, head in heads)
        raise InputError(f"expected corrections of one head, found {names}: choose by --head and --bundle")


def _row(correction: Correction) -> dict[str, Any]:
    texts = {"text": correction.text}
    if correction.second is not None:
        texts = {"text_a": correction.text, "text_b": correction.second}
    right = correction.right
    if isinstance(right, str):
        return {**texts, "label": right}
    if correction.kind == "multi":
        return {**texts, "labels": list(right)}
    spans = [span for span in right if isinstance(span, Span)]
    return {**texts, "entities": [{"start": span.start, "end": span.end, "type": span.label} for span in spans]}


def _write(target: Path, rows: Sequence[dict[str, Any]]) -> None:
    try:
        write_whole(target, (json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows))
    except OSError as fault:
        raise InputError(f"{target}: cannot be written ({fault.strerror}): name another file") from fault
