"""`headwater doctor`: labelled data in, what is wrong with it out."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from headwater.cli.output import notes, print_json, results
from headwater.errors import InputError

__all__ = ["doctor", "read_splits"]


def doctor(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|RECIPE...",
            help="A recipe.toml; or labelled files or named sets (banking77:train), each a split, what is learnt from first.",
        ),
    ],
    checks: Annotated[list[str] | None, typer.Option("--check", help="Only this check; can be given again.")] = None,
    most_words: Annotated[int, typer.Option(min=1, help="Texts above this length are called long.")] = 256,
    shown: Annotated[int, typer.Option("--cases", min=0, max=5, help="Rows to show of each finding.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Look for copies, leaks, conflicts, likely label errors, personal data and drift in labelled data.

    With a recipe its own splits are looked at, and the exit code is 1 where they show more than its table [doctor]
    allows. Personal data is masked in what is shown.
    """
    from headwater.data.doctor import diagnose, refused  # these bring scikit-learn, which a serving install lacks

    splits, allowed = read_splits(sources)
    with notes.status("reading") as status:
        found = diagnose(splits, checks or [], most_words, lambda what: status.update(f"looking for {what}"))
    over = refused(found, allowed)
    if as_json:
        rows = {name: len(rows) for name, rows in splits.items()}
        print_json({"splits": rows, "findings": [asdict(entry) | {"fatal": entry in over} for entry in found]})
    else:
        _show(found, over, {name: len(rows) for name, rows in splits.items()}, shown)
    if over:
        raise typer.Exit(1)


def read_splits(sources: Sequence[str]) -> tuple[dict[str, Any], dict[str, float]]:
    """Rows by split, and what the recipe allows, if one was given. Raises InputError, RecipeError, DataError."""
    from headwater.cli.evaluate import rows_of
    from headwater.data.corpus import load_corpus
    from headwater.data.doctor import splits_of
    from headwater.recipe import load_recipe

    if any(Path(source).suffix == ".toml" for source in sources):
        if len(sources) > 1:
            raise InputError("expected one recipe, or files and named sets; got a recipe among others")
        recipe = load_recipe(sources[0])
        return splits_of(load_corpus(recipe)), recipe.doctor
    if len(set(sources)) < len(sources):
        raise InputError(f"expected each source once, got {', '.join(sources)}")
    return {source: rows_of(source) for source in sources}, {}


def _show(found: Sequence[Any], over: Sequence[Any], rows: dict[str, int], shown: int) -> None:
    results.print(
        "looked at " + ", ".join(f"{count:,} rows of {name}" for name, count in rows.items()), highlight=False
    )
    if not found:
        results.print("nothing was found")
    for entry in found:
        share = f"{entry.rows:,} rows, {entry.share:.1%}"
        mark = " ✗" if entry in over else ""
        # As Text: what stands in data is not markup.
        results.print(Text.assemble("\n", (entry.check + mark, "bold"), f"  {entry.split}: {share}, {entry.said}"))
        for case in entry.cases[:shown]:
            place = f"{case.where.rpartition('/')[2]}  " if case.where else ""
            results.print(
                Text(f"    {place}{case.text}" + (f"  ({_short(case.note)})" if case.note else ""), style="dim")
            )
    if over:
        results.print(f"\n✗ more than the recipe allows: {', '.join(dict.fromkeys(entry.check for entry in over))}")


def _short(note: str) -> str:
    """A remark, with the name of a file alone where it gives the whole path."""
    return re.sub(r"\S*/", "", note)
