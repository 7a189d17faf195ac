"""`support-chatbot conversations list | transcript`: who waits, and what was said."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from headwater.cli.options import Json, Url, existing
from headwater.cli.output import plain, print_json, results

__all__ = ["conversations", "transcript", "verbs"]

verbs = typer.Typer(no_args_is_help=True, help="Look at conversations.")
SHOWN = ("key", "status", "channel", "language", "turns", "reason", "taken_by", "created", "updated")


@verbs.command("list")
def conversations(
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those that wait for a person.")] = False,
    status: Annotated[str | None, typer.Option(help="open, handed_over or closed.")] = None,
    channel: Annotated[str | None, typer.Option(help="Only those of this channel.")] = None,
    words: Annotated[str | None, typer.Option(help="Only those in which this was said.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many.")] = 50,
    offset: Annotated[int, typer.Option(min=0, help="How many to pass over.")] = 0,
    store: Url = None,
    json: Json = False,
) -> None:
    """List conversations: those that wait for a person first, the longest waiting before all."""
    from support_chatbot.records.conversations import Conversations
    from support_chatbot.records.desk import Desk

    handoff = "waiting" if waiting else None
    with existing(store) as opened:
        page = Desk(Conversations(opened)).page(
            handoff=handoff, status=status, channel=channel, words=words, limit=limit, offset=offset
        )
    rows = [{name: plain(getattr(talk, name)) for name in SHOWN} for talk in page.conversations]
    if json:
        print_json({"total": page.total, "conversations": rows})
        return
    table = Table(*SHOWN)
    for row in rows:
        table.add_row(*(Text("-" if value is None else str(value)) for value in row.values()))
    results.print(table, f"{len(rows):,} of {page.total:,}", sep="\n")


@verbs.command("transcript")
def transcript(
    key: Annotated[str, typer.Argument(help="The key of a conversation, from `conversations list`.")],
    store: Url = None,
    json: Json = False,
) -> None:
    """Print what was said in a conversation, as it is stored: without personal data."""
    from support_chatbot.records.conversations import Conversations

    with existing(store) as opened:
        turns = Conversations(opened).transcript(key)
    if json:
        print_json([plain(asdict(turn)) for turn in turns])
        return
    for turn in turns:
        note = f"  ({turn.outcome})" if turn.outcome else ""
        said = Text(f"{turn.number:>3}  {turn.who or turn.speaker}: {turn.text}{note}")
        results.print(said, soft_wrap=True)
