"""recipe.toml -> frozen dataclasses: how one model is made, as values only.

A recipe is read whole before anything runs, and every fault in it is reported at once, with its key and what
would be right there. `models/*/recipe.toml` are the recipes of the models that ship.

recipe/values.py   every key, its default, and when to turn it
recipe/strategies.py  those of three strategies: augmentation, pre-training, distillation
recipe/checks.py   what does not fit together (of the strategies: recipe/strategy_checks.py)
recipe/wording.py  pydantic's faults in a recipe's words
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from headwater.errors import RecipeError
from headwater.recipe.checks import misfits
from headwater.recipe.strategies import AugmentRecipe, DistilRecipe, PretrainingRecipe
from headwater.recipe.values import (
    METRICS,
    TASKS,
    DataRecipe,
    ExportRecipe,
    HeadRecipe,
    Recipe,
    Share,
    Source,
    TrainingRecipe,
)
from headwater.recipe.wording import faults_of, short, unknown, without

__all__ = [
    "METRICS",
    "AugmentRecipe",
    "DataRecipe",
    "DistilRecipe",
    "ExportRecipe",
    "HeadRecipe",
    "PretrainingRecipe",
    "Recipe",
    "Share",
    "Source",
    "TrainingRecipe",
    "load_recipe",
    "parse_recipe",
]


def load_recipe(path: str | Path, changes: Mapping[str, Any] | None = None) -> Recipe:
    """Read a recipe file; `changes` sets dotted keys ("training.epochs") over it. Raises RecipeError."""
    file = Path(path)
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8-sig"))  # as an editor of Windows may begin it
    except OSError as fault:
        raise RecipeError(str(file), [f"expected a readable file: {fault.strerror or fault}"]) from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise RecipeError(str(file), [f"expected TOML: {fault}"]) from fault
    for key, value in (changes or {}).items():
        *parents, last = key.split(".")
        place = content
        for parent in parents:
            place = place.setdefault(parent, {})
            if not isinstance(place, dict):
                raise RecipeError(str(file), [f"{key}: expected {parent} to be a table, got {short(place)}"])
        place[last] = value
    return parse_recipe(content, str(file), file.resolve().parent)


def parse_recipe(content: Mapping[str, Any], where: str = "recipe", folder: Path = Path()) -> Recipe:
    """Check a recipe's values and fill in what a task implies. Raises RecipeError with every fault."""
    values = {key: value for key, value in content.items() if key != "folder"}
    faults = [unknown("folder")] if "folder" in content else []
    try:
        return _parsed(values, folder, faults)
    except ValidationError as fault:
        told = faults_of(fault)
        faults += [f"{key}: {message}" for key, message in told.items()]
        # What does not fit together is told too, where it can be seen without the values that are wrong by themselves.
        try:
            _parsed(without(values, fault), folder, [])
        except ValidationError:
            pass
        except RecipeError as more:
            wrong = {part for key in told for part in _named_by(key)} - {"data", "training"}
            faults += [entry for entry in more.faults if not any(part in entry for part in wrong)]
        raise RecipeError(where, faults) from fault
    except RecipeError as fault:
        raise RecipeError(where, fault.faults) from fault


def _named_by(key: str) -> tuple[str, ...]:
    """How other faults may name what is wrong at a key: by the key, or by a part of it; tables of strategies name whole keys."""
    if key.startswith(("pretraining", "training.augment", "training.distil")):
        return (key,)
    return (key, *(part for part in key.split(".") if not part.isdigit()))


def _parsed(content: Mapping[str, Any], folder: Path, faults: list[str]) -> Recipe:
    # As JSON, because strictness there means the types of a file: no "3" for 3, but a table for a dataclass.
    recipe = TypeAdapter(Recipe).validate_json(json.dumps(content, default=str), strict=True)
    recipe = replace(recipe, folder=folder)
    if not recipe.heads and recipe.task in TASKS:
        name, kind = TASKS[recipe.task]
        recipe = replace(recipe, heads=[HeadRecipe(name=name, kind=kind)])  # type: ignore[arg-type]
    faults = [*faults, *misfits(recipe)]
    if faults:
        raise RecipeError("recipe", faults)
    return recipe
