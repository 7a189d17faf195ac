"""`sentiment-monitor alerts list | acknowledge | false | mute | unmute | rules`: what was told, and what was made of it."""

import getpass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from headwater.cli.options import Json, Url
from headwater.cli.output import print_json, results

__all__ = ["verbs"]

verbs = typer.Typer(no_args_is_help=True, help="Look at alerts, and say what they were.")
Number = Annotated[int, typer.Argument(help="The number of an alert, from `alerts list`.")]
By = Annotated[str | None, typer.Option(help="Who says so; the user of this machine if left out.")]


@verbs.command("list")
def alerts(
    open_only: Annotated[bool, typer.Option("--open", help="Only those that are still open.")] = False,
    days: Annotated[float | None, typer.Option(min=0.0, help="Only those of the last days.")] = None,
    value: Annotated[str | None, typer.Option(help="Only those of this topic, company or source.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 50,
    store: Url = None,
    json: Json = False,
) -> None:
    """List alerts, the newest first, each with its reason in words."""
    from headwater.store import open_store
    from headwater.store.tables import utc_now
    from sentiment_monitor.alerts import inbox

    since = None if days is None else utc_now() - timedelta(days=days)
    with open_store(store, create=False) as opened:
        found = inbox.alerts(opened, open_only=open_only, since=since, value=value, limit=limit)
    if json:
        print_json([_plain(judged) for judged in found])
        return
    table = Table("alert", "severity", "of", "opened", "closed", "why", "verdict")
    for judged in found:
        table.add_row(*(Text(cell) for cell in _row(judged)))
    results.print(table)


@verbs.command("acknowledge")
def acknowledge(number: Number, by: By = None, store: Url = None) -> None:
    """Say that an alert was right: it was seen to."""
    _decide(number, "acknowledged", by, store)


@verbs.command("false")
def false(number: Number, by: By = None, store: Url = None) -> None:
    """Say that an alert was false: two of a target make its threshold stricter."""
    _decide(number, "false", by, store)


@verbs.command("mute")
def mute(
    dimension: Annotated[str, typer.Argument(help="topic, company, source or all.")],
    value: Annotated[str, typer.Argument(help="Which; '' for all.")],
    hours: Annotated[float, typer.Option(min=0.0, help="For how long.")] = 24.0,
    rule: Annotated[str | None, typer.Option(help="Only alerts of this rule.")] = None,
    by: By = None,
    store: Url = None,
) -> None:
    """Send nothing about a target for some hours; its alerts still open and are listed."""
    from headwater.store import open_store
    from headwater.store.tables import utc_now
    from sentiment_monitor.alerts import inbox

    now = utc_now()
    with open_store(store, create=False) as opened:
        made = inbox.mute(opened, dimension, value, now + timedelta(hours=hours), by or getpass.getuser(), rule, now)
    typer.echo(f"mute {made.id}: nothing is sent about {dimension} {value} until {_moment(made.until)} UTC")


@verbs.command("unmute")
def unmute(number: Annotated[int, typer.Argument(help="The number that `alerts mute` printed.")], store: Url = None) -> None:  # fmt: skip
    """Take a mute back."""
    from headwater.store import open_store
    from sentiment_monitor.alerts import inbox

    with open_store(store, create=False) as opened:
        typer.echo("sent again" if inbox.unmute(opened, number) else f"there is no mute {number}")


@verbs.command("rules")
def rules(
    path: Annotated[Path | None, typer.Argument(help="A file of rules; the shipped ones if left out.")] = None,
) -> None:
    """Read a file of rules and say every fault in it, or what they watch."""
    from sentiment_monitor.alerts.rules import read_rules, standing_rules

    table = Table("rule", "watches", "windows (h)", "chance", "least", "channels")
    for rule in read_rules(path or standing_rules()):
        values = "all" if rule.values is None else ", ".join(rule.values)
        windows, channels = ", ".join(map(str, rule.windows)), ", ".join(rule.channels) or "-"
        cells = (rule.name, f"{rule.sentiment} · {rule.dimension}: {values}", windows, f"{rule.chance:g}", str(rule.least), channels)  # fmt: skip
        table.add_row(*(Text(cell) for cell in cells))
    results.print(table)


def _decide(number: int, verdict: str, by: str | None, url: str | None) -> None:
    from headwater.store import open_store
    from sentiment_monitor.alerts import inbox

    with open_store(url, create=False) as opened:
        judged = inbox.decide(opened, number, verdict, by or getpass.getuser())
    typer.echo(f"alert {judged.alert.id}: {judged.verdict} by {judged.by}")


def _row(judged: Any) -> tuple[str, ...]:
    from sentiment_monitor.alerts.wording import worded

    alert = judged.alert
    target = f"{alert.dimension} {alert.value}".strip()
    closed = _moment(alert.closed) if alert.closed else "open"
    return str(alert.id), str(alert.severity), target, _moment(alert.opened), closed, worded(alert.reason), judged.verdict or "-"  # fmt: skip


def _plain(judged: Any) -> dict[str, Any]:
    from dataclasses import asdict

    values = asdict(judged.alert) | {"verdict": judged.verdict, "by": judged.by, "decided": judged.decided}
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in values.items()}


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
