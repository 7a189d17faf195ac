"""Which of Trainer's checkpoints are whole: a process may die while it writes one."""

import json
from pathlib import Path

__all__ = ["is_whole", "last_whole", "step_of"]


def is_whole(checkpoint: Path) -> bool:
    """Trainer writes trainer_state.json last."""
    try:
        return bool(json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return False


def step_of(checkpoint: Path) -> int:
    """The update after which it was written: checkpoint-120 -> 120."""
    return int(checkpoint.name.rpartition("-")[2])


def last_whole(folder: Path) -> Path | None:
    """The last whole checkpoint in a folder, which need not be there."""
    parts = folder.iterdir() if folder.is_dir() else ()
    return max((part for part in parts if is_whole(part)), key=step_of, default=None)
