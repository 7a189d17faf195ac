"""Low-rank adapters by peft: small matrices learn beside the linear layers of a frozen encoder, and are merged in the end.

LoRA (Hu et al. 2021, arXiv:2106.09685) gives every layer the same rank; AdaLoRA (Zhang et al. 2023, arXiv:2303.10512) begins
with half as much again, and takes it from the layers that need it least. They are put into the encoder in place, so that a
HeadwaterModel stays one, and what is saved after `merge` has the names of any other.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peft import AdaLoraConfig, AdaLoraModel, LoraConfig, LoraModel
from torch import Tensor, nn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from headwater.data.example import Example
from headwater.errors import TrainingError
from headwater.recipe.values import TrainingRecipe
from headwater.serving.predictor import Predictor
from headwater.text import TextEncoder
from headwater.training.modeling import HeadwaterModel
from headwater.training.runner import TorchRunner, load_trained

__all__ = ["RankAllocation", "add_adapters", "check_merged", "merge"]

TOLERANCE = 1e-4  # of a logit, or of the largest one where that is above 1: float32 sums in another order
PROVED = 64  # texts of all lengths
UPDATES = 10  # fewer leave no room between the first tenth and the last third
TABLES = ("ipt", "exp_avg_ipt", "exp_avg_unc")  # what peft's allocator knows of each adapter weight
Logits = dict[str, list[np.ndarray]]


def add_adapters(model: HeadwaterModel, options: TrainingRecipe) -> LoraModel | None:
    """Freeze a model's encoder and put adapters beside all its linear layers, in place; peft's tuner, or None for "none".

    Heads learn in full, and so do token types that tell the casing: both start from nothing.
    """
    if options.adapter == "none":
        return None
    shared: dict[str, Any] = {"lora_alpha": options.adapter_alpha, "target_modules": "all-linear"}
    if options.adapter == "lora":
        tuner = LoraModel(model.encoder, LoraConfig(r=options.adapter_rank, **shared), "default")
    else:
        half_more = options.adapter_rank + (options.adapter_rank + 1) // 2  # section 3.3 of the paper: 1.5 times
        config = AdaLoraConfig(init_r=half_more, target_r=options.adapter_rank, total_step=UPDATES, **shared)
        tuner = AdaLoraModel(model.encoder, config, "default")
    if options.casing:
        model.encoder.embeddings.token_type_embeddings.requires_grad_(True)
    return tuner


class RankAllocation(TrainerCallback):
    """AdaLoRA's part of a training: the loss keeps adapters orthogonal, and ranks move after each update.

    The first tenth of all updates only learns, the last third learns at the ranks that were found (the paper's t_i and t_f).
    `state_dict` is what a run that goes on needs beside the weights.
    """

    name = "ranks"  # of the file in a checkpoint

    def __init__(self, tuner: AdaLoraModel, model: HeadwaterModel) -> None:
        self.tuner, self.config = tuner, tuner.peft_config["default"]
        self.hook = model.register_forward_hook(self._keep_orthogonal)

    def _keep_orthogonal(self, module: nn.Module, inputs: Any, outputs: dict[str, Tensor]) -> None:
        if "loss" in outputs:
            apart = orthogonality(self.tuner.model).to(outputs["loss"].device)
            outputs["loss"] = outputs["loss"] + self.config.orth_reg_weight * apart

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        if state.max_steps < UPDATES:
            raise TrainingError(
                f"training.adapter: adalora expected at least {UPDATES} updates to find its ranks in, got "
                f"{state.max_steps}: take more epochs, a smaller batch_size, or lora"
            )
        self.config.total_step, self.config.tinit = state.max_steps, state.max_steps // 10
        self.config.tfinal = state.max_steps // 3

    def on_optimizer_step(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        optimizer: Any = None,
        **kwargs: Any,
    ) -> None:
        """While the gradients are still there, by which ranks are weighed."""
        if getattr(optimizer, "step_was_skipped", False):  # fp16 overflowed: such gradients weigh nothing
            for parameter in self.tuner.model.parameters():
                if parameter.grad is not None:
                    parameter.grad.zero_()
        self.tuner.update_and_allocate(state.global_step + 1)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.hook.remove()

    def state_dict(self) -> dict[str, Tensor]:
        allocator = self.tuner.rankallocator
        found = {f"{table}/{name}": t for table in TABLES for name, t in getattr(allocator, table).items()}
        return found | {f"kept/{name}": torch.tensor(kept) for name, kept in (self.config.rank_pattern or {}).items()}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        tables: dict[str, dict[str, Tensor]] = {table: {} for table in (*TABLES, "kept")}
        for key, tensor in state.items():
            table, _, name = key.partition("/")
            tables[table][name] = tensor.to(self.tuner.model.device)
        for table in TABLES:
            setattr(self.tuner.rankallocator, table, tables[table])
        self.config.rank_pattern = {name: kept.tolist() for name, kept in tables["kept"].items()} or None


def orthogonality(encoder: nn.Module) -> Tensor:
    """How far AdaLoRA's P and Q are from orthogonal: the mean Frobenius norm of P'P - I and QQ' - I over all layers.

    Equation 4 of the paper without its squares, as in the forward of peft's own wrapper, which is not used here.
    """
    found = []
    for name, p in encoder.named_parameters():
        if "lora_A" in name or "lora_B" in name:
            square = p @ p.T if "lora_A" in name else p.T @ p
            found.append(torch.linalg.norm(square - torch.eye(len(square), device=p.device)))
    return torch.stack(found).mean()


def merge(tuner: LoraModel, model: HeadwaterModel, encoder: TextEncoder, rows: Sequence[Example]) -> Logits:
    """Add the adapters to the encoder's own weights and take them out; gives the logits of `rows` before, for `check_merged`."""
    before = _logits(model, encoder, rows)
    tuner.merge_and_unload()
    return before


def check_merged(folder: Path, wanted: Logits, rows: Sequence[Example], device: torch.device | str = "cpu") -> None:
    """Load what was saved and hold it against the logits before the merge. A folder that answers otherwise is removed.

    Raises TrainingError, which says what differs.
    """
    trained = load_trained(folder)
    found = _logits(trained.model.to(device), trained.encoder, rows)
    texts = [row.text for row in _some(rows)]
    for head, values in wanted.items():
        limit = TOLERANCE * max(1.0, max(float(np.abs(value).max(initial=0)) for value in values))
        apart = [float(np.abs(one - other).max(initial=0)) for one, other in zip(values, found[head], strict=True)]
        worst = int(np.argmax(apart))  # a NaN counts as the largest
        if not apart[worst] <= limit:
            shutil.rmtree(folder)
            raise TrainingError(
                f"{folder}: expected the merged model to answer as the one with adapters, within {limit:.1g}; the logits of "
                f"head {head!r} differ by {apart[worst]:.2g} for {texts[worst][:60]!r}: train it again with "
                "training.precision fp32, or without an adapter"
            )


def _logits(model: HeadwaterModel, encoder: TextEncoder, rows: Sequence[Example]) -> Logits:
    some = _some(rows)
    pairs = [row.second or "" for row in some] if any(row.second is not None for row in some) else None
    predictor = Predictor(encoder, model.config.head_list, TorchRunner(model), budget=4096)
    return predictor.logits([row.text for row in some], pairs)


def _some(rows: Sequence[Example]) -> list[Example]:
    """At most PROVED rows, from the shortest text to the longest."""
    ordered = sorted(rows, key=lambda row: len(row.text))
    return [ordered[i] for i in np.linspace(0, len(ordered) - 1, min(PROVED, len(ordered))).round().astype(int)]
