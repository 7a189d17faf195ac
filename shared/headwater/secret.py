"""A secret of the environment: `NAME` holds it, or `NAME_FILE` names the file that does, as container secrets are given."""

import os
from collections.abc import Mapping
from pathlib import Path

from headwater.errors import InputError

__all__ = ["secret"]


def secret(name: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """What the variable `name` holds, else what stands in the file that `name`_FILE names, without blanks around it.

    None where neither is set. Raises InputError for a file that cannot be read or holds nothing; it quotes no secret.
    """
    if held := environment.get(name, "").strip():
        return held
    file = environment.get(f"{name}_FILE", "").strip()
    if not file:
        return None
    try:
        held = Path(file).read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as fault:
        said = getattr(fault, "strerror", None) or "it is no text"
        raise InputError(f"{name}_FILE: expected a file that this user can read, got {file} ({said})") from fault
    if not held:
        raise InputError(f"{name}_FILE: expected a secret in {file}, found an empty file")
    return held
