"""transformers' Trainer, taught our heads: evaluation through the serving road, rates by group, rich progress."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_pt_utils import get_length_grouped_indices

from headwater.data.example import Example
from headwater.errors import TrainingError
from headwater.evaluation import evaluate_head
from headwater.serving.predictor import Predictor
from headwater.text import TextEncoder
from headwater.training.averages import Averages
from headwater.training.distil import Following, soft_loss
from headwater.training.features import WindowDataset
from headwater.training.layers import layer_of, layers
from headwater.training.modeling import HeadwaterModel
from headwater.training.r_drop import divergence, twice
from headwater.training.runner import TorchRunner

__all__ = ["Diverged", "HeadTrainer", "LengthGroups", "RichProgress"]


class LengthGroups(torch.utils.data.Sampler[int]):
    """Rows in an order of the epoch's own, neighbours of about the same length.

    The order follows from seed and epoch alone, so that a run that goes on at epoch 3 meets what an unbroken one does.
    """

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int) -> None:
        self.lengths, self.batch_size, self.seed, self.epoch = list(lengths), batch_size, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Called by accelerate at the start of each epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(1_000 * self.seed + self.epoch)
        return iter(get_length_grouped_indices(self.lengths, self.batch_size, generator=generator))


class Diverged(TrainingError):
    """A run whose weights are numbers no longer: what a search passes over."""


class HeadTrainer(Trainer):
    """Trainer whose evaluation is ours: the same decoding and metrics as in the gate and in service."""

    def __init__(
        self,
        *args: Any,
        encoder: TextEncoder,
        validation: Sequence[Example],
        head_rate: float,
        freeze: Sequence[str],
        layer_decay: float = 1.0,
        r_drop: float = 0.0,
        ema: float = 0.0,
        following: Following | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.averages = Averages(self.model, ema) if ema else None
        if self.averages:
            self.add_callback(self.averages)
        self.remove_callback(PrinterCallback)  # RichProgress says it on stderr, and stdout is for results
        self.encoder, self.validation, self.head_rate, self.r_drop = encoder, validation, head_rate, r_drop
        self.layer_decay, self.following = layer_decay, following
        # What starts from nothing is trained at the higher rate; token types do only where they tell the casing.
        casing = any(item.feature == "casing.v1" for item in encoder.inputs)
        self.fresh = ("heads.", *(("encoder.embeddings.token_type_embeddings",) if casing else ()))
        for start in freeze:
            named = [p for name, p in self.model.named_parameters() if name.removeprefix("encoder.").startswith(start)]
            if not named:
                names = ", ".join(name.removeprefix("encoder.") for name, _ in list(self.model.named_parameters())[:4])
                raise TrainingError(
                    f"training.freeze: expected the beginning of a parameter's name ({names} ...), got {start!r}"
                )
            for parameter in named:
                parameter.requires_grad = False
        if not any(parameter.requires_grad for parameter in self.model.parameters()):
            raise TrainingError(f"training.freeze: expected something to be left that learns, got {list(freeze)}")

    def evaluate(self, *args: Any, metric_key_prefix: str = "eval", **kwargs: Any) -> dict[str, float]:
        model: HeadwaterModel = self.accelerator.unwrap_model(self.model)
        heads = model.config.head_list
        predictor = Predictor(self.encoder, heads, TorchRunner(model), budget=4096)
        pairs = (
            [row.second or "" for row in self.validation]
            if any(row.second is not None for row in self.validation)
            else None
        )
        with self._averaged():
            logits = predictor.logits([row.text for row in self.validation], pairs)
        if not all(np.isfinite(row).all() for rows in logits.values() for row in rows):
            raise Diverged(
                "the model gives no numbers any more: take a smaller training.learning_rate (or head_rate), or a longer warmup"
            )
        metrics: dict[str, float] = {}
        for head in heads:
            if head.kind != "embedding":
                found = evaluate_head(head, self.validation, logits[head.name]).metrics
                metrics |= {f"{metric_key_prefix}_{head.name}.{name}": value.value for name, value in found.items()}
        self.log(metrics)
        handler = self.callback_handler
        self.control = handler.on_evaluate(self.args, self.state, self.control, metrics)  # type: ignore[has-type]
        return metrics

    def _averaged(self) -> AbstractContextManager[None]:
        """What is evaluated and saved: the averaged weights where there are any."""
        return self.averages.applied() if self.averages else nullcontext()

    @property
    def kept(self) -> list[Any]:
        """Callbacks with a state in tensors, which a checkpoint holds in a file of their name."""
        return [callback for callback in self.callback_handler.callbacks if hasattr(callback, "load_state_dict")]

    def save_model(self, output_dir: str | None = None, _internal_call: bool = False) -> None:
        """Before Trainer's own state is written, whose file says that a checkpoint is whole."""
        with self._averaged():
            super().save_model(output_dir, _internal_call)
        if self.args.should_save:
            for callback in self.kept:
                save_file(
                    callback.state_dict(), Path(output_dir or self.args.output_dir) / f"{callback.name}.safetensors"
                )

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        super()._load_from_checkpoint(resume_from_checkpoint, model)
        for callback in self.kept:
            callback.load_state_dict(load_file(Path(resume_from_checkpoint) / f"{callback.name}.safetensors"))

    def compute_loss(self, model: nn.Module, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """The model's own loss; with R-Drop that of two passes, and how far apart they are; with a teacher, how far from it."""
        if not self.r_drop and self.following is None:
            return super().compute_loss(model, inputs, *args, **kwargs)
        inputs = twice(inputs) if self.r_drop else inputs
        outputs = model(**inputs)
        config, loss = self.accelerator.unwrap_model(model).config, outputs["loss"]
        if self.r_drop:
            # The paper adds the two losses; here they are averaged, so that a learning rate keeps its meaning.
            loss = loss + self.r_drop / 2 * divergence(config.head_list, outputs, inputs["targets"], config.weights)
        if self.following is not None:
            loss = loss + soft_loss(config.head_list, outputs, inputs["targets"], self.following)
        return loss

    def create_optimizer(self) -> torch.optim.Optimizer:
        """AdamW in groups: fresh weights at `head_rate` times the rate, the encoder's layers at `layer_decay` of the rate
        of the layer above, biases and norms without weight decay.
        """
        if self.optimizer is None:  # type: ignore[has-type]
            decayed = set(self.get_decay_parameter_names(self.model))
            kind, options = Trainer.get_optimizer_cls_and_kwargs(self.args, self.model)
            self.optimizer = kind(self._groups(self.model, decayed), **options)
        return self.optimizer

    def _groups(self, model: nn.Module, decayed: set[str]) -> list[dict[str, Any]]:
        groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
        top = layers(model)
        for name, parameter in model.named_parameters():
            below = 0 if name.startswith(self.fresh) else top - layer_of(name, top)
            rate = self.head_rate if name.startswith(self.fresh) else self.layer_decay**below
            if parameter.requires_grad:
                groups.setdefault((rate, name in decayed), []).append(parameter)
        return [
            {
                "params": parameters,
                "lr": self.args.learning_rate * rate,
                "weight_decay": self.args.weight_decay if decay else 0.0,
            }
            for (rate, decay), parameters in groups.items()
        ]

    def _get_train_sampler(self, train_dataset: WindowDataset | None = None) -> torch.utils.data.Sampler | None:
        data = train_dataset or self.train_dataset
        together = self.args.train_batch_size * self.args.gradient_accumulation_steps * self.args.world_size
        return LengthGroups([item["length"] for item in data.items], together, self.args.seed)


class RichProgress(TrainerCallback):
    """A line on stderr with epoch, loss, the metric that counts, and time left."""

    def __init__(self, metric: str) -> None:
        self.metric = metric
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total} updates"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self.best, self.loss = "", ""

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        if state.is_world_process_zero:
            self.progress.start()
            self.task = self.progress.add_task("training", total=state.max_steps, completed=state.global_step)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        if state.is_world_process_zero:
            epoch = f"epoch {state.epoch or 0:.1f}/{state.num_train_epochs}"
            self.progress.update(self.task, completed=state.global_step, description=f"{epoch} {self.loss} {self.best}")

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: Any = None, **kwargs: Any
    ) -> None:
        self.loss = f"loss {logs['loss']:.3f}" if "loss" in (logs or {}) else self.loss

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, metrics: Any = None, **kwargs: Any
    ) -> None:
        if state.is_world_process_zero:
            value = metrics[f"eval_{self.metric}"]
            self.best = f"{self.metric} {value:.4f}"
            self.progress.console.print(f"epoch {state.epoch:.0f}: {self.metric} on validation {value:.4f} {self.loss}")

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        if state.is_world_process_zero:
            self.progress.stop()
