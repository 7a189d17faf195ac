"""What does not fit together in the strategies of a recipe; files that they name and that are not there."""

import json
from pathlib import Path
from typing import Any

from headwater.recipe.values import Recipe
from headwater.recipe.wording import short

__all__ = ["strategy_faults"]

TABLES = (".conll", ".bio", ".csv", ".iob", ".json", ".jsonl", ".parquet", ".tsv", ".txt")
TEACHERS = "a bundle, a run of headwater train, or a checkpoint (a folder with bundle.json, model/ or config.json)"


def strategy_faults(recipe: Recipe) -> list[str]:
    """One sentence a fault, each with its key."""
    texts = recipe.pretraining.texts if recipe.pretraining else []
    reading = _file_faults(recipe, "pretraining.texts", texts)
    return [*_start_faults(recipe), *_augment_faults(recipe), *_distil_faults(recipe), *reading]


def _start_faults(recipe: Recipe) -> list[str]:
    if recipe.start is None:
        return []
    place = recipe.folder / Path(recipe.start).expanduser()
    faults = []
    if not any((place / name).is_file() for name in ("bundle.json", "model.safetensors", "model/model.safetensors")):
        faults.append(f"start: expected a bundle or a run of headwater train, found none at {place}")
    if recipe.pretraining is not None:
        faults.append("start: expected no [pretraining] beside it, which would begin from the plain encoder")
    return faults


def _augment_faults(recipe: Recipe) -> list[str]:
    faults, augment = [], recipe.training.augment
    kinds = {head.name: head.kind for head in recipe.heads}
    if augment.entities and "token" not in kinds.values():
        faults.append(f"training.augment.entities: expected a token head, whose spans are swapped; got {kinds}")
    if augment.paraphrases is None:
        return faults
    if kinds and not set(kinds.values()) & {"single", "multi", "pair"}:
        faults.append(
            f"training.augment.paraphrases: expected a head of documents, since spans have no place in one; got {kinds}"
        )
    return faults + _file_faults(recipe, "training.augment.paraphrases", [augment.paraphrases], named=False)


def _distil_faults(recipe: Recipe) -> list[str]:
    distil = recipe.training.distil
    if distil is None:
        return []
    faults = _file_faults(recipe, "training.distil.texts", distil.texts)
    place = recipe.folder / Path(distil.teacher).expanduser()
    notes = [place / name for name in ("bundle.json", "config.json", "model/config.json")]
    note = next((file for file in notes if file.is_file()), None)
    if note is None:
        return [*faults, f"training.distil.teacher: expected {TEACHERS}, found none at {place}"]
    theirs = _heads(note)
    ours: set[tuple[str, str]] = {(head.name, head.kind) for head in recipe.heads if head.kind != "embedding"}
    kinds = [kind for _, kind in ours]
    alone = theirs is not None and len(theirs) == 1 and kinds.count(next(iter(theirs))[1]) == 1
    if theirs is not None and ours and not alone and not theirs & ours:
        faults.append(
            f"training.distil.teacher: expected a head of the same name and kind as one of {_said(ours)}, "
            f"got {_said(theirs)}"
        )
    return faults


def _heads(note: Path) -> set[tuple[str, str]] | None:
    """Names and kinds of the heads that a bundle or a trained model has; None where its note does not say."""
    try:
        content: Any = json.loads(note.read_text(encoding="utf-8"))
        return {(str(head["name"]), str(head["kind"])) for head in content["heads"]}
    except (KeyError, OSError, TypeError, ValueError):  # a checkpoint; what is damaged is told when it is opened
        return None


def _said(heads: set[tuple[str, str]]) -> str:
    return short(", ".join(f"{name} ({kind})" for name, kind in sorted(heads)))


def _file_faults(recipe: Recipe, key: str, sources: list[str], named: bool = True) -> list[str]:
    """Files that are not there; where a set may be `named`, only what looks like a file is looked for."""
    faults = []
    for source in sources:
        is_file = not named or (":" not in source and Path(source.removesuffix(".gz")).suffix.lower() in TABLES)
        if is_file and not (recipe.folder / source).is_file():
            faults.append(f"{key}: expected a file beside the recipe, found none at {recipe.folder / source}")
    return faults
