"""Where Headwater keeps what it makes on a machine: `HEADWATER_HOME`, or the user's data folder."""

import os
import sys
from pathlib import Path

__all__ = ["cache_folder", "home"]


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
