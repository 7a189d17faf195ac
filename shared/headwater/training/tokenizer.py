"""The fast tokenizer of a checkpoint, as the `tokenizers` library runs it without transformers."""

from typing import Any

from tokenizers import Tokenizer
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from headwater.errors import EncoderError

__all__ = ["backend", "fast_tokenizer", "load_fast"]


def fast_tokenizer(source: str) -> Tokenizer:
    """The `tokenizers` tokenizer of a folder or hub id, with its padding token noted in it. Raises EncoderError."""
    return backend(load_fast(source))


def load_fast(source: str, **where: Any) -> PreTrainedTokenizerFast:
    """The tokenizer of a folder or hub id; `where` as in `from_pretrained`. Raises EncoderError where none is fast."""
    try:
        loaded = AutoTokenizer.from_pretrained(source, use_fast=True, **where)
    except (OSError, ValueError, ImportError, KeyError) as fault:
        raise EncoderError(
            f"{source}: expected a tokenizer with a fast version (tokenizer.json), and it could not be had "
            f"({' '.join(str(fault).split())[:300]}): if it comes as a sentencepiece file alone, "
            "pip install sentencepiece protobuf"
        ) from fault
    if not loaded.is_fast:
        raise EncoderError(
            f"{source}: expected a tokenizer with a fast version (tokenizer.json), got {type(loaded).__name__}"
        )
    return loaded


def backend(loaded: PreTrainedTokenizerFast) -> Tokenizer:
    """The tokenizer itself, with its padding token noted in it: some models count positions from that one's id."""
    tokenizer: Tokenizer = loaded.backend_tokenizer
    tokenizer.enable_padding(pad_id=loaded.pad_token_id or 0, pad_token=loaded.pad_token or "[PAD]")
    return tokenizer
