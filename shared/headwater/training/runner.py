"""A torch model behind the same `Runner` as onnxruntime's, and the trained model as a folder."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers.utils import logging

from headwater.errors import TrainingError
from headwater.serving.predictor import Predictor
from headwater.text import TextEncoder
from headwater.training.modeling import HeadwaterConfig, HeadwaterModel

__all__ = ["TorchRunner", "Trained", "load_trained"]


class TorchRunner:
    """Run a HeadwaterModel on arrays, in evaluation mode; the mode it was in comes back afterwards."""

    def __init__(self, model: HeadwaterModel) -> None:
        self.model = model

    def __call__(self, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        was_training = self.model.training
        self.model.eval()
        try:
            with torch.inference_mode():
                inputs = {name: torch.from_numpy(values).to(self.model.device) for name, values in arrays.items()}
                outputs = self.model(**inputs)
            return {name: values.float().cpu().numpy() for name, values in outputs.items()}
        finally:
            self.model.train(was_training)


@dataclass(frozen=True)
class Trained:
    """A trained model with its way from text to predictions."""

    model: HeadwaterModel
    tokenizer: Tokenizer
    encoder: TextEncoder

    @property
    def predictor(self) -> Predictor:
        return Predictor(self.encoder, self.model.config.head_list, TorchRunner(self.model))


def load_trained(folder: Path) -> Trained:
    """Open what `headwater train` saved. Raises TrainingError where the folder holds something else."""
    try:
        kind = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    except (AttributeError, OSError, ValueError) as fault:
        raise TrainingError(f"{folder}: expected a trained model (config.json, model.safetensors): {fault}") from fault
    if kind != HeadwaterConfig.model_type:
        raise TrainingError(f"{folder}: expected a model trained by Headwater, got a {kind!r} checkpoint")
    logging.set_verbosity_error()
    model = HeadwaterModel(HeadwaterConfig.from_pretrained(folder))
    try:
        model.load_state_dict(load_file(folder / "model.safetensors"))
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as fault:  # both libraries have errors of their own, down to Exception itself
        raise TrainingError(f"{folder}: expected a trained model, whole ({fault}): train it again") from fault
    config = model.config
    return Trained(
        model.eval(),
        tokenizer,
        TextEncoder(tokenizer, config.input_list, config.text_max_length, config.text_stride),
    )
