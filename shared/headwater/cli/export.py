"""`headwater export`: a fine-tuned checkpoint, or a run of `headwater train`, in; a proved bundle out."""

import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from headwater.cli.evaluate import parse_map
from headwater.cli.output import notes, print_json, results
from headwater.errors import GateRefused

__all__ = ["export", "gate_table", "refusal_shown"]


def export(
    checkpoint: Annotated[str, typer.Argument(help="A fine-tuned checkpoint (folder or hub id), or a run's folder.")],
    output: Annotated[Path, typer.Option(help="The bundle's folder; an older bundle there is replaced.")],
    name: Annotated[str | None, typer.Option(help="The bundle's name (default: the checkpoint's).")] = None,
    kind: Annotated[
        str | None, typer.Option(help="single, multi, pair, token or embedding; only pair must be said.")
    ] = None,
    head: Annotated[
        str | None, typer.Option(help="What to call the head (default: label, labels or entities).")
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="Labelled test rows: a file, or a named set such as banking77:test.")
    ] = None,
    calibration: Annotated[
        str | None, typer.Option(help="Labelled rows to calibrate on (default: half of --data).")
    ] = None,
    renames: Annotated[
        list[str] | None,
        typer.Option("--map", help="OLD=NEW, for a label of the data that the model names otherwise; OLD= drops it."),
    ] = None,
    accept: Annotated[list[str] | None, typer.Option(help="METRIC=FLOOR on the test rows, e.g. accuracy=0.9.")] = None,
    max_length: Annotated[
        int | None, typer.Option(help="Tokens in a window (default: all that the model takes).")
    ] = None,
    scheme: Annotated[str | None, typer.Option(help="iob1, for a tagger that was trained on it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Turn a fine-tuned checkpoint into a bundle, if the gate finds it as good.

    Without --data the gate proves parity with torch and that company changes no answer, and the card says so.
    """
    from headwater.cli.jobs import checkpoint_job, floors, run_job, with_rows
    from headwater.export.package import export_bundle

    options = {
        "--kind": kind, "--head": head, "--data": data, "--calibration": calibration, "--map": renames,
        "--max-length": max_length, "--scheme": scheme,
    }  # fmt: skip
    with notes.status("opening the checkpoint"):
        if (Path(checkpoint) / "recipe.json").is_file():
            job = run_job(Path(checkpoint), name, [option for option, value in options.items() if value])
        else:
            command = _command(checkpoint, output, {"--name": name, **options, "--accept": accept})
            job = checkpoint_job(checkpoint, name, command, kind=kind, head=head, max_length=max_length, scheme=scheme)
    if data or calibration:
        job = with_rows(job, data, calibration, parse_map(renames or []))
    least = floors(accept or [], job)
    with refusal_shown(as_json), notes.status("exporting and proving the bundle"):
        made, verdict = export_bundle(**vars(job), output=output, accept=least)
    record = verdict.record()
    if as_json:
        print_json({"bundle": str(made.folder), "digest": made.digest, "gate": record})
        return
    results.print(gate_table(record))
    results.print(f"bundle: {made.folder} ({made.digest[:12]})", soft_wrap=True, markup=False)
    results.print(f"its card: {made.folder / 'card.md'}", soft_wrap=True, markup=False)


@contextmanager
def refusal_shown(as_json: bool) -> Iterator[None]:
    """Show the gate's table where it refuses: on stderr, or with the rest of the JSON."""
    try:
        yield
    except GateRefused as fault:
        if as_json:
            print_json({"bundle": None, "gate": fault.record})
        else:
            notes.print(gate_table(fault.record))
        raise


def gate_table(record: Mapping[str, Any]) -> Table:
    """The gate's record as a table: what was asked of the export, what came, and whether that will do."""
    table = Table("check", "wanted", "found", "", title="the gate")
    for check in record["checks"]:
        sign = Text("passed", style="green") if check["passed"] else Text("failed", style="bold red")
        table.add_row(Text(check["name"]), Text(check["wanted"]), Text(check["got"]), sign)
    return table


def _command(checkpoint: str, output: Path, options: Mapping[str, Any]) -> str:
    """The command line that does this export again."""
    words = ["headwater", "export", checkpoint, "--output", str(output)]
    for option, value in options.items():
        for item in value if isinstance(value, list) else [value]:
            words += [option, str(item)] if item is not None else []
    return shlex.join(words)
