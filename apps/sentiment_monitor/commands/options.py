"""Options that several verbs have."""

from typing import Annotated

import typer

__all__ = ["Json", "Url"]

Url = Annotated[
    str | None, typer.Option("--store", help="A file, or a URL; HEADWATER_STORE, or the one in Headwater's home.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
