"""`headwater models list | show | verify | triton`: the bundles on this machine. Their versions: headwater.cli.versions."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from headwater.cli.options import Json
from headwater.cli.output import notes, print_json, results
from headwater.cli.versions import add_to
from headwater.errors import HeadwaterError, InputError

__all__ = ["list_models", "show", "triton", "verbs", "verify"]

verbs = typer.Typer(no_args_is_help=True, help="Bundles on this machine.")
Name = Annotated[str, typer.Argument(help="The folder of a bundle, or a name from `headwater models list`.")]
Names = Annotated[
    list[str] | None, typer.Argument(help="Folders or names; all models of this machine where none is given.")
]


@verbs.command("list")
def list_models(json: Json = False) -> None:
    """List the bundles that were shipped or trained here; a broken one stays in the list and says why."""
    from headwater.ui.shelf import inspect, places

    rows = [_row(place.name, place.folder, inspect(place)) for place in places()]
    if json:
        print_json(rows)
        return
    table = Table("model", "heads", "version", "MB", "digest", "state")
    for row in rows:
        heads = ", ".join(f"{head['name']} ({head['kind']}, {head['labels']})" for head in row["heads"])
        size = f"{row['bytes'] / 1e6:.1f}" if row["ok"] else "-"
        # As Text: a path or a message may hold square brackets.
        table.add_row(
            row["name"],
            heads or "-",
            row["version"] or "-",
            size,
            row["digest"][:12] or "-",
            Text(row["error"] or "ok"),
        )
    results.print(table)


def _row(name: str, folder: Path, found: Any) -> dict[str, Any]:
    broken = isinstance(found, str)
    manifest = None if broken else found.manifest
    return {
        "name": name,
        "path": str(folder),
        "ok": not broken,
        "error": found if broken else None,
        "version": manifest.version if manifest else None,
        "task": manifest.task if manifest else None,
        "heads": [{"name": h.name, "kind": h.kind, "labels": len(h.labels)} for h in manifest.heads]
        if manifest
        else [],
        "digest": "" if broken else found.digest,
        "bytes": 0 if broken else sum(path.stat().st_size for path in folder.iterdir() if path.is_file()),
    }


@verbs.command("show")
def show(model: Name, json: Json = False) -> None:
    """Show what a bundle is, how it was made and how good it is."""
    from headwater.bundle import open_bundle
    from headwater.cli.bundles import bundle_folder
    from headwater.cli.show import describe

    bundle = open_bundle(bundle_folder(model))
    if json:
        print_json({"path": str(bundle.folder), "digest": bundle.digest, **asdict(bundle.manifest)})
    else:
        for part in describe(bundle):
            results.print(part)


@verbs.command("verify")
def verify(models: Names = None, json: Json = False) -> None:
    """Hold every file against its digest, and run one text through each variant of the CPU. Exit 1 if one fails."""
    from headwater.cli.show import trial

    reports = []
    for given in models or _all_names():
        report: dict[str, Any] = {"model": given, "ok": True, "error": None}
        try:
            with notes.status(f"verifying {given}"):
                report |= trial(given)
        except HeadwaterError as fault:
            report |= {"ok": False, "error": str(fault)}
        reports.append(report)
    if json:
        print_json(reports)
    else:
        for report in reports:
            mark = ("ok     ", "green") if report["ok"] else ("broken ", "bold red")
            results.print(
                Text.assemble(mark, report["model"], f": {report['error']}" if report["error"] else ""), soft_wrap=True
            )
    if not all(report["ok"] for report in reports):
        raise typer.Exit(1)


@verbs.command("triton")
def triton(
    out: Annotated[Path, typer.Argument(help="The repository folder to write into.")],
    models: Names = None,
    device: Annotated[str, typer.Option(help="cpu (int8, or fp32 where that alone was proved) or gpu (fp16).")] = "cpu",
    batch: Annotated[int, typer.Option(min=1, help="Most texts in one batch of Triton's.")] = 64,
    instances: Annotated[
        int | None, typer.Option(min=1, help="Copies of each model; 2 on a CPU and 1 on a GPU if left out.")
    ] = None,
    accelerator: Annotated[
        str, typer.Option(help="On a GPU: none (CUDA as it is), cuda (with options) or tensorrt (builds engines).")
    ] = "none",
    json: Json = False,
) -> None:
    """Write a Triton model repository, with the variant that suits the device; deploy/triton runs it."""
    from headwater.bundle import open_bundle
    from headwater.cli.bundles import bundle_folder
    from headwater.serving.triton import Serving, write_model

    serving = Serving(device, batch, instances, accelerator)
    written = [str(write_model(open_bundle(bundle_folder(name)), out, serving)) for name in models or _all_names()]
    if json:
        print_json({"repository": str(out), "device": device, "models": written})
    else:
        for folder in written:
            typer.echo(folder)


def _all_names() -> list[str]:
    from headwater.ui.shelf import places

    names = [place.name for place in places() if place.folder.is_dir()]
    if not names:
        raise InputError("no model on this machine: name a bundle's folder, or train one (`headwater train`)")
    return names


add_to(verbs)
