"""Begin from a bundle or an earlier run: its encoder, and of its heads the rows of the labels that are still there.

A bundle's int8 tables are made float again, and what comes of it is held against the bundle itself before it is trained on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from tokenizers import Tokenizer

from headwater.bundle import MANIFEST, Bundle, file_digest, open_bundle
from headwater.errors import HeadwaterError, TrainingError
from headwater.recipe import Recipe
from headwater.serving.model import open_model
from headwater.serving.predictor import Predictor
from headwater.training.modeling import HeadwaterModel, build_model
from headwater.training.runner import TorchRunner, load_trained

__all__ = ["Start", "open_start", "stored_weights"]

TOLERANCE = 1e-3  # of a logit, or of the largest one where that is above 1
PROVED = 16  # texts


@dataclass(frozen=True)
class Start:
    """What a recipe begins from: the folder of a bundle, or of a trained model, and its digest."""

    place: Path
    digest: str

    def into(
        self, model: HeadwaterModel, tokenizer: Tokenizer, source: str, texts: Sequence[str]
    ) -> dict[str, list[str]]:
        """Put its weights into a fresh model; gives the labels that begin from nothing, by head.

        `source` is where the encoder that both are of stands, `texts` are what a bundle is proved on. Raises TrainingError.
        """
        if (self.place / MANIFEST).is_file():
            bundle = open_bundle(self.place)
            old, theirs = _of_bundle(bundle, source, texts), Tokenizer.from_file(str(self.place / "tokenizer.json"))
        else:
            trained = load_trained(self.place)
            old, theirs = trained.model, trained.tokenizer
        _check_alike(self.place, old, model, theirs, tokenizer)
        model.encoder.load_state_dict(old.encoder.state_dict())
        return {head.name: _carry(old, model, head.name) for head in model.config.head_list if head.kind != "embedding"}


def open_start(recipe: Recipe) -> Start | None:
    """What a recipe begins from; None where it begins from its encoder alone. Raises TrainingError."""
    if recipe.start is None:
        return None
    place = (recipe.folder / Path(recipe.start).expanduser()).resolve()
    try:
        if (place / MANIFEST).is_file():
            return Start(place, open_bundle(place).digest)
        place = place / "model" if (place / "model").is_dir() else place
        return Start(place, file_digest(place / "model.safetensors"))
    except (HeadwaterError, OSError) as fault:
        raise TrainingError(f"start: could not be opened: {fault}") from fault


def stored_weights(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    """Weights of a bundle's graph by the names that they have in torch, float32.

    The exporter turns the table of a linear layer and takes its name away; the bias that is added to its product has the
    layer's name still.
    """
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and set(node.input) <= tensors.keys():
            table, scale = (tensors[name] for name in node.input)
            axis = next(helper.get_attribute_value(entry) for entry in node.attribute if entry.name == "axis")
            tensors[node.output[0]] = (table * np.expand_dims(scale, 1 - axis)).astype(np.float32)
    products = {
        node.output[0]: node.input[1] for node in graph.node if node.op_type == "MatMul" and node.input[1] in tensors
    }
    for node in graph.node:
        for product, bias in (node.input, reversed(node.input)) if node.op_type == "Add" else ():
            if product in products and bias in tensors and bias.endswith(".bias"):
                tensors[f"{bias.removesuffix('.bias')}.weight"] = tensors[products[product]].T
    return tensors


def _of_bundle(bundle: Bundle, source: str, texts: Sequence[str]) -> HeadwaterModel:
    """The torch model that a bundle was made of, its tables rounded as they are stored."""
    manifest, training = bundle.manifest, bundle.manifest.recipe.get("training")
    if training is None:
        raise TrainingError(
            f"{bundle.folder}: expected a bundle that a recipe made, this one was exported from elsewhere"
        )
    casing = any(item.feature == "casing.v1" for item in manifest.inputs)
    sizes = {"pooling": training["pooling"], "max_length": manifest.max_length, "stride": manifest.stride}
    model = build_model(source, manifest.heads, manifest.inputs, casing=casing, **sizes)
    weights = stored_weights(onnx.load(bundle.model).graph)
    wanted = model.state_dict()
    strange = [name for name, value in wanted.items() if name not in weights or weights[name].shape != value.shape]
    if strange:
        raise TrainingError(
            f"{bundle.folder}: expected the weights of {source} and of its heads, and {strange[0]} is not among them: "
            "is the recipe's encoder the bundle's?"
        )
    model.load_state_dict({name: torch.from_numpy(weights[name].copy()) for name in wanted})
    _prove(model.eval(), bundle, texts)
    return model


def _prove(model: HeadwaterModel, bundle: Bundle, texts: Sequence[str]) -> None:
    """Raise TrainingError where the model does not answer as the bundle does in fp32."""
    served, some = open_model(bundle, "fp32", "cpu").predictor, list(texts[:PROVED])
    found = [Predictor(served.encoder, served.heads, TorchRunner(model)).logits(some), served.logits(some)]
    for head in served.heads:
        pairs = list(zip(*(one[head.name] for one in found), strict=True))
        largest = max(1.0, *(float(np.abs(value).max(initial=0)) for _, value in pairs))
        apart = max(float(np.abs(one - other).max(initial=0)) for one, other in pairs)
        if not apart <= TOLERANCE * largest:
            raise TrainingError(
                f"{bundle.folder}: expected its weights to answer in torch as they do in the bundle; logits of head "
                f"{head.name} differ by {apart:.2g}: begin from the run that made it (runs/NAME)"
            )


def _check_alike(place: Path, old: HeadwaterModel, new: HeadwaterModel, *tokenizers: Tokenizer) -> None:
    """Raise TrainingError where what the start learnt means something else to the new model."""
    theirs, ours = tokenizers
    for what, one, other in (
        ("inputs (training.casing)", old.config.input_list, new.config.input_list),
        ("training.pooling", old.config.pooling, new.config.pooling),
        ("tokenizer", theirs.get_vocab(), ours.get_vocab()),
        ("size", {n: p.shape for n, p in old.encoder.named_parameters()}, {n: p.shape for n, p in new.encoder.named_parameters()}),
    ):  # fmt: skip
        if one != other:
            raise TrainingError(
                f"start: expected the {what} of {place}, the recipe says otherwise: take over what it had"
            )


def _carry(old: HeadwaterModel, new: HeadwaterModel, name: str) -> list[str]:
    """Copy the rows of the labels that a head of that name and kind had; gives the labels that it had not."""
    (head,) = (head for head in new.config.head_list if head.name == name)
    known = next((entry for entry in old.config.head_list if (entry.name, entry.kind) == (name, head.kind)), None)
    if known is None:
        return list(head.labels)
    fresh = [label for label in head.labels if label not in known.labels]
    with torch.no_grad():
        for row, label in enumerate(head.labels):
            if label in known.labels:
                place = known.labels.index(label)
                new.heads[name].weight[row] = old.heads[name].weight[place]
                new.heads[name].bias[row] = old.heads[name].bias[place]
    return fresh
