"""Options that several verbs have, and the store that they name."""

from typing import Annotated, Any

import typer

__all__ = ["Json", "Url", "existing"]

Url = Annotated[
    str | None, typer.Option("--store", help="A file, or a URL; HEADWATER_STORE, or the one in Headwater's home.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def existing(url: str | None) -> Any:
    """An existing store: a mistyped name must not become a new, empty one."""
    from headwater.store import open_store

    return open_store(url, create=False)
