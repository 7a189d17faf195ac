"""Weights between weights: their moving average over a training, and a mean of those before it and after it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

__all__ = ["Averages", "decay_at", "interpolate", "weights_of"]


def decay_at(updates: int, decay: float) -> float:
    """How much of the average stays at an update: min(decay, (1 + t) / (10 + t)), so that a short run's average is not
    mostly its start. The warm-up is that of TensorFlow's tf.train.ExponentialMovingAverage (`num_updates`).

    >>> round(decay_at(1, 0.999), 3), round(decay_at(100, 0.999), 3), decay_at(100_000, 0.999)
    (0.182, 0.918, 0.999)
    """
    return min(decay, (1 + updates) / (10 + updates))


def weights_of(module: nn.Module) -> dict[str, Tensor]:
    """A copy of a module's weights."""
    return {name: weights.detach().clone() for name, weights in module.named_parameters()}


@torch.no_grad()
def interpolate(module: nn.Module, start: Mapping[str, Tensor], share: float) -> None:
    """Give a module the weights that lie `share` of the way from `start` to its own."""
    for name, weights in module.named_parameters():
        weights.copy_(torch.lerp(start[name].to(weights.device), weights, share))


class Averages(TrainerCallback):
    """The exponential moving average (Polyak and Juditsky 1992) of a model's weights, updated after every step.

    A checkpoint's own weights are the averages, since the best epoch is read from there; `state_dict` is what a run that goes
    on needs beside them: the raw weights of what learns, and how many updates there were. Every process of a distributed run
    has the same weights after a step, and so the same averages.
    """

    name = "raw"  # of the file in a checkpoint

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model, self.decay = model, decay
        self.average = AveragedModel(model, multi_avg_fn=self._average)

    def _average(self, averages: Any, weights: Any, updates: Any) -> None:
        get_ema_multi_avg_fn(decay_at(int(updates), self.decay))(averages, weights, updates)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        self.average.update_parameters(self.model)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The model with its averaged weights, until the block ends."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        """By pointer: nothing is copied, and the optimizer keeps its parameters."""
        for ours, theirs in zip(self.average.module.parameters(), self.model.parameters(), strict=True):
            ours.data, theirs.data = theirs.data, ours.data

    def state_dict(self) -> dict[str, Tensor]:
        raw = {name: p.detach().contiguous() for name, p in self.model.named_parameters() if p.requires_grad}
        return {**raw, "updates": self.average.n_averaged.clone()}

    @torch.no_grad()
    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Take up a checkpoint whose averages the model has been given, as Trainer does: they become ours, the model gets
        the raw weights back. What is not in `state` has never learnt, so that its average is itself.
        """
        self.average.n_averaged.copy_(state["updates"])
        averages = dict(self.average.module.named_parameters())
        for name, parameter in self.model.named_parameters():
            averages[name].copy_(parameter)
            if name in state:
                parameter.copy_(state[name])
