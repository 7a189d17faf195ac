"""`headwater recalibrate`: a bundle in, the same bundle with probabilities fitted anew out."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from headwater.bundle import Bundle, open_bundle
from headwater.cli.bundles import bundle_folder
from headwater.cli.export import refusal_shown
from headwater.cli.output import notes, print_json, results
from headwater.errors import InputError
from headwater.home import models_home

__all__ = ["recalibrate"]


def recalibrate(
    bundle: Annotated[str, typer.Argument(metavar="BUNDLE", help="A bundle's folder, or its name.")],
    recipe: Annotated[
        Path | None, typer.Option(help="The recipe it was made from (default: recipe.toml beside the bundle's folder).")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Where to write it (default: in the place of the bundle).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Fit temperatures, span probabilities and thresholds again on the recipe's calibration split, without training.

    The graph and the tokenizer stay byte for byte; bundle.json and card.md are written anew, and with them the digest.
    """
    from headwater.export.recalibration import recalibrate as fit
    from headwater.recipe import load_recipe

    before = open_bundle(bundle_folder(bundle))
    file = recipe or before.folder.resolve().parent / "recipe.toml"
    if not file.is_file():
        raise InputError(f"{file}: expected the recipe that the bundle was made from: name it with --recipe")
    if output is None and before.folder.resolve().is_relative_to(models_home().resolve()):
        raise InputError("a version is never written again: name --output, then `headwater models install` that")
    with refusal_shown(as_json), notes.status("calibrating"):
        made, _ = fit(before, load_recipe(file), output or before.folder)
    rows = _changes(before, made)
    if as_json:
        print_json({"bundle": str(made.folder), "digest": made.digest, "calibration": rows})
        return
    table = Table("variant", "head", "calibration error before", "now", "risks proved", title="recalibrated")
    for row in rows:
        table.add_row(row["variant"], row["head"], _shown(row["before"]), _shown(row["now"]), row["risks"] or "none")
    results.print(table)
    results.print(f"bundle: {made.folder} ({made.digest[:12]})", soft_wrap=True, markup=False)


def _changes(before: Bundle, made: Bundle) -> list[dict[str, Any]]:
    return [
        {
            "variant": variant,
            "head": head,
            "before": before.calibration(variant, head).quality.get("ece", {}).get("value"),
            "now": now.quality.get("ece", {}).get("value"),
            "risks": ", ".join(f"{100 * entry.risk:g} %" for entry in now.thresholds),
        }
        for variant, heads in made.manifest.variants.items()
        for head, now in heads.items()
    ]


def _shown(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.4f}"
