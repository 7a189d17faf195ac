"""`support-chatbot serve`: the bot over HTTP, its records in the store, its hand-overs on their way."""

from pathlib import Path
from typing import Annotated, Any

import typer

from headwater.api.keys import Keys
from headwater.api.logs import LogKind
from headwater.cli.options import Host, KeyFile, Log, LogTexts, Port, Proxies, Url
from headwater.cli.output import notes
from headwater.cli.server import open_keys, run_server
from headwater.store import open_store

__all__ = ["serve"]


def serve(
    folder: Annotated[
        Path | None, typer.Argument(help="The bot's folder; HEADWATER_SUPPORT, or Northmere Bank's.")
    ] = None,
    port: Port = 8000,
    host: Host = "127.0.0.1",
    keys: KeyFile = None,
    store: Url = None,
    log: Log = LogKind.text,
    log_texts: LogTexts = False,
    proxies: Proxies = None,
) -> None:
    """Serve POST /v1/chat, GET /v1/chat/SESSION and thumbs, beside the endpoints of the model; Ctrl-C stops it.

    It answers at the risk that the settings page sets, and follows it. Hand-overs go to the webhook that HEADWATER_SUPPORT_WEBHOOK and HEADWATER_SUPPORT_WEBHOOK_SECRET set.
    """
    from support_chatbot.bot import open_bot
    from support_chatbot.choices import chosen_risk, standing_sources

    known = open_keys(keys, host)
    with open_store(store) as opened:
        with notes.status("opening the bot"):
            bot = open_bot(folder, risk=chosen_risk(opened), sources=standing_sources(opened))
        for lack in bot.lacks:
            notes.print(f"warning: the bot has no {lack}", style="yellow", markup=False, soft_wrap=True)
        run_server(_app(bot, opened, known), host, port, log, log_texts, proxies)


def _app(bot: Any, store: Any, keys: Keys) -> Any:
    """The app of the bot's model with the chat on it. Without a webhook nothing is put into the outbox."""
    from headwater.api.app import create_app
    from support_chatbot.api import chat_router
    from support_chatbot.dialled import Dialled
    from support_chatbot.records.conversations import Conversations
    from support_chatbot.records.handover import Courier, webhook_from
    from support_chatbot.records.rows import Origin

    model, webhook = bot.classifier.model, webhook_from()
    manifest = model.bundle.manifest
    origin = Origin(manifest.name, manifest.version, model.bundle.digest, bot.folder.digest)
    if webhook is None:
        notes.print("hand-overs wait at the desk alone: HEADWATER_SUPPORT_WEBHOOK names no webhook", soft_wrap=True)
    conversations = Conversations(store, () if webhook is None else webhook.channels)
    app = create_app([model], keys=keys, scopes={"/v1/chat": "chat"})
    app.include_router(chat_router(Dialled(bot, store), conversations, webhook and Courier(store, webhook), origin))
    return app
