"""Examples -> padded training batches, through the very encoder that serves."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from headwater.bundle import Head
from headwater.data.example import Example
from headwater.spans import Span, covered, first_tokens, to_bio
from headwater.text import TextEncoder, Window, clean, pad, words
from headwater.training.distil import SOFT
from headwater.training.modeling import IGNORED

__all__ = ["Collator", "WindowDataset", "class_weights"]

Item = dict[str, Any]
CHUNK = 4096  # rows that are tokenised together


class WindowDataset(Dataset):
    """Tokenised training rows.

    A text longer than the model gives all its windows where a head labels tokens, and only the first where none
    does (a label of the whole says little about a later part). `item["length"]` is in tokens. `lessons`, one an example,
    are what a teacher says by head: float (labels,), or (words, labels) of a token head.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        encoder: TextEncoder,
        heads: Sequence[Head],
        lessons: Sequence[Mapping[str, np.ndarray]] | None = None,
    ) -> None:
        self.heads = tuple(head for head in heads if head.kind != "embedding")
        tokens = any(head.kind == "token" for head in heads)
        paired = any(row.second is not None for row in examples)
        self.items: list[Item] = []
        for start in range(0, len(examples), CHUNK):  # what the tokenizer gives is ten times what is kept of it
            rows = examples[start : start + CHUNK]
            windows = encoder.encode([row.text for row in rows], [row.second or "" for row in rows] if paired else None)
            for number, own in groupby(windows, key=lambda window: window.text):
                row, lesson = rows[number], lessons[start + number] if lessons else {}
                targets = _Targets(self.heads, row, lesson)
                for window in own if tokens else list(own)[:1]:
                    item = {"window": window, "length": len(window), "targets": targets.of(window)}
                    self.items += [item] * row.repeat

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, number: int) -> Item:
        return self.items[number]


class _Targets:
    """What one row says to each head: worked out once, cut to each of its windows."""

    def __init__(self, heads: Sequence[Head], row: Example, lesson: Mapping[str, np.ndarray]) -> None:
        self.words = np.zeros((0, 2), dtype=np.int64)
        self.labels: dict[str, np.ndarray] = {}  # of a token head, for each word
        self.whole: dict[str, np.ndarray] = {}  # the same in every window
        self.soft: dict[str, np.ndarray] = {}  # of a token head, a teacher's logits for each word
        for head in heads:
            if head.name in lesson:
                place = self.soft if head.kind == "token" else self.whole
                place[SOFT.format(head.name)] = lesson[head.name].astype(np.float32)
        for head in heads:
            value = row.targets.get(head.name)
            if head.kind == "token":
                edges = words(clean(row.text))
                self.words = np.asarray(edges, dtype=np.int64).reshape(-1, 2)
                marks = [IGNORED] * len(self.words)
                if value is not None:
                    number = {label: code for code, label in enumerate(head.labels)}
                    spans = [item for item in value if isinstance(item, Span)]
                    marks = [number[mark] for mark in to_bio(edges, spans)]
                self.labels[head.name] = np.asarray(marks, dtype=np.int64)
                self.whole[f"{head.name}.lacks"] = np.array([label[2:] in row.lacks for label in head.labels])
            elif head.kind == "multi":
                known = [np.nan if value is None else float(label in value) for label in head.labels]
                self.whole[head.name] = np.array(known, dtype=np.float32)
            else:
                self.whole[head.name] = np.asarray(IGNORED if value is None else head.labels.index(str(value)))

    def of(self, window: Window) -> dict[str, np.ndarray]:
        targets = dict(self.whole)
        part = covered(self.words, window.offsets)
        tokens = first_tokens(self.words[part], window.offsets)
        for name, labels in self.labels.items():
            targets[name] = np.full(len(window), IGNORED, dtype=np.int64)
            targets[name][tokens[tokens >= 0]] = labels[part][tokens >= 0]
        for name, logits in self.soft.items():
            targets[name] = np.full((len(window), logits.shape[1]), np.nan, dtype=np.float32)
            targets[name][tokens[tokens >= 0]] = logits[part][tokens >= 0]
        return targets


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
            soft = SOFT.format(head.name)
            if soft in items[0]["targets"]:
                targets[soft] = _stack_soft([item["targets"][soft] for item in items], length)
            if self.lacks and head.kind == "token":
                key = f"{head.name}.lacks"
                targets[key] = torch.from_numpy(np.stack([item["targets"][key] for item in items]))
        return {**batch, "targets": targets}


def _stack_soft(rows: Sequence[np.ndarray], length: int) -> torch.Tensor:
    """Logits of documents as they are, of tokens filled up with NaN to (rows, length, labels)."""
    if rows[0].ndim == 2:
        rows = [np.pad(row, ((0, length - len(row)), (0, 0)), constant_values=np.nan) for row in rows]
    return torch.from_numpy(np.stack(rows))


def class_weights(head: Head, examples: Sequence[Example]) -> list[float]:
    """Weights that make every label count alike: rows / (labels x rows of the label), as scikit-learn's "balanced".

    A label without rows weighs 1. For a multi-label head the weight of a positive: rows without the label / rows
    with it, from 0.01 to 100.
    """
    rows = [row for row in examples if head.name in row.targets]
    values = [row.targets[head.name] for row in rows]
    if head.kind == "multi":
        counts = [sum(label in value for value in values) for label in head.labels]
        return [min(100.0, max(0.01, (len(values) - n) / max(n, 1))) for n in counts]
    if head.kind == "token":
        marks = (to_bio(words(clean(row.text)), row.targets[head.name]) for row in rows)  # type: ignore[arg-type]
        found = Counter(mark for row in marks for mark in row)
    else:
        found = Counter(str(value) for value in values)
    return [found.total() / (len(found) * found[label]) if found[label] else 1.0 for label in head.labels]
