"""transformers' Trainer, taught our heads: evaluation through the serving road, rates by group, rich progress."""

from collections.abc import Sequence
from typing import Any

import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import nn
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from headwater.data.example import Example
from headwater.evaluation import evaluate_head
from headwater.serving.predictor import Predictor
from headwater.text import TextEncoder
from headwater.training.features import WindowDataset
from headwater.training.modeling import HeadwaterModel
from headwater.training.runner import TorchRunner

__all__ = ["HeadTrainer", "RichProgress"]

FRESH = ("heads.", "encoder.embeddings.token_type_embeddings")  # trained at the higher rate


class HeadTrainer(Trainer):
    """Trainer whose evaluation is ours: the same decoding and metrics as in the gate and in service."""

    def __init__(
        self, *args: Any, encoder: TextEncoder, validation: Sequence[Example], head_rate: float, freeze: Sequence[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.remove_callback(PrinterCallback)  # RichProgress says it on stderr, and stdout is for results
        self.encoder, self.validation, self.head_rate = encoder, validation, head_rate
        for name, parameter in self.model.named_parameters():
            if name.removeprefix("encoder.").startswith(tuple(freeze)) and freeze:
                parameter.requires_grad = False

    def evaluate(self, *args: Any, metric_key_prefix: str = "eval", **kwargs: Any) -> dict[str, float]:
        model: HeadwaterModel = self.accelerator.unwrap_model(self.model)
        heads = model.config.head_list
        predictor = Predictor(self.encoder, heads, TorchRunner(model), budget=4096)
        pairs = [row.second or "" for row in self.validation] if any(row.second is not None for row in self.validation) else None
        logits = predictor.logits([row.text for row in self.validation], pairs)
        metrics: dict[str, float] = {}
        for head in heads:
            if head.kind != "embedding":
                found = evaluate_head(head, self.validation, logits[head.name]).metrics
                metrics |= {f"{metric_key_prefix}_{head.name}.{name}": value.value for name, value in found.items()}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def create_optimizer(self) -> torch.optim.Optimizer:
        """AdamW in four groups: fresh weights at `head_rate` times the rate, biases and norms without decay."""
        if self.optimizer is None:
            decayed = set(self.get_decay_parameter_names(self.model))
            kind, options = Trainer.get_optimizer_cls_and_kwargs(self.args, self.model)
            self.optimizer = kind(self._groups(self.model, decayed), **options)
        return self.optimizer

    def _groups(self, model: nn.Module, decayed: set[str]) -> list[dict[str, Any]]:
        groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                groups.setdefault((name.startswith(FRESH), name in decayed), []).append(parameter)
        return [
            {
                "params": parameters,
                "lr": self.args.learning_rate * (self.head_rate if fresh else 1.0),
                "weight_decay": self.args.weight_decay if decay else 0.0,
            }
            for (fresh, decay), parameters in groups.items()
        ]

    def _get_train_sampler(self, train_dataset: WindowDataset | None = None) -> torch.utils.data.Sampler | None:
        from transformers.trainer_pt_utils import LengthGroupedSampler

        data = train_dataset or self.train_dataset
        lengths = [item["length"] for item in data.items]
        generator = torch.Generator().manual_seed(self.args.data_seed or self.args.seed)
        return LengthGroupedSampler(self.args.train_batch_size * self.args.gradient_accumulation_steps, lengths=lengths, generator=generator)


class RichProgress(TrainerCallback):
    """A line on stderr with epoch, loss, the metric that counts, rate and time left."""

    def __init__(self, metric: str, rows: int) -> None:
        self.metric, self.rows = metric, rows
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

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        if state.is_world_process_zero:
            self.progress.start()
            self.task = self.progress.add_task("training", total=state.max_steps, completed=state.global_step)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        if state.is_world_process_zero:
            epoch = f"epoch {state.epoch or 0:.1f}/{state.num_train_epochs}"
            self.progress.update(self.task, completed=state.global_step, description=f"{epoch} {self.loss} {self.best}")

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: Any = None, **kwargs: Any) -> None:
        self.loss = f"loss {logs['loss']:.3f}" if "loss" in (logs or {}) else self.loss

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, metrics: Any = None, **kwargs: Any) -> None:
        if state.is_world_process_zero:
            value = metrics[f"eval_{self.metric}"]
            self.best = f"{self.metric} {value:.4f}"
            self.progress.console.print(f"epoch {state.epoch:.0f}: {self.metric} on validation {value:.4f} {self.loss}")

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        if state.is_world_process_zero:
            self.progress.stop()
