"""What a sentence-transformers checkpoint says of itself, in the files beside its model."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers.utils import cached_file

from headwater.errors import InputError

__all__ = ["SentenceEncoder", "sentence_encoder"]


@dataclass(frozen=True)
class SentenceEncoder:
    """What a sentence-transformers folder says: how token states are pooled, where the model is, its length."""

    pooling: str = "mean"
    where: str = ""
    max_length: int | None = None


def sentence_encoder(source: str) -> SentenceEncoder | None:
    """What a sentence-transformers checkpoint says of itself; None for any other. Raises InputError for one that is more."""
    modules = _json(source, "modules.json")
    if modules is None:
        return None
    paths = {entry["type"].rpartition(".")[2]: entry["path"] for entry in modules}
    odd = sorted(set(paths) - {"Transformer", "Pooling", "Normalize"})
    if odd:
        raise InputError(
            f"{source}: expected a sentence encoder of Transformer, Pooling and Normalize, got {odd[0]} too"
        )
    pooling = _json(source, f"{paths['Pooling']}/config.json") if "Pooling" in paths else {}
    modes = [
        mode.removeprefix("pooling_mode_")
        for mode, on in (pooling or {}).items()
        if mode.startswith("pooling_mode_") and on is True
    ]
    known = {"mean_tokens": "mean", "cls_token": "cls", "max_tokens": "max"}
    if len(modes) > 1 or any(mode not in known for mode in modes):
        raise InputError(f"{source}: expected one pooling out of {', '.join(known)}; got {', '.join(modes)}")
    where = paths.get("Transformer", "")
    limits = _json(source, f"{where}/sentence_bert_config.json".lstrip("/")) or {}
    return SentenceEncoder(known[modes[0]] if modes else "mean", where, limits.get("max_seq_length"))


def _json(source: str, name: str) -> Any:
    """A JSON file of a checkpoint, or None where it has none, or is no checkpoint at all."""
    try:
        file = cached_file(
            source, name, _raise_exceptions_for_missing_entries=False, _raise_exceptions_for_connection_errors=False,
            _raise_exceptions_for_gated_repo=False,
        )  # fmt: skip
    except (OSError, ValueError):
        return None
    return None if file is None else json.loads(Path(file).read_text(encoding="utf-8"))
