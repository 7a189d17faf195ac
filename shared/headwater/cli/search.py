"""`headwater search`: a recipe and the values that its keys may take in, the best of them out."""

import json
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from headwater.cli.output import notes, print_json, results
from headwater.cli.train import parse_changes
from headwater.errors import InputError

__all__ = ["search"]


def search(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", help="A recipe.toml.")],
    over: Annotated[
        list[str],
        typer.Option(help="KEY=LOW..HIGH, KEY=LOW..HIGH:log or KEY=ONE,OTHER; again for each key that is searched."),
    ],
    trials: Annotated[int, typer.Option(min=1, help="Trials in all, those of an earlier call included.")] = 20,
    output: Annotated[Path | None, typer.Option(help="The search's folder (default: runs/NAME-search).")] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="KEY=VALUE over the recipe, for all trials.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Search over any keys of a recipe with Optuna: trials that fall behind are stopped, a killed search goes on.

    The score is the recipe's metric on validation at the best epoch. The test set is never looked at.
    """
    from headwater.recipe import load_recipe  # these bring pydantic, torch and Optuna, which a serving install lacks
    from headwater.training.search import parse_ranges, search

    ranges, fixed = parse_ranges(over), parse_changes(changes or [])
    both = sorted(ranges.keys() & fixed.keys())
    if both:
        raise InputError(f"--set: expected keys that are not searched over, got {', '.join(both)}")
    folder = output or Path("runs") / f"{load_recipe(recipe, fixed).name}-search"
    record = search(recipe, ranges, trials, folder, fixed, lambda said: notes.print(said, markup=False))
    if as_json:
        print_json({"folder": str(folder), **record})
        return
    results.print(_table(record))
    best = " ".join(f"--set {_word(key, value)}" for key, value in record["best"]["values"].items())
    results.print(f"headwater train {recipe} {best}", soft_wrap=True, markup=False, highlight=False)


def _word(key: str, value: Any) -> str:
    """KEY=VALUE as a shell passes it and --set reads it: true and not True, a list in its quotes."""
    return shlex.quote(f"{key}={value if isinstance(value, str) else json.dumps(value)}")


def _table(record: dict[str, Any]) -> Table:
    keys = list(record["best"]["values"])
    table = Table("trial", *keys, record["metric"], "", title=f"{len(record['trials'])} trials")
    for trial in record["trials"]:
        mark = "best" if trial["trial"] == record["best"]["trial"] else "stopped" if trial["state"] == "pruned" else ""
        value = "" if trial["value"] is None else f"{trial['value']:.4f}"
        table.add_row(str(trial["trial"]), *(f"{trial['values'].get(key, '')}" for key in keys), value, mark)
    return table
