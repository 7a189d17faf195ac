"""`sentiment-monitor deliver`: alerts that wait in the outbox go to their channels."""

import signal
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from headwater.cli.options import Json, Url
from headwater.cli.output import print_json
from headwater.errors import InputError

__all__ = ["deliver"]


def deliver(
    watch: Annotated[bool, typer.Option("--watch", help="Go on delivering until Ctrl-C.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Messages at most, without --watch.")] = 100,
    channels: Annotated[
        Path | None, typer.Option(help="A file of channels (TOML); HEADWATER_ALERT_CHANNELS if left out.")
    ] = None,
    test: Annotated[str | None, typer.Option(help="Send a test to this channel, and nothing else.")] = None,
    store: Url = None,
    json: Json = False,
) -> None:
    """Deliver due alerts by Apprise (webhook, e-mail, Slack, ...); what fails is tried again later.

    `watch` does so by itself where it has channels. Messages given up are seen and revived with `headwater store outbox` and `revive`.
    """
    from headwater.store import open_store
    from headwater.ui.texts import catalogue
    from sentiment_monitor.alerts.channels import channels_from, send
    from sentiment_monitor.alerts.delivery import Courier
    from sentiment_monitor.alerts.wording import Note

    known = channels_from(channels)
    if test is not None:
        t = catalogue(known.language)
        send(known, test, Note(t("newsalert.test"), t("newsalert.test_body")), 1)
        typer.echo(f"channel {test}: sent")
        return
    if not known.addresses:
        raise InputError("expected at least one channel, found none: --channels FILE, or HEADWATER_ALERT_CHANNEL_NAME")
    with open_store(store, create=False) as opened:
        courier = Courier(opened, known, _company_names())
        if watch:
            # The first process of a container is deaf to it unless it listens, and would be killed in the midst of a message.
            signal.signal(signal.SIGTERM, lambda *_: courier.stop())
            courier.run()
            return
        done = asdict(courier.once(limit))
    if json:
        print_json(done)
    else:
        typer.echo("delivered: " + ", ".join(f"{count:,} {name}" for name, count in done.items()))


def _company_names() -> dict[str, str]:
    from headwater.companies.table import Companies

    table = Companies.open()
    return {key: table[key].name for key in table}
