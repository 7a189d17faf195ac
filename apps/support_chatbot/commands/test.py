"""`support-chatbot test`: the dialogue tests of the bot's folder, and what they reach."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from headwater.cli.options import Json
from headwater.cli.output import notes, print_json, results
from headwater.errors import InputError

__all__ = ["test"]


def test(
    folder: Annotated[
        Path | None, typer.Argument(help="The bot's folder; HEADWATER_SUPPORT, or Northmere Bank's.")
    ] = None,
    dialogues: Annotated[
        Path | None, typer.Option(help="A file or folder of tests; else dialogues/ in the bot's folder.")
    ] = None,
    bundle: Annotated[str | None, typer.Option(help="Another bundle of intents, by folder or name.")] = None,
    min_coverage: Annotated[
        float, typer.Option(min=0, max=1, help="Fail where the tests reach less of intents, forms, acts ... each.")
    ] = 0,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a JUnit report, too.")] = None,
    json: Json = False,
) -> None:
    """Hold the conversations of the tests with the bot; exit code 1 where it does something else than they expect."""
    from support_chatbot.commands.opening import opened
    from support_chatbot.testing.cases import read_cases
    from support_chatbot.testing.coverage import coverage_of
    from support_chatbot.testing.report import to_json, to_junit
    from support_chatbot.testing.run import run_cases

    bot = opened(folder, bundle)
    found = run_cases(read_cases(dialogues or bot.folder.dialogues), bot)
    reach = coverage_of(found, bot)
    if junit is not None:
        try:
            junit.write_bytes(to_junit(found))
        except OSError as fault:
            raise InputError(f"{junit}: cannot be written ({fault.strerror}): name another file") from fault
    print_json(to_json(found, reach)) if json else _show(found, reach)
    short = [f"{kind} {one.share:.0%}" for kind, one in reach.items() if one.share < min_coverage]
    if short:
        notes.print(f"reached less than {min_coverage:.0%}: {', '.join(short)}")
    if short or not all(result.passed for result in found):
        raise typer.Exit(1)


def _show(found: Sequence, reach: Mapping) -> None:
    for result in found:
        if not result.passed:
            results.print(Text(f"{result.case.file}:{result.case.line}: {result.case.name}", "bold red"))
            results.print(Text(result.explained + "\n"), soft_wrap=True)
    table = Table("reached", "", "not reached")
    for kind, one in reach.items():
        total = len(one.reached) + len(one.missed)
        table.add_row(kind, f"{len(one.reached)} of {total}", Text(", ".join(one.missed)))
    results.print(table)
    failed, turns = sum(not result.passed for result in found), sum(len(result.steps) for result in found)
    results.print(f"{len(found)} dialogues, {turns} turns: {len(found) - failed} passed, {failed} failed")
