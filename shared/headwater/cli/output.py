"""Where a verb speaks: results on stdout, everything else on stderr."""

import json
import sys
from datetime import datetime
from typing import Any

from rich.console import Console

__all__ = ["notes", "plain", "print_json", "results"]

notes = Console(stderr=True)  # progress, warnings, errors
results = Console()  # tables for people; JSON goes through print_json, unwrapped and without colour


def plain(value: Any) -> Any:
    """A value as JSON has it: times in ISO 8601 to the second, wherever in tables and lists they stand."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def print_json(content: Any) -> None:
    """Write one JSON document to stdout, in UTF-8 whatever the terminal's locale."""
    text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=False) + "\n"
    sys.stdout.write(text if _can_write(text) else json.dumps(content, indent=2) + "\n")
    sys.stdout.flush()


def _can_write(text: str) -> bool:
    """Whether stdout's encoding holds every character; where not, JSON's escapes say the same."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeError:
        return False
    return True
