"""`headwater evaluate`: a bundle and labelled rows in, metrics with intervals out."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from headwater.bundle import Head
from headwater.cli.bundles import bundle_folder
from headwater.cli.output import print_json, results
from headwater.data.catalogue import named_rows
from headwater.data.example import Example
from headwater.data.maps import Renames, map_target
from headwater.data.readers import read_file
from headwater.errors import DataError, InputError
from headwater.evaluation import Evaluation, evaluate_head
from headwater.metrics import per_label
from headwater.serving import Model, load
from headwater.spans import Span

__all__ = ["evaluate"]

COLUMNS = {"single": "label", "pair": "label", "multi": "labels", "token": "spans"}


def evaluate(
    bundle: Annotated[str, typer.Argument(metavar="BUNDLE", help="A bundle's folder, or its name.")],
    data: Annotated[str, typer.Option(help="Labelled rows: a file, or a named set such as banking77:test.")],
    head: Annotated[str | None, typer.Option(help="Which head, where the bundle has several.")] = None,
    column: Annotated[str | None, typer.Option(help="Where the labels are (default: label, labels or spans).")] = None,
    variant: Annotated[str | None, typer.Option(help="int8 or fp32 on a CPU, fp16 or fp32 on a GPU.")] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda or tensorrt.")] = "cpu",
    renames: Annotated[
        list[str] | None,
        typer.Option("--map", help="OLD=NEW, for a label that is named otherwise; OLD= drops it; *=NEW is the rest."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure one head of a bundle on labelled rows, with 95 % bootstrap intervals."""
    opened = load(bundle_folder(bundle), head, variant=variant, device=device)
    if isinstance(opened, Model):
        raise InputError(f"expected --head with one of {', '.join(entry.name for entry in opened.heads)}")
    rows = labelled_rows(data, opened.head, column, parse_map(renames or []))
    pairs = [row.second or "" for row in rows] if opened.head.kind == "pair" else None
    logits = opened.model.predictor.logits([row.text for row in rows], pairs)[opened.head.name]
    fitted = opened.bundle.calibration(opened.model.variant, opened.head.name)
    found = evaluate_head(opened.head, rows, logits, fitted.temperature, fitted.spans)
    content = {
        "bundle": bundle,
        "variant": opened.model.variant,
        "data": data,
        "rows": len(rows),
        "metrics": {name: asdict(value) for name, value in found.metrics.items()},
        "per_label": found.per_label,
    }
    if found.tokens:
        content["words_with_o"] = per_label(found.tokens)
    print_json(content) if as_json else _show(content, found)


def parse_map(given: list[str]) -> Renames:
    """["a=b", "*="] -> {"a": "b", "*": False}. Raises InputError."""
    renames: Renames = {}
    for entry in given:
        old, sign, new = entry.partition("=")
        if not sign or not old:
            raise InputError(f"--map: expected OLD=NEW, got {entry!r}")
        renames[old] = new or False
    return renames


def rows_of(data: str) -> list[Example]:
    """Rows of a file or named set, as they are. Raises DataError."""
    return read_file(data) if Path(data).suffix and ":" not in Path(data).name else named_rows(data)[0]


def labelled_rows(data: str, head: Head, column: str | None, renames: Renames) -> list[Example]:
    """Rows of a file or named set with their targets mapped and keyed by the head. Raises DataError."""
    rows = rows_of(data)
    if head.kind not in COLUMNS:
        raise InputError(f"head {head.name}: expected a head with labels to measure, got kind {head.kind!r}")
    place = column or COLUMNS[head.kind]
    known = {label[2:] for label in head.labels if label != "O"} if head.kind == "token" else set(head.labels)
    kept = []
    for row in rows:
        if place not in row.targets:
            raise DataError(f"{row.where}: expected a column {place!r}, got {', '.join(row.targets) or 'none'}")
        if (row.second is not None) != (head.kind == "pair"):
            wanted = "two texts (text_a, text_b)" if head.kind == "pair" else "one text; export: --kind pair for two"
            raise DataError(f"{row.where}: expected {wanted}")
        target = map_target(row.targets[place], renames)
        if target is None:
            continue
        names = [target] if isinstance(target, str) else [t.label if isinstance(t, Span) else t for t in target]
        unknown = [name for name in names if name not in known]
        if unknown:
            raise DataError(
                f"{row.where}: label {unknown[0]!r} is not one of head {head.name}'s {len(known)}: "
                f"--map {unknown[0]}=NEW renames it, --map {unknown[0]}= drops it, --map '*=' drops all that is not named"
            )
        found = (target,) if head.kind == "multi" and isinstance(target, str) else target
        kept.append(replace(row, targets={head.name: found}))
    if not kept:
        raise DataError(f"{data}: expected rows to measure on, and the map left none of {len(rows)}")
    return kept


def _show(content: dict[str, Any], found: Evaluation) -> None:
    table = Table(title=f"{content['bundle']} ({content['variant']}) on {content['rows']:,} rows of {content['data']}")
    for title in ("metric", "value", "95 % interval"):
        table.add_column(title, justify="left" if title == "metric" else "right")
    for name, value in found.metrics.items():
        table.add_row(name, f"{value.value:.4f}", f"{value.low:.4f} to {value.high:.4f}")
    results.print(table)
    results.print(label_table("per label", found.per_label))
    if found.tokens:
        results.print(
            label_table("words with O, as tutorials print it (not comparable with span F1)", per_label(found.tokens))
        )


def label_table(title: str, rows: dict[str, dict[str, float]]) -> Table:
    """Precision, recall, F1 and support of each label, worst F1 first."""
    table = Table(title=title)
    for name in ("label", "precision", "recall", "f1", "support"):
        table.add_column(name, justify="left" if name == "label" else "right")
    for label, row in sorted(rows.items(), key=lambda item: item[1]["f1"]):
        table.add_row(label, *(f"{row[name]:.3f}" for name in ("precision", "recall", "f1")), f"{row['support']:,.0f}")
    return table
