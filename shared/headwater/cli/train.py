"""`headwater train`: a recipe in, a trained model and a proved bundle out."""

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from headwater.cli.evaluate import label_table
from headwater.cli.export import refusal_shown
from headwater.cli.output import notes, print_json, results
from headwater.errors import InputError

__all__ = ["train"]


def train(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", help="A recipe.toml.")],
    output: Annotated[Path | None, typer.Option(help="The run's folder (default: runs/NAME).")] = None,
    bundle: Annotated[
        Path | None, typer.Option(help="Where the bundle goes (default: the run's folder/bundle).")
    ] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="KEY=VALUE over the recipe, e.g. training.epochs=2.")
    ] = None,
    no_export: Annotated[bool, typer.Option("--no-export", help="Only train.")] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Throw away an unfinished run in the same folder.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Fine-tune an encoder as a recipe says, prove its export, and write the bundle.

    A run that was killed goes on from its last whole epoch when the same command is given again. On many GPUs:
    torchrun --nproc-per-node 8 -m headwater train RECIPE.
    """
    from headwater.recipe import load_recipe  # these bring pydantic and torch, which a serving install lacks
    from headwater.training.fit import fit

    loaded = load_recipe(recipe, parse_changes(changes or []))
    folder = output or Path("runs") / loaded.name
    run = fit(loaded, folder, resume=not restart)
    if int(os.environ.get("RANK", "0")) != 0:
        return
    content: dict[str, Any] = {"run": str(folder), "report": run.report}
    if not as_json:
        _show(run.report)
    if not no_export:
        from headwater.export.package import export_bundle, from_trained, labelled_rows
        from headwater.training.runner import load_trained

        target = bundle or folder / "bundle"
        notes.print("exporting and proving the bundle")
        with refusal_shown(as_json):
            made, verdict = export_bundle(
                from_trained(load_trained(folder / "model")), target,
                name=loaded.name, task=loaded.task, rows=labelled_rows(run.corpus), recipe=loaded, sources=run.corpus.sources,
            )  # fmt: skip
        content |= {"bundle": str(made.folder), "gate": verdict.record()}
        if not as_json:
            results.print(f"bundle: {made.folder} ({made.digest[:12]})")
            results.print(f"its card, with the gate's table: {made.folder / 'card.md'}")
    if as_json:
        print_json(content)


def parse_changes(given: list[str]) -> dict[str, Any]:
    """["training.epochs=2"] -> {"training.epochs": 2}; a value that is not TOML is taken as text. Raises InputError."""
    changes = {}
    for entry in given:
        key, sign, value = entry.partition("=")
        if not sign or not key:
            raise InputError(f"--set: expected KEY=VALUE, got {entry!r}")
        try:
            changes[key] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            changes[key] = value
    return changes


def _show(report: dict[str, Any]) -> None:
    for head, found in report["heads"].items():
        table = Table(title=f"{head} on validation (best epoch)")
        for title in ("metric", "value", "95 % interval"):
            table.add_column(title, justify="left" if title == "metric" else "right")
        for name, value in found["metrics"].items():
            table.add_row(name, f"{value['value']:.4f}", f"{value['low']:.4f} to {value['high']:.4f}")
        results.print(table)
        results.print(label_table("per label", found["per_label"]))
        if "words_with_o" in found:
            results.print(
                label_table("words with O, as tutorials print it (not comparable with span F1)", found["words_with_o"])
            )
    for line in _beside(report):
        results.print(line)
    results.print(f"{report['rows_per_second']:,} rows/s")


def _beside(report: dict[str, Any]) -> Iterator[str]:
    """What the strategies of a recipe did beside its rows."""
    if found := report.get("pretraining"):
        before, after = (found["pseudo_perplexity"][when] for when in ("before", "after"))
        yield f"pre-training on {found['texts']:,} texts: pseudo-perplexity {before:,.1f} before, {after:,.1f} after"
    if copies := report.get("copies"):
        yield f"{copies:,} changed copies of training rows"
    for use, count in report.get("left_out", {}).items():
        if count:
            yield f"{use}: {count:,} texts left out, since they stand in validation, calibration or test"
