"""What `headwater export` is to export, and the rows that the gate measures it on."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from headwater.cli.evaluate import labelled_rows as read_rows
from headwater.cli.evaluate import rows_of as read_rows_of
from headwater.data.catalogue import split_name
from headwater.data.corpus import load_corpus
from headwater.data.example import Example
from headwater.data.maps import Renames
from headwater.data.sources import source_record
from headwater.data.splits import split_off
from headwater.encoders import ENCODERS, resolve
from headwater.errors import InputError
from headwater.export.checkpoint import open_checkpoint
from headwater.export.gate import FEWEST_TEXTS
from headwater.export.package import Exportable, Labelled, from_trained, labelled_rows
from headwater.recipe import METRICS, Recipe, parse_recipe
from headwater.recipe.values import OUT_OF_SCOPE, TASKS
from headwater.training.runner import load_trained

__all__ = ["Job", "checkpoint_job", "floors", "run_job", "with_rows"]

SEED = 13
UNPROVED = (
    "No labelled data was given to the export: the gate proved that ONNX computes what the checkpoint does and that "
    "company changes no answer, not how good either is. Probabilities are as the checkpoint gives them, uncalibrated, "
    "and there are no thresholds."
)
SEARCHED = (
    "The gate proved that vectors and neighbours are those of the checkpoint, not how well they find what is sought."
)
FOREIGN = "The weights are those of {}: its licence, its training data and its limits hold here too."


@dataclass(frozen=True)
class Job:
    """What `export_bundle` is to be called with."""

    source: Exportable
    name: str
    task: str
    rows: Labelled
    recipe: Recipe | None = None
    sources: Sequence[Mapping[str, Any]] = ()
    notes: Sequence[str] = ()
    origin: Mapping[str, Any] = field(default_factory=dict)


def run_job(run: Path, name: str | None, unfit: Sequence[str]) -> Job:
    """The export of what `headwater train` left, on its recipe's own splits; `unfit` are options that it does not take."""
    if unfit:
        raise InputError(f"{run}: is a run of headwater train, and its recipe says that: leave {', '.join(unfit)} out")
    files = [run / "recipe.json", run / "data.json"]
    try:
        values, data = (json.loads(file.read_text(encoding="utf-8")) for file in files)
    except (OSError, ValueError) as fault:
        raise InputError(
            f"{run}: expected a run of headwater train, and a part of it cannot be read: {fault}"
        ) from fault
    recipe = parse_recipe(values, str(files[0]), Path(data.get("folder", ".")))
    trained = from_trained(load_trained(run / "model"))
    corpus = load_corpus(recipe)
    return Job(trained, name or recipe.name, recipe.task, labelled_rows(corpus), recipe, corpus.sources)


def checkpoint_job(checkpoint: str, name: str | None, command: str, **options: Any) -> Job:
    """The export of a checkpoint without any rows; `options` as `open_checkpoint`'s."""
    source = str(resolve(checkpoint)) if checkpoint in ENCODERS else checkpoint
    opened = open_checkpoint(source, **options)
    kinds = {entry.kind for entry in opened.heads}
    task = next((task for task, (_, known) in TASKS.items() if kinds == {known}), "mixed")
    named = name or re.sub(r"[^a-z0-9._-]+", "-", Path(checkpoint).resolve().name.lower()).strip("-._")
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", named):
        raise InputError(f"--name: expected small letters, digits, dots and dashes, got {named!r}")
    origin = {"checkpoint": checkpoint, "command": command}
    return Job(opened, named, task, Labelled(), notes=[FOREIGN.format(checkpoint), UNPROVED], origin=origin)


def with_rows(job: Job, data: str | None, calibration: str | None, renames: Renames) -> Job:
    """The job with rows to measure on and to calibrate on; half of the test rows where none are given for that."""
    if data is None:
        raise InputError("--calibration: expected together with --data, the rows to measure on")
    if len(job.source.heads) != 1:
        raise InputError(
            "--data: expected a checkpoint with one head: export the run's folder, whose recipe has all rows"
        )
    head = job.source.heads[0]
    if head.kind == "embedding":
        return _with_texts(job, data, calibration)
    test = read_rows(data, head, None, renames)
    if calibration:
        held = read_rows(calibration, head, None, renames)
    else:
        held, test = split_off(test, [0.5], head.name if head.kind in ("single", "pair") else None, SEED)
    if not held or not test:
        raise InputError(
            f"--data: expected two different rows or more, one to calibrate on and one to measure, got {data}"
        )
    sources = [_record(calibration or data, "calibration", held), _record(data, "test", test)]
    return replace(
        job, rows=Labelled(held, test), sources=sources, notes=[note for note in job.notes if note != UNPROVED]
    )


def _with_texts(job: Job, data: str, calibration: str | None) -> Job:
    """An encoder's job with texts to search among: vectors have no labels, and nothing to calibrate."""
    if calibration:
        raise InputError("--calibration: expected a head with labels, and vectors have none: leave it out")
    rows = [replace(row, targets={}) for row in read_rows_of(data)]
    if len({row.text for row in rows}) <= FEWEST_TEXTS:
        raise InputError(f"--data: expected more than {FEWEST_TEXTS} different texts to search among, got {data}")
    notes = [note for note in job.notes if note != UNPROVED]
    return replace(job, rows=Labelled((), rows), sources=[_record(data, "texts", rows)], notes=[*notes, SEARCHED])


def _record(data: str, split: str, rows: Sequence[Example]) -> dict[str, Any]:

    file = Path(data)
    return source_record(data, split, rows, split_name(file.name)[0], file if file.is_file() else None)


def floors(given: Sequence[str], job: Job) -> dict[str, float]:
    """["accuracy=0.9"] -> {"accuracy": 0.9}. Raises InputError for what the gate will not measure."""
    if given and not job.rows.test:
        raise InputError("--accept: expected together with --data, the rows to measure on")
    heads = {head.name: head for head in job.source.heads}
    found = {}
    for entry in given:
        key, _, value = entry.partition("=")
        name, _, metric = key.rpartition(".")
        head = heads.get(name) if name or len(heads) > 1 else job.source.heads[0]
        if head is None:
            raise InputError(f"--accept: expected HEAD.METRIC=FLOOR with a head of {', '.join(heads)}; got {entry!r}")
        known = [*METRICS[head.kind], *(OUT_OF_SCOPE if head.out_of_scope else ())]
        if metric not in known or metric == "ece":  # of which less is better
            raise InputError(f"--accept: expected a metric out of {', '.join(known)}, ece apart; got {entry!r}")
        try:
            found[key] = float(value)
        except ValueError:
            raise InputError(f"--accept: expected METRIC=FLOOR with a number, got {entry!r}") from None
    return found
