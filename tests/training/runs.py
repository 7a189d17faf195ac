"""Runs in processes of their own, and what a run has learnt."""

import os
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

ROOT = Path(__file__).parents[2]


STRATEGIES = {"augment": {"typos": 0.3, "case": 0.2, "numbers": 0.5, "copies": 2}}


def run_python(script: str, *arguments: str, launcher: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    places = os.pathsep.join(map(str, (ROOT / "shared", ROOT / "apps", ROOT)))
    environment = {**os.environ, "PYTHONPATH": places, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, *launcher, *(("-c", script) if not launcher else (script,)), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=280)


def weights(run: Path) -> dict[str, torch.Tensor]:
    return load_file(run / "model" / "model.safetensors")
