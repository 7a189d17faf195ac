"""Where Headwater keeps what it makes on a machine: `HEADWATER_HOME`, or the user's data folder."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

__all__ = ["cache_folder", "home", "models_home", "shipped_models"]


def home() -> Path:
    """`HEADWATER_HOME`, or the platform's folder for a program's data."""
    if given := os.environ.get("HEADWATER_HOME"):
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "headwater"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "headwater"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "headwater"


def cache_folder() -> Path:
    """The variants that were built on this machine; it can be deleted at any time."""
    return home() / "cache"


def models_home() -> Path:
    """Where models that were made on this machine stand, and the versions of all."""
    return home() / "models"


def shipped_models() -> Path:
    """The folder that `HEADWATER_MODELS` names, or the project's `models`, or those of the distribution headwater-models."""
    if given := os.environ.get("HEADWATER_MODELS"):
        return Path(given)
    tree = Path(__file__).resolve().parents[2] / "models"  # the source tree, of which an installed copy knows nothing
    return tree if tree.is_dir() else _installed() or Path.cwd() / "models"


def _installed() -> Path | None:
    spec = find_spec("headwater_models")  # finds it without importing it: it holds no code
    return Path(spec.origin).parent / "models" if spec and spec.origin else None
