"""`headwater app [support | monitor | extractor]`: open the dashboards, all of them or one alone; each app's own command."""

import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from headwater.cli.output import notes, print_json
from headwater.cli.verbs import Verb, group
from headwater.errors import HeadwaterError

__all__ = ["App", "app", "app_command", "check_app", "open_app"]

FIRST_PORT = 8501
Port = Annotated[int, typer.Option(min=1, max=65535, help="The port; a busy one is moved past.")]
Host = Annotated[str, typer.Option(help="The address to serve; 0.0.0.0 opens it to the network.")]


class App(StrEnum):
    """The dashboards: one alone, or the hub with all."""

    hub = "hub"
    support = "support"
    monitor = "monitor"
    extractor = "extractor"


def app(
    name: Annotated[App, typer.Argument(help="Which dashboard; the hub has all.")] = App.hub,
    port: Port = FIRST_PORT,
    host: Host = "localhost",
    check: Annotated[bool, typer.Option("--check", help="Start it, look at its first page, stop.")] = False,
    json: Annotated[bool, typer.Option("--json", help="With --check: print JSON.")] = False,
) -> None:
    """Open the dashboards in a browser; Ctrl-C stops them."""
    if not check:
        open_app(name, host, port)
    report = check_app(name, host, port)
    if json:
        print_json(report)
    else:
        notes.print(f"[green]ok[/green] {name}: {report['url']} answered and its first page was drawn without an error")


def app_command(command: str, dashboard: App, verbs: Sequence[Verb], summary: str) -> typer.Typer:
    """The command of one app: its verbs, each loaded when it is called; without a verb its dashboard.

    `summary` is its line in the help. Errors and exit codes are those of `headwater`.
    """
    made = typer.Typer(
        name=command,
        cls=group(verbs),
        invoke_without_command=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,  # a fault of ours is reported as Python prints it
        context_settings={"help_option_names": ["-h", "--help"]},
        help=summary,
    )

    @made.callback()
    def root(
        context: typer.Context,
        port: Port = FIRST_PORT,
        host: Host = "localhost",
        check: Annotated[
            bool, typer.Option("--check", help="Start the dashboard, look at its first page, stop.")
        ] = False,
        json: Annotated[bool, typer.Option("--json", help="With --check: print JSON.")] = False,
    ) -> None:
        if context.invoked_subcommand is None:
            app(dashboard, port, host, check, json)

    return made


def open_app(name: str, host: str = "localhost", port: int = FIRST_PORT) -> NoReturn:
    """Become the server of a dashboard: this call does not return."""
    from headwater.cli.dashboards import command, environment, script, settings_folder

    entry, chosen = script(name), _port(host, port)
    notes.print(f"[bold]{name}[/bold]: http://{_reachable(host)}:{chosen}  (Ctrl-C stops it)", soft_wrap=True)
    sys.stdout.flush()
    words, where = command(entry, host, chosen), environment()
    if folder := settings_folder(entry):
        os.chdir(folder)
    # The server takes this process's place, so that signals reach it and none is left behind.
    os.execve(words[0], words, where)


def _port(host: str, wanted: int) -> int:
    from headwater.cli.dashboards import free_port

    port = free_port(host, wanted)
    if port != wanted:
        notes.print(f"port {wanted} is busy: taking {port}")
    return port


def _reachable(host: str) -> str:
    """The name by which this machine's own browser finds a host; an IPv6 address in brackets."""
    if host in ("0.0.0.0", "::", ""):
        return "localhost"
    return f"[{host}]" if ":" in host else host


def check_app(name: str, host: str = "localhost", port: int = FIRST_PORT) -> dict[str, object]:
    """Serve a dashboard, fetch its page, draw it once, stop. Raises HeadwaterError where any of that fails."""
    import httpx

    from headwater.cli.dashboards import command, running, script, settings_folder

    entry, chosen = script(name), _port(host, port)
    url = f"http://{_reachable(host)}:{chosen}"
    with running(command(entry, host, chosen), url, settings_folder(entry)):
        page = httpx.get(url, timeout=10, trust_env=False)
        if page.status_code != 200 or "<html" not in page.text.lower():
            raise HeadwaterError(f"{url}: expected a page, got status {page.status_code} and {page.text[:80]!r}")
    faults = _draw(entry)
    if faults:
        raise HeadwaterError(f"{name}: its first page cannot be drawn: {'; '.join(faults)}")
    return {"app": name, "url": url, "ok": True}


def _draw(entry: Path) -> list[str]:
    """Run the script once without a browser: what it raised."""
    from streamlit import config, logger
    from streamlit.testing.v1 import AppTest

    config.set_option("client.showErrorDetails", "full")  # what is said here goes to a terminal, not to a visitor
    logger.set_log_level("ERROR")  # it would warn that no browser is there
    done = AppTest.from_file(str(entry), default_timeout=60).run()
    return [str(element.message or element.value) for element in done.exception]
