"""`support-chatbot replay`: logged conversations answered again, and what changed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from headwater.cli.options import Json, Url, existing
from headwater.cli.output import print_json, results
from headwater.errors import InputError

__all__ = ["replay"]

MOST = 20  # changes that are printed


def replay(
    file: Annotated[
        Path | None,
        typer.Argument(help='JSONL, a line a conversation: {"conversation": "a", "turns": ["words", ...]}.'),
    ] = None,
    from_store: Annotated[bool, typer.Option("--from-store", help="The conversations of the store instead.")] = False,
    folder: Annotated[Path | None, typer.Option(help="The bot's folder, with another policy or other answers.")] = None,
    bundle: Annotated[str | None, typer.Option(help="The bundle of intents to try, by folder or name.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many conversations of the store.")] = None,
    store: Url = None,
    json: Json = False,
) -> None:
    """Answer logged conversations again with another bundle, policy or folder, and say what changed, turn by turn.

    What the store holds is compared with what was said then; a file's turns with what the bot as it stands would say.
    """
    from support_chatbot.commands.opening import opened
    from support_chatbot.testing.logs import from_file
    from support_chatbot.testing.logs import from_store as stored
    from support_chatbot.testing.replay import replay as answered_again
    from support_chatbot.testing.replay import summary

    if (file is None) != from_store:
        raise InputError("expected either a FILE of conversations or --from-store")
    bot = opened(folder, bundle)
    if file is not None:
        found = answered_again(from_file(file), bot, before=opened(None))
    else:
        with existing(store) as held:
            found = answered_again(stored(held, limit), bot)
    content = summary(found)
    print_json(content) if json else _show(content)


def _show(content: Mapping[str, Any]) -> None:
    for change in content["changes"][:MOST]:
        results.print(_line(change), soft_wrap=True)
    if len(content["changes"]) > MOST:
        results.print(f"... and {len(content['changes']) - MOST} more: --json has all of them")
    table = Table("verdict", "turns")
    for name in ("same", "outcome", "intent", "words", "masked", "after a difference"):
        table.add_row(name, f"{content[name]:,}")
    results.print(table)
    for kind in ("outcomes", "intents"):
        for old, new, count in content[kind]:
            results.print(Text(f"{kind.removesuffix('s')}: {old} -> {new}: {count:,}"))
    results.print(f"{content['changed']:,} of {content['conversations']:,} conversations differ")


def _line(change: Mapping[str, Any]) -> Text:
    old, new = change["before"], change["after"]
    what = {"outcome": ("outcome",), "intent": ("intent",), "words": ("text",), "masked": ("outcome",)}[change["way"]]
    said = " / ".join(f"{old[name]} -> {new[name]}" for name in what)
    return Text(
        f"{change['conversation']} turn {change['turn']}: {change['said'][:80]!r}: {change['way']}: {said[:300]}"
    )
