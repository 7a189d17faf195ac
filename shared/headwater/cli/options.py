"""Options that several verbs have, and the store that they name."""

from pathlib import Path
from typing import Annotated, Any

import typer

from headwater.api.logs import LogKind

__all__ = ["Host", "Json", "KeyFile", "Log", "LogTexts", "Port", "Proxies", "Url", "existing"]

Url = Annotated[
    str | None, typer.Option("--store", help="A file, or a URL; HEADWATER_STORE, or the one in Headwater's home.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
# Of what serves over HTTP; `headwater.cli.server` takes them.
Port = Annotated[int, typer.Option(min=1, max=65535, help="The port.")]
Host = Annotated[str, typer.Option(help="The address; 0.0.0.0 opens it to the network.")]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--keys",
        help="A file of API keys, lines or TOML, read again when it changes; also HEADWATER_API_KEYS, by commas.",
    ),
]
Log = Annotated[LogKind, typer.Option("--log", help="A line for each request on stderr: json, text, or off.")]
LogTexts = Annotated[
    bool, typer.Option("--log-texts", help="Write the texts of requests into the log, and what faults quote of them.")
]
Proxies = Annotated[
    str | None,
    typer.Option(
        "--forwarded-allow-ips",
        help="Addresses and networks of proxies, by commas, whose X-Forwarded-For and -Proto are believed.",
    ),
]


def existing(url: str | None) -> Any:
    """An existing store: a mistyped name must not become a new, empty one."""
    from headwater.store import open_store

    return open_store(url, create=False)
