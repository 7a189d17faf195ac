"""The layers of an encoder: which parameter is in which, and layers that wake one after the other."""

import re
from typing import Any

from torch import nn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

__all__ = ["Unfreezing", "layer_of", "layers"]

LAYER = re.compile(r"\.layers?\.(\d+)\.")


def layers(model: nn.Module) -> int:
    """How many layers the encoder has."""
    return 1 + max((int(found[1]) for name, _ in model.named_parameters() if (found := LAYER.search(name))), default=-1)


def layer_of(name: str, top: int) -> int:
    """The layer of a parameter: 0 for the embeddings, 1 to `top` for the encoder's layers, `top` for what is above.

    >>> layer_of("encoder.encoder.layer.0.output.dense.weight", 6), layer_of("encoder.embeddings.LayerNorm.bias", 6)
    (1, 0)
    """
    found = LAYER.search(name)
    if found:
        return int(found[1]) + 1
    return 0 if ".embeddings." in name else top


class Unfreezing(TrainerCallback):
    """Layers begin to learn one after the other, the top one at once, the embeddings after `epochs` epochs.

    Gradual unfreezing (Howard and Ruder 2018): fresh heads do not tear at what the lower layers know. What the recipe's
    `freeze` holds stays frozen. It follows from the epoch alone, so that a run that goes on meets what an unbroken one does.
    """

    def __init__(self, epochs: float) -> None:
        self.epochs = epochs
        self.awake = -1

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, model: Any = None, **kwargs: Any
    ) -> None:
        if not hasattr(self, "ours"):
            self.ours = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
            self.top = layers(model)
        awake = min(self.top, int((state.epoch or 0.0) / self.epochs * self.top))  # layers below the top one
        if awake != self.awake:
            self.awake = awake
            for name, parameter in self.ours:
                parameter.requires_grad = layer_of(name, self.top) >= self.top - awake
