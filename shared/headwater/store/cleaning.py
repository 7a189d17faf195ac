"""What happens to every text before it is written: personal data is masked, and no sign is left that a database refuses.

National telephone numbers count for the country in `HEADWATER_REGION` (two letters, "US" where it is not set).
"""

import os
import re
from collections.abc import Iterable
from typing import Any

from headwater.errors import InputError
from headwater.personal import mask_spans
from headwater.spans import Span

__all__ = ["clean_text", "clean_values", "mask_text", "region"]

# PostgreSQL's text has no NUL, UTF-8 no lone surrogate. One sign for one: offsets hold.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def region() -> str:
    """The country whose national telephone numbers are known. Raises InputError for one that does not exist."""
    from phonenumbers import SUPPORTED_REGIONS

    given = os.environ.get("HEADWATER_REGION", "").upper() or "US"
    if given not in SUPPORTED_REGIONS:
        raise InputError(f"HEADWATER_REGION: expected a country in two letters, such as GB, got {given!r}")
    return given


def clean_text(text: str) -> str:
    """The text with U+FFFD for what cannot be stored; as long as before."""
    return UNSTORABLE.sub("\ufffd", text)


def mask_text(text: str, spans: Iterable[Span] = (), pieces: Iterable[Span] = ()) -> tuple[str, list[Span]]:
    """The text as it may be stored, without personal data, and the spans where their words stand in it.

    `pieces` are masked beside what is found.
    """
    return mask_spans(clean_text(text), spans, region(), pieces)


def clean_values(value: Any, masked: bool = True) -> Any:
    """A JSON value with each of its texts as it may be stored; the names of its fields stay as they are."""
    if isinstance(value, str):
        return mask_text(value)[0] if masked else clean_text(value)
    if isinstance(value, dict):
        return {clean_text(str(name)): clean_values(inner, masked) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [clean_values(inner, masked) for inner in value]
    return value
