"""Examples -> padded training batches, through the very encoder that serves."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from headwater.bundle import Head
from headwater.data.example import Example
from headwater.spans import Span, first_tokens, to_bio
from headwater.text import TextEncoder, Window, clean, pad, words
from headwater.training.modeling import IGNORED

__all__ = ["Collator", "WindowDataset", "class_weights"]

Item = dict[str, Any]


class WindowDataset(Dataset):
    """Tokenised training rows.

    A text longer than the model gives all its windows where a head labels tokens, and only the first where none
    does (a label of the whole says little about a later part). `item["length"]` is in tokens.
    """

    def __init__(self, examples: Sequence[Example], encoder: TextEncoder, heads: Sequence[Head]) -> None:
        self.heads = tuple(heads)
        pairs = [row.second or "" for row in examples] if any(row.second is not None for row in examples) else None
        windows = encoder.encode([row.text for row in examples], pairs)
        tokens = any(head.kind == "token" for head in heads)
        seen: set[int] = set()
        self.items: list[Item] = []
        for window in windows:
            if tokens or window.text not in seen:
                self.items.append(self._item(examples[window.text], window))
            seen.add(window.text)

    def _item(self, row: Example, window: Window) -> Item:
        targets = {head.name: _target(head, row, window) for head in self.heads if head.kind != "embedding"}
        lacks = {
            f"{head.name}.lacks": np.array([label[2:] in row.lacks for label in head.labels])
            for head in self.heads
            if head.kind == "token"
        }
        return {"window": window, "length": len(window), "targets": targets | lacks}

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, number: int) -> Item:
        return self.items[number]


def _target(head: Head, row: Example, window: Window) -> np.ndarray:
    value = row.targets.get(head.name)
    if head.kind == "token":
        labels = np.full(len(window), IGNORED, dtype=np.int64)
        if value is not None:
            edges = words(clean(row.text))
            marks = to_bio(edges, [item for item in value if isinstance(item, Span)])
            tokens = first_tokens(edges, window.offsets)
            for token, mark in zip(tokens, marks, strict=True):
                if token >= 0:
                    labels[token] = head.labels.index(mark)
        return labels
    if head.kind == "multi":
        if value is None:
            return np.full(len(head.labels), np.nan, dtype=np.float32)
        return np.array([label in value for label in head.labels], dtype=np.float32)
    return np.int64(IGNORED if value is None else head.labels.index(str(value)))  # type: ignore[return-value]


class Collator:
    """Pad a batch to its own longest row; only what the batch needs is computed.

    `word_dropout` is the share of tokens that the model sees as the mask token (or the unknown one), drawn anew for
    each batch, so that it learns to read names from their surroundings (Iyyer et al. 2015).
    """

    def __init__(self, encoder: TextEncoder, heads: Sequence[Head], lacks: bool, word_dropout: float = 0.0) -> None:
        self.encoder, self.heads, self.lacks, self.word_dropout = encoder, tuple(heads), lacks, word_dropout
        tokens = (encoder.tokenizer.token_to_id(token) for token in ("[MASK]", "<mask>", "[UNK]", "<unk>"))
        self.hidden = next((token for token in tokens if token is not None), 0)

    def __call__(self, items: Sequence[Item]) -> dict[str, Any]:
        batch: dict[str, Any] = {
            name: torch.from_numpy(values)
            for name, values in self.encoder.batch([item["window"] for item in items]).items()
        }
        if self.word_dropout:
            ids = next(item.name for item in self.encoder.inputs if item.feature == "ids.v1")
            real = torch.from_numpy(pad([item["window"].offsets[:, 1] for item in items], batch[ids].shape[1], 0)) > 0
            batch[ids] = batch[ids].masked_fill(real & (torch.rand(real.shape) < self.word_dropout), self.hidden)
        length = max(item["length"] for item in items)
        targets: dict[str, torch.Tensor] = {}
        for head in self.heads:
            if head.kind == "embedding":
                continue
            rows = [item["targets"][head.name] for item in items]
            stacked = pad(rows, length, IGNORED) if head.kind == "token" else np.stack(rows)
            targets[head.name] = torch.from_numpy(np.asarray(stacked))
            if self.lacks and head.kind == "token":
                key = f"{head.name}.lacks"
                targets[key] = torch.from_numpy(np.stack([item["targets"][key] for item in items]))
        return {**batch, "targets": targets}


def class_weights(head: Head, examples: Sequence[Example]) -> list[float]:
    """Weights that make every label count alike: rows / (labels x rows of the label), as scikit-learn's "balanced".

    For a multi-label head the weight of a positive: rows without the label / rows with it, at most 100.
    """
    values = [row.targets[head.name] for row in examples if head.name in row.targets]
    if head.kind == "token":
        found = [mark for row in examples for mark in to_bio(words(row.text), row.targets.get(head.name, ()))]  # type: ignore[arg-type]
        return _balanced(head.labels, found)
    if head.kind == "multi":
        return [min(100.0, (len(values) - n) / max(n, 1)) for n in (sum(label in v for v in values) for label in head.labels)]
    return _balanced(head.labels, [str(value) for value in values])


def _balanced(labels: Sequence[str], found: Sequence[str]) -> list[float]:
    counts = {label: 0 for label in labels}
    for label in found:
        counts[label] += 1
    return [len(found) / (len(labels) * max(counts[label], 1)) for label in labels]
