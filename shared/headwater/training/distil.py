"""The loss of a student that follows a teacher's probabilities (Hinton, Vinyals and Dean 2015, arXiv:1503.02531)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

from headwater.bundle import Head

__all__ = ["SOFT", "Following", "soft_loss"]

SOFT = "{}.teacher"  # the name, beside a head's own targets, of the teacher's logits for it


@dataclass(frozen=True)
class Following:
    """How a student follows: `temperature` softens both sides, `weights` are by head what the soft loss counts."""

    temperature: float
    weights: Mapping[str, float]


def soft_loss(
    heads: Sequence[Head], outputs: Mapping[str, Tensor], targets: Mapping[str, Tensor], following: Following
) -> Tensor:
    """The sum over heads, by their weights, of T * T * KL(teacher at T || student at T), in nats.

    `targets[SOFT.format(head.name)]` float, as the head's output; NaN in rows or tokens about which the teacher was not
    asked, which are left out of the mean. The mean is over rows, over words, or over the rows and labels of a multi
    head, whose labels are questions of two answers each. T * T keeps gradients as large as those of labels.
    """
    total = next(iter(outputs.values())).sum() * 0.0
    for head in heads:
        soft = targets.get(SOFT.format(head.name))
        if soft is not None and head.name in following.weights:
            value = _divergence(head, outputs[head.output].float(), soft.float(), following.temperature)
            total = total + following.weights[head.name] * value
    return total


def _divergence(head: Head, logits: Tensor, soft: Tensor, temperature: float) -> Tensor:
    known = ~soft.isnan()
    student, teacher = logits / temperature, soft.nan_to_num() / temperature
    if head.kind == "multi":
        share = teacher.sigmoid()
        apart = share * (functional.logsigmoid(teacher) - functional.logsigmoid(student))
        apart = apart + (1 - share) * (functional.logsigmoid(-teacher) - functional.logsigmoid(-student))
    else:
        known = known.all(-1)
        sure = functional.log_softmax(teacher, -1)
        apart = (sure.exp() * (sure - functional.log_softmax(student, -1))).sum(-1)
    return temperature**2 * (apart * known).sum() / known.sum().clamp(min=1)
