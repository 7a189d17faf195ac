"""What can go wrong, as a tree: catch the branch that you can do something about.

    HeadwaterError          every error that Headwater raises on purpose
    ├── RecipeError         a recipe.toml that cannot be followed; holds every fault found in it
    ├── DataError           a data file or set that cannot be read; names file, line and column
    ├── TrainingError       a run that cannot start, resume or finish
    ├── EncoderError        an encoder that is unknown, out of reach, or not the file that was expected
    ├── GateRefused         an export that was not as good as the model it came from
    ├── BundleError         a bundle that is missing, damaged, foreign or too new
    ├── DeviceError         the device that was asked for is not the one that would run
    ├── ServerError         a server of models that cannot be reached, refuses, or answers what it should not
    ├── InputError          a text, file or parameter of a caller that cannot be used
    ├── ScoringError        a batch run that cannot start or go on
    └── StoreError          a store that is out of reach, locked, read-only, damaged or too new

A message says what was expected, what came, and what to run or change. Only the edge (command line, page,
endpoint) turns it into an exit code, a message box or a status.
"""

from collections.abc import Mapping
from typing import Any

__all__ = [
    "BundleError",
    "DataError",
    "DeviceError",
    "EncoderError",
    "GateRefused",
    "HeadwaterError",
    "InputError",
    "RecipeError",
    "ScoringError",
    "ServerError",
    "StoreError",
    "TrainingError",
]


class HeadwaterError(Exception):
    """Every error that Headwater raises on purpose."""


class RecipeError(HeadwaterError):
    """A recipe that cannot be followed. `faults` holds one sentence for each fault, with its key."""

    def __init__(self, where: str, faults: list[str]) -> None:
        self.where, self.faults = where, faults
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__(f"{where}: {count} in the recipe:\n" + "\n".join(f"  - {fault}" for fault in faults))


class DataError(HeadwaterError):
    """A data file or set that cannot be read; the message begins with file, line and column where known."""


class TrainingError(HeadwaterError):
    """A training run that cannot start, resume or finish."""


class EncoderError(HeadwaterError):
    """An encoder that is unknown, out of reach, or not the file that was expected."""


class GateRefused(HeadwaterError):
    """An export that is not as good as the model that was trained; nothing was written. `record` is the gate's."""

    def __init__(self, message: str, record: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.record = record


class BundleError(HeadwaterError):
    """A bundle that is missing, damaged, foreign or too new."""


class DeviceError(HeadwaterError):
    """The device that was asked for is not the one that would run."""


class ServerError(HeadwaterError):
    """A server of models that cannot be reached, refuses, or answers what it should not."""


class InputError(HeadwaterError):
    """A text, file or parameter that a caller gave and that cannot be used."""


class ScoringError(HeadwaterError):
    """A batch run that cannot start or go on."""


class StoreError(HeadwaterError):
    """A store that is out of reach, locked, read-only, damaged, or made by a newer Headwater."""
