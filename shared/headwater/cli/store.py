"""`headwater store status | upgrade | corrections | expire | erase | outbox | revive`: the data at rest."""

from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from headwater.cli.options import Json, Url, existing
from headwater.cli.output import plain, print_json, results
from headwater.errors import InputError

__all__ = ["corrections", "erase", "expire", "outbox", "revive", "status", "upgrade", "verbs"]

verbs = typer.Typer(no_args_is_help=True, help="The store: corrections, what is to be sent, what is kept and erased.")
Channel = Annotated[str | None, typer.Option(help="Only messages of this channel.")]
SHOWN = ("id", "channel", "key", "state", "attempts", "created", "due", "finished", "last_error")


@verbs.command("status")
def status(store: Url = None, json: Json = False) -> None:
    """Say where the store is, which schema it has, and how many rows of what it holds."""
    from headwater.store.status import status as count

    with existing(store) as opened:
        found = count(opened)
    if json:
        print_json(asdict(found))
        return
    results.print(Text(f"{found.url}, schema {found.schema}"), soft_wrap=True)
    table = Table("table", "rows")
    for name, rows in found.rows.items():
        if rows:
            table.add_row(name, f"{rows:,}")
    results.print(table)
    empty = [name for name, rows in found.rows.items() if not rows]
    if empty:
        results.print(Text(f"empty: {', '.join(empty)}"))
    if found.outbox:
        table = Table("channel", "waiting", "sent", "dead")
        for channel, states in found.outbox.items():
            table.add_row(Text(channel), *(f"{states[state]:,}" for state in ("waiting", "sent", "dead")))
        results.print(table)


@verbs.command("upgrade")
def upgrade(store: Url = None, json: Json = False) -> None:
    """Make the store, or bring its tables up to date; whatever opens a store does so too."""
    from headwater.store import open_store, schema

    with open_store(store) as opened:
        name = opened.name
    if json:
        print_json({"url": name, "schema": schema.latest()})
    else:
        typer.echo(f"{name}: schema {schema.latest()}")


@verbs.command("corrections")
def corrections(
    out: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help="The file to write; a recipe can train on it.")],
    head: Annotated[str | None, typer.Option(help="Only corrections of this head.")] = None,
    bundle: Annotated[str | None, typer.Option(help="Only corrections of the bundle of this name.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Only from this moment on, in UTC.")] = None,
    used_in: Annotated[
        str | None, typer.Option(help="Mark them as taken into a training set of this name and version.")
    ] = None,
    store: Url = None,
    json: Json = False,
) -> None:
    """Write the corrections of one head as training data; of one text the last correction counts."""
    from headwater.store.training_rows import export

    moment = since if since is None or since.tzinfo else since.replace(tzinfo=UTC)
    with existing(store) as opened:
        done = export(opened, out, head=head, bundle=bundle, since=moment, used_in=used_in)
    if json:
        print_json({"file": str(out), **asdict(done)})
    else:
        typer.echo(f"{out}: {done.rows:,} rows of {done.corrections:,} corrections")


@verbs.command("expire")
def expire(
    days: Annotated[float | None, typer.Option(min=0, max=36500, help="Days for everything that expires.")] = None,
    config: Annotated[Path | None, typer.Option(help="A TOML file with days by kind in a table [retention].")] = None,
    store: Url = None,
    json: Json = False,
) -> None:
    """Delete what is older than it may be: messages sent or given up, corrections, conversations."""
    from headwater.store.retention import Retention, read_retention
    from headwater.store.retention import expire as delete

    if (days is None) == (config is None):
        raise InputError("expected one of --days and --config: how long are things kept?")
    chosen = read_retention(config) if config is not None else Retention(*[days] * len(fields(Retention)))
    with existing(store) as opened:
        _say(delete(opened, chosen), "expired", json)


@verbs.command("erase")
def erase(
    subject: Annotated[str, typer.Argument(help="The id under which things were stored: of a customer, a session.")],
    store: Url = None,
    json: Json = False,
) -> None:
    """Delete all that is held of a subject, in every table."""
    from headwater.store.retention import erase as delete

    with existing(store) as opened:
        _say(delete(opened, subject), "erased", json)


def _say(gone: dict[str, int], what: str, json: bool) -> None:
    if json:
        print_json(gone)
    else:
        typer.echo(f"{what}: " + ", ".join(f"{count:,} {name}" for name, count in gone.items()))


@verbs.command("outbox")
def outbox(
    state: Annotated[str | None, typer.Option(help="waiting, sent or dead; all where left out.")] = None,
    channel: Channel = None,
    store: Url = None,
    json: Json = False,
) -> None:
    """List the messages of the outbox, without what they say."""
    from headwater.store.outbox import STATES, messages

    if state is not None and state not in STATES:
        raise InputError(f"expected --state {', '.join(STATES)}, got {state!r}")
    with existing(store) as opened:
        rows = [{name: getattr(message, name) for name in SHOWN} for message in messages(opened, state, channel)]
    if json:
        print_json([plain(row) for row in rows])
        return
    table = Table(*SHOWN)
    for row in rows:
        table.add_row(*(Text("-" if value is None else str(plain(value))) for value in row.values()))
    results.print(table)


@verbs.command("revive")
def revive(
    ids: Annotated[
        list[int] | None, typer.Argument(min=1, max=2**63 - 1, help="Ids from `headwater store outbox --state dead`.")
    ] = None,
    channel: Channel = None,
    everything: Annotated[bool, typer.Option("--all", help="All that are dead.")] = False,
    store: Url = None,
    json: Json = False,
) -> None:
    """Give dead messages all their attempts again, from now on."""
    from headwater.store.outbox import revive as again

    if not ids and channel is None and not everything:
        raise InputError("expected ids, --channel or --all: which messages shall be sent again?")
    with existing(store) as opened:
        _say({"messages": again(opened, ids or None, channel)}, "revived", json)
