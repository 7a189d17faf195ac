"""`support-chatbot doctor`: the bot's folder in, what is wrong with it out."""

import tomllib
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from headwater.cli.output import print_json, results
from support_chatbot.content.finding import Finding

__all__ = ["diagnose", "doctor"]

BUNDLE = "support-intent"
COLOURS = {"error": "bold red", "warning": "yellow"}


def doctor(
    folder: Annotated[
        Path | None, typer.Argument(help="The bot's folder; else HEADWATER_SUPPORT, else the one that ships.")
    ] = None,
    bundle: Annotated[str, typer.Option(help="The bundle whose intents need answers, by folder or name.")] = BUNDLE,
    online: Annotated[bool, typer.Option("--online", help="Ask the web whether its pages are there, too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Look for what is wrong with the bot's folder: policy, answers, slots, forms, links, dates; exit code 1 on errors."""
    found = diagnose(folder, bundle, online)
    count = Counter(finding.severity for finding in found)
    if json:
        print_json({"errors": count["error"], "warnings": count["warning"], "findings": [_plain(one) for one in found]})
    else:
        _show(found, count)
    if count["error"]:
        raise typer.Exit(1)


def diagnose(folder: Path | None, bundle: str = BUNDLE, online: bool = False) -> list[Finding]:
    """Every finding of the folder against the intents of the bundle. Raises InputError, BundleError."""
    from headwater.bundle import open_description
    from headwater.cli.bundles import bundle_folder
    from support_chatbot.content.checks import check_folder
    from support_chatbot.content.folder import read_folder
    from support_chatbot.content.online import ask_links
    from support_chatbot.content.sources import sources_of

    opened, found = read_folder(folder)
    head = open_description(bundle_folder(bundle)).head()
    intents = [label for label in head.labels if label != head.out_of_scope]
    known = sources_of(opened.policy_file)
    today = datetime.now(UTC).date()
    found += _policy_faults(opened.policy_file, head.labels)
    found += check_folder(opened, intents, known.slots, known.forms, facts=known.facts, today=today)
    return sorted(found + (ask_links(opened) if online else []))


def _policy_faults(file: Path, intents: Sequence[str]) -> list[Finding]:
    """What keeps the bot from opening with its policy; that it is TOML is known."""
    from support_chatbot.dialogue.policy import strangers
    from support_chatbot.dialogue.reading import looked_over

    policy, faults = looked_over(tomllib.loads(file.read_text(encoding="utf-8")))
    faults += strangers(policy, intents) if policy else []
    return [Finding.said(file.name, 1, fault) for fault in faults]


def _plain(one: Finding) -> dict[str, str | int]:
    said: dict[str, str | int] = {"file": one.file, "line": one.line, "severity": one.severity}
    return said | {"code": one.fault.code, "words": one.words}


def _show(found: Sequence[Finding], count: Counter[str]) -> None:
    for finding in found:
        # As Text: what stands in a file is not markup.
        line = Text.assemble(f"{finding.file}:{finding.line}: ", (finding.severity, COLOURS[finding.severity]))
        results.print(line.append(f": {finding.words}"), soft_wrap=True)
    results.print(
        f"errors: {count['error']}, warnings: {count['warning']}" if found else "nothing was found", highlight=False
    )
