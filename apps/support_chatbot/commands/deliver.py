"""`support-chatbot deliver`: what waits in the outbox goes to the webhook."""

from dataclasses import asdict
from typing import Annotated

import typer

from headwater.cli.options import Json, Url, existing
from headwater.cli.output import print_json
from headwater.errors import InputError

__all__ = ["deliver"]


def deliver(
    watch: Annotated[bool, typer.Option("--watch", help="Go on delivering until Ctrl-C.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Messages at most, without --watch.")] = 100,
    store: Url = None,
    json: Json = False,
) -> None:
    """Deliver due messages to HEADWATER_SUPPORT_WEBHOOK, signed; what fails is tried again later.

    `serve` does so by itself. Messages given up are seen and revived with `headwater store outbox` and `revive`.
    """
    from support_chatbot.records.handover import Courier, webhook_from

    webhook = webhook_from()
    if webhook is None:
        raise InputError("HEADWATER_SUPPORT_WEBHOOK: expected the URL of the webhook, found none")
    with existing(store) as opened:
        courier = Courier(opened, webhook)
        if watch:
            courier.run()
        done = asdict(courier.once(limit))
    if json:
        print_json(done)
    else:
        typer.echo("delivered: " + ", ".join(f"{count:,} {name}" for name, count in done.items()))
