"""How every verb that serves over HTTP does: its keys, its log, its proxy, its port."""

import ipaddress
import os
from pathlib import Path
from typing import Any

from headwater.api.keys import Keys
from headwater.api.logs import LogKind, set_up
from headwater.cli.output import notes
from headwater.errors import InputError

__all__ = ["open_keys", "proxy_settings", "run_server", "shown"]

LOCAL = ("localhost", "127.0.0.1", "::1")
# Seconds that a connection stays open with nothing on it: longer than proxies and clients keep theirs (60 s is usual), so that
# none of them sends a request into a connection that is just being closed.
KEPT = 75


def open_keys(file: Path | None, host: str) -> Keys:
    """The keys of a file and of HEADWATER_API_KEYS, with a warning where a host is open to the network without any.

    Raises InputError for a file that cannot be followed.
    """
    given = [key.strip() for key in os.environ.get("HEADWATER_API_KEYS", "").split(",") if key.strip()]
    keys = Keys(Keys.of(given).keys, file)
    if host not in LOCAL and not keys:
        notes.print(f"warning: {host} is open to the network and asks for no key: give --keys FILE", style="yellow")
    return keys


def run_server(
    app: Any,
    host: str,
    port: int,
    log: LogKind = LogKind.text,
    log_texts: bool = False,
    proxies: str | None = None,
    patience: float = 60.0,
) -> None:
    """Serve an app until Ctrl-C. A busy port is told before anything is promised.

    A connection on which nothing gets on is cut after `patience` seconds; see `headwater.api.patience`.
    """
    import uvicorn

    from headwater.api.patience import patient

    trusted = proxy_settings(proxies)
    set_up(log, log_texts)
    if log_texts:
        notes.print("warning: the log holds the texts of requests", style="yellow")
    settings = uvicorn.Config(
        app, host, port, log_level="warning", log_config=None, access_log=False, timeout_graceful_shutdown=10,
        timeout_keep_alive=KEPT, http=patient(patience), **trusted,
    )  # fmt: skip
    server = uvicorn.Server(settings)
    with server.config.bind_socket() as listening:
        notes.print(
            f"http://{shown(host)}:{port}  (documentation at /docs, Ctrl-C stops it)", markup=False, highlight=False
        )
        server.run(sockets=[listening])


def shown(host: str) -> str:
    """A host as it stands before a port."""
    return f"[{host}]" if ":" in host else host


def proxy_settings(proxies: str | None) -> dict[str, Any]:
    """What uvicorn is told of proxies: nobody's headers are believed but those of the addresses that are named.

    Raises InputError for what is no address: uvicorn would believe nobody, and say nothing.
    """
    named = [each.strip() for each in (proxies or "").split(",") if each.strip()]
    for each in named:
        try:
            ipaddress.ip_network(each)
        except ValueError as fault:
            raise InputError(f"--forwarded-allow-ips: expected addresses or networks, got {each!r}: {fault}") from fault
    return {"proxy_headers": bool(named), "forwarded_allow_ips": named}
