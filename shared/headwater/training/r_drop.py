"""R-Drop: two passes over a batch under different dropout should agree (Liang et al. 2021, arXiv:2106.14448)."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from headwater.bundle import Head

__all__ = ["divergence", "twice"]


def twice(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Every row of a batch again right after itself: tensors (rows, ...) -> (2 rows, ...), in tables too.

    Side by side, so that DataParallel gives both passes to one GPU: two GPUs of one seed would drop out the same.
    """
    return {
        name: value.repeat_interleave(2, 0) if isinstance(value, Tensor) else twice(value)
        for name, value in inputs.items()
    }


def divergence(
    heads: Sequence[Head], outputs: Mapping[str, Tensor], targets: Mapping[str, Tensor], weights: Mapping[str, float]
) -> Tensor:
    """How far the two passes of a doubled batch are apart: the sum over heads, by their weights (1 where none is
    given), of the mean symmetric Kullback-Leibler divergence, in nats, over the rows (or words) that have a label.

    `outputs` and `targets` as HeadwaterModel's, of a batch that `twice` made.
    """
    total = next(iter(outputs.values())).new_zeros(())
    for head in heads:
        if head.name in targets and head.kind != "embedding":
            total = total + weights.get(head.name, 1.0) * _apart(head, outputs[head.output], targets[head.name])
    return total


def _apart(head: Head, logits: Tensor, target: Tensor) -> Tensor:
    if head.kind == "multi":  # each label is a question of two answers
        logits, known = torch.stack([logits, torch.zeros_like(logits)], -1), ~target.isnan()
    else:
        known = target >= 0
    sure = functional.log_softmax(logits.float(), -1)
    one, other = sure[0::2], sure[1::2]
    apart = ((one.exp() - other.exp()) * (one - other)).sum(-1) / 2
    kept = known[0::2]
    return (apart * kept).sum() / kept.sum().clamp(min=1)
