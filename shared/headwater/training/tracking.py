"""Where a run's curves go besides its report: TensorBoard files, Weights & Biases or MLflow, all in the run folder.

run/tensorboard/     tracking = "tensorboard"
run/wandb/           tracking = "wandb": an offline run, which `wandb sync` sends later; WANDB_MODE=online sends at once
run/mlflow.db        tracking = "mlflow": SQLite, unless MLFLOW_TRACKING_URI is set; `pip install mlflow` brings the pages for it

Trainer's own integrations write the curves; here runs are begun, named and ended, since a process may train many models.
A training that goes on after a kill is a new run of the same name.
"""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from headwater.errors import TrainingError
from headwater.recipe import Recipe

__all__ = ["parameters", "prepare_tracking", "tracked"]

PROJECT = "headwater"
SWITCHES = {"wandb": "WANDB_DISABLED", "mlflow": "DISABLE_MLFLOW_INTEGRATION"}  # those of Trainer's integrations

# Nothing leaves this machine, unless the user has set these otherwise.
LOCAL = {
    "wandb": {"WANDB_MODE": "offline", "WANDB_ERROR_REPORTING": "false"},
    "mlflow": {"MLFLOW_DISABLE_TELEMETRY": "true"},
}


def prepare_tracking(recipe: Recipe) -> None:
    """Raise TrainingError where a recipe's tracker is not installed, or is switched off; keep it to this machine otherwise.

    Before anything is trained, and before anything imports the tracker, which reads LOCAL as it is imported.
    """
    tracker = recipe.training.tracking
    switch = SWITCHES.get(tracker)
    if switch is None:
        return
    if find_spec(tracker) is None:
        raise TrainingError(
            f"{recipe.name}: training.tracking: expected the package {tracker}, found none: "
            "pip install 'headwater[tracking]', or take tensorboard"
        )
    if os.environ.get(switch, "").lower() in ("1", "true", "yes", "on"):
        raise TrainingError(f"{recipe.name}: training.tracking: {tracker} is switched off by {switch}: unset that")
    for name, value in LOCAL[tracker].items():
        os.environ.setdefault(name, value)


def parameters(recipe: Recipe) -> dict[str, Any]:
    """A recipe's keys as one flat table: {"recipe.name": ..., "recipe.training.epochs": 4}; lists and tables as JSON.

    Under "recipe.", since Trainer's integrations log their arguments under plain names.
    """
    content = recipe.values()
    for section in ("data", "training", "export"):
        content |= {f"{section}.{key}": value for key, value in content.pop(section).items()}
    return {
        f"recipe.{key}": json.dumps(value, default=str) if isinstance(value, list | dict) else value
        for key, value in content.items()
    }


@contextmanager
def tracked(recipe: Recipe, folder: Path) -> Iterator[None]:
    """A run of the recipe's tracker, by the recipe's name, from the block's begin to its end; by the first process alone."""
    begin = {"wandb": _wandb, "mlflow": _mlflow}.get(recipe.training.tracking)
    if begin is None or int(os.environ.get("RANK", "0")) != 0:
        yield
        return
    try:
        end = begin(recipe, folder)
    except Exception as fault:  # both have errors of their own, and those of the network
        raise TrainingError(
            f"{recipe.name}: training.tracking: {recipe.training.tracking} did not begin: {fault}"
        ) from fault
    done = False
    try:
        yield
        done = True
    finally:
        end(done)


def _wandb(recipe: Recipe, folder: Path) -> Any:
    import wandb

    wandb.init(
        project=os.environ.get("WANDB_PROJECT", PROJECT),
        name=recipe.name,
        config=parameters(recipe),
        dir=os.environ.get("WANDB_DIR", str(folder)),
        reinit="finish_previous",
        settings=wandb.Settings(silent=True, console="off"),
    )
    return lambda done: wandb.finish(exit_code=0 if done else 1)


def _mlflow(recipe: Recipe, folder: Path) -> Any:
    import mlflow

    if mlflow.active_run() is not None:
        raise TrainingError("expected no run of MLflow that is active in this process, found one: end it first")
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    name, ours = os.environ.get("MLFLOW_EXPERIMENT_NAME", PROJECT), not mlflow.is_tracking_uri_set()
    if ours:  # its store of plain files is no longer kept up, and version 3 refuses it
        mlflow.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")

    def end(done: bool) -> None:
        mlflow.end_run("FINISHED" if done else "FAILED")
        if ours:  # else the next run of this process would be written here too
            mlflow.set_tracking_uri(None)  # type: ignore[arg-type]

    try:
        known = mlflow.get_experiment_by_name(name)
        place = (folder / "mlflow").as_uri() if ours else None
        number = known.experiment_id if known else mlflow.create_experiment(name, artifact_location=place)
        mlflow.start_run(experiment_id=number, run_name=recipe.name)
        mlflow.log_params(parameters(recipe))
    except BaseException:
        end(False)
        raise
    return end
