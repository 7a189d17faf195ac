"""`support-chatbot outcomes`: what became of the conversations of the last days."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from headwater.cli.options import Json, Url, existing
from headwater.cli.output import notes, plain, print_json, results
from headwater.errors import InputError

__all__ = ["outcomes"]


def outcomes(
    days: Annotated[
        float, typer.Option(min=0.01, max=3660, help="Conversations that began in the last so many days.")
    ] = 30,
    channel: Annotated[str | None, typer.Option(help="Only those of this channel.")] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a row a conversation to this file.")] = None,
    store: Url = None,
    json: Json = False,
) -> None:
    """Say what became of conversations: each has one outcome; shares have 95 % intervals."""
    from headwater.store.tables import utc_now
    from support_chatbot.records import export
    from support_chatbot.records.outcomes import outcomes as figures

    with existing(store) as opened:
        found = figures(opened, utc_now() - timedelta(days=days), channel=channel)
    if csv is not None:
        try:
            csv.write_bytes(export.to_csv(found.each))
        except OSError as fault:
            raise InputError(f"{csv}: cannot be written ({fault.strerror}): name another file") from fault
        notes.print(f"{csv}: {len(found.each):,} conversations", markup=False, soft_wrap=True)
    content = plain({name: value for name, value in asdict(found).items() if name != "each"})
    if json:
        print_json(content)
    else:
        results.print(_table(found), _asked(found), sep="\n")


def _percent(share: Any) -> str:
    return "-" if share is None else f"{share.value:.1%} ({share.low:.1%} to {share.high:.1%})"


def _table(found: Any) -> Table:
    table = Table("", "conversations", "share (95 %)")
    for name, count in found.counts.items():
        table.add_row(name.replace("_", " "), f"{count:,}", _percent(found.shares.get(name)))
    table.add_section()
    table.add_row("running, not counted", f"{found.running:,}", "")
    table.add_row("nothing asked, not counted", f"{found.unasked:,}", "")
    table.add_section()
    table.add_row("contained: not handed over", "", _percent(found.containment))
    table.add_row("resolved: answered, found, clarified", "", _percent(found.resolution))
    table.add_row("  and no return in 7 days", f"of {found.durable_of:,}", _percent(found.durable))
    table.add_row("  not countable: no subject", f"{found.without_subject:,}", "")
    table.add_row("  not countable yet", f"{found.too_recent:,}", "")
    table.add_row("thumbs up", f"{found.up:,} of {found.up + found.down:,}", _percent(found.thumbs))
    spent = ", ".join(f"{name} {value:.0f} ms" for name, value in found.milliseconds.items())
    table.add_row("a turn takes", "", spent or "-")
    return table


def _asked(found: Any) -> Table | str:
    """The questions that nobody answered."""
    if not found.unanswered:
        return "no question was left without an answer"
    table = Table("asked without an answer", "times")
    for text, count in found.unanswered:
        table.add_row(Text(text), f"{count:,}")
    return table
