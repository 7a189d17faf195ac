"""Search over the keys of a recipe: Optuna proposes values, every trial is a run of `fit`, the best epoch is its score.

folder/study.db      every trial and its score, by Optuna; a killed search goes on from it
folder/trial-NNN/    the run of a trial: its recipe and report; the model of the best one alone is kept
folder/search.json   what was searched, every trial, and the best one
"""

import json
import re
import shutil
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import optuna
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from headwater.data.corpus import describe, load_corpus
from headwater.errors import InputError, RecipeError, TrainingError
from headwater.recipe import Recipe, load_recipe
from headwater.training.fit import fit, metric_of
from headwater.training.trainer import Diverged

__all__ = ["Range", "parse_ranges", "search"]

LIMITS = re.compile(r"(?P<low>[^.:]+(?:\.\d[^.:]*)?)\.\.(?P<high>[^:]+?)(?P<log>:log)?")


@dataclass(frozen=True)
class Range:
    """The values that a key may take: from `low` to `high` (by its logarithm where `log`), or one of `choices`."""

    low: float | int = 0
    high: float | int = 0
    log: bool = False
    choices: tuple[Any, ...] = ()

    def draw(self, trial: optuna.Trial, key: str) -> Any:
        """The value that Optuna proposes for this trial."""
        if self.choices:
            return trial.suggest_categorical(key, self.choices)
        if isinstance(self.low, int) and isinstance(self.high, int):
            return trial.suggest_int(key, self.low, self.high, log=self.log)
        return trial.suggest_float(key, self.low, self.high, log=self.log)


def parse_ranges(given: Sequence[str]) -> dict[str, Range]:
    """["training.epochs=2..6", "training.learning_rate=5e-5..5e-4:log", "training.pooling=mean,cls"] by key.

    Numbers are whole where both ends are. Raises InputError.
    """
    ranges: dict[str, Range] = {}
    for entry in given:
        key, sign, said = entry.partition("=")
        limits = LIMITS.fullmatch(said)
        if not sign or not key or not said or key in ranges:
            raise InputError(f"--over: expected KEY=LOW..HIGH[:log] or KEY=ONE,OTHER, each key once; got {entry!r}")
        if limits is None:
            ranges[key] = Range(choices=tuple(_value(part) for part in said.split(",")))
            continue
        low, high = (_value(limits[name]) for name in ("low", "high"))
        if (
            not all(isinstance(end, int | float) for end in (low, high))
            or not low < high
            or (limits["log"] and low <= 0)
        ):
            raise InputError(f"--over: expected two numbers that grow (above 0 with :log), got {entry!r}")
        ranges[key] = Range(low, high, bool(limits["log"]))
    return ranges


def _value(text: str) -> Any:
    """As a recipe would hold it; what is no TOML value is a text."""
    try:
        return tomllib.loads(f"value = {text.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        return text.strip()


def search(
    file: Path,
    ranges: Mapping[str, Range],
    trials: int,
    folder: Path,
    changes: Mapping[str, Any] | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Run trials until there are so many, and give the record that search.json holds.

    A trial whose epochs fall behind the median of earlier trials is stopped. `file` is the recipe, `changes` hold for all
    trials. The same folder goes on with its study; a trial that was killed is tried again, one that
    diverges counts as stopped. Raises InputError for another study in the folder, RecipeError for values that a recipe
    cannot hold, TrainingError where no trial came to its end.
    """
    recipe = load_recipe(file, changes)
    metric = metric_of(recipe)
    # Both ends of every range, and every choice, must make a recipe, before hours are spent.
    ends = {key: r.choices or (r.low, r.high) for key, r in ranges.items()}
    for turn in range(max(map(len, ends.values()), default=0)):
        load_recipe(
            file, {**(changes or {}), **{key: values[min(turn, len(values) - 1)] for key, values in ends.items()}}
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise InputError(f"{folder}: cannot be made ({fault.strerror}): name another --output") from fault
    asked = {"recipe": recipe.values(), "over": {key: vars(entry) for key, entry in ranges.items()}, "metric": metric}
    asked["data"] = describe(load_corpus(recipe))["sources"]  # scores on other rows could not be compared
    study = _study(folder, json.loads(json.dumps(asked, default=str)), recipe, metric)
    while (count := len(_ended(study))) < trials:
        say(f"trial {count + 1} of {trials}")
        study.optimize(partial(_run, file, ranges, metric, folder, changes or {}), n_trials=1)
        _keep_the_best(study, folder)
    if not any(trial.state == optuna.trial.TrialState.COMPLETE for trial in study.trials):
        raise TrainingError(f"{folder}: none of {trials} trials could be trained to its end: narrow --over")
    record = {
        "metric": metric,
        "best": {"trial": study.best_trial.number, "value": study.best_value, "values": study.best_params},
        "trials": [
            {"trial": t.number, "state": t.state.name.lower(), "value": t.value, "values": t.params}
            for t in _ended(study)
        ],
    }
    (folder / "search.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return record


def _study(folder: Path, asked: dict[str, Any], recipe: Recipe, metric: str) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        study_name="search",
        storage=f"sqlite:///{folder / 'study.db'}",
        load_if_exists=True,
        direction="minimize" if metric.endswith("ece") else "maximize",
        sampler=optuna.samplers.TPESampler(seed=recipe.training.seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=1),
    )
    if study.user_attrs.get("asked", asked) != asked:
        raise InputError(
            f"{folder}: holds a search over another recipe, other data or other keys: name another --output"
        )
    study.set_user_attr("asked", asked)
    for trial in study.trials:
        if trial.state == optuna.trial.TrialState.RUNNING:  # its process was killed
            study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
            study.enqueue_trial(trial.params)
    return study


def _ended(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    states = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
    return [trial for trial in study.trials if trial.state in states]


def _run(
    file: Path, ranges: Mapping[str, Range], metric: str, folder: Path, changes: Mapping[str, Any], trial: optuna.Trial
) -> float:
    values = {key: entry.draw(trial, key) for key, entry in ranges.items()}
    try:
        recipe = load_recipe(file, {**changes, **values})
        run = fit(recipe, folder / f"trial-{trial.number:03}", resume=False, callbacks=[_Pruning(trial, metric)])
    except (Diverged, RecipeError) as fault:  # values that do not go together: a bad trial, not the end of the search
        raise optuna.TrialPruned(str(fault)) from fault
    head, _, name = metric.rpartition(".")
    return float(run.report["heads"][head]["metrics"][name]["value"])


def _keep_the_best(study: optuna.Study, folder: Path) -> None:
    """Checkpoints, and models that are not the best so far, are gigabytes that nobody reads."""
    complete = [trial for trial in study.trials if trial.state == optuna.trial.TrialState.COMPLETE]
    best = study.best_trial.number if complete else None
    for trial in _ended(study):
        place = folder / f"trial-{trial.number:03}"
        for part in ("checkpoints", "encoder", "teacher"):
            shutil.rmtree(place / part, ignore_errors=True)
        if trial.number != best:
            shutil.rmtree(place / "model", ignore_errors=True)


class _Pruning(TrainerCallback):
    """Tells Optuna each epoch's score, and stops a trial that it gives up."""

    def __init__(self, trial: optuna.Trial, metric: str) -> None:
        self.trial, self.metric = trial, metric

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, metrics: Any = None, **kwargs: Any
    ) -> None:
        self.trial.report(float(metrics[f"eval_{self.metric}"]), round(state.epoch or 0))
        if self.trial.should_prune():
            raise optuna.TrialPruned
