"""Any fine-tuned Hugging Face checkpoint -> what an export needs.

The kind comes from the architecture that config.json names, the labels from its id2label, the inputs from what the
model and its tokenizer take. No code of a checkpoint is ever run.
"""

import inspect
import re
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    PretrainedConfig,
    PreTrainedModel,
)
from transformers.utils import logging

from headwater.bundle import KINDS, Head
from headwater.errors import EncoderError, InputError
from headwater.export.package import Exportable, from_trained
from headwater.export.schemes import Columns, token_labels
from headwater.export.sentence import SentenceEncoder, sentence_encoder
from headwater.recipe.values import TASKS
from headwater.text import Input
from headwater.training.runner import load_trained
from headwater.training.tokenizer import backend, load_fast

__all__ = ["CheckpointModel", "open_checkpoint"]

NAMES = {kind: name for name, kind in TASKS.values()}  # what a head is called where nobody says
SEQUENCE, TOKEN = "ForSequenceClassification", "ForTokenClassification"
CLASSES = {
    "single": (SEQUENCE, AutoModelForSequenceClassification),
    "multi": (SEQUENCE, AutoModelForSequenceClassification),
    "pair": (SEQUENCE, AutoModelForSequenceClassification),
    "token": (TOKEN, AutoModelForTokenClassification),
    "embedding": ("", AutoModel),
}
LONGEST, SHORTEST = 512, 16  # tokens: where a checkpoint names no bound, and what is too short for any text
NEVER = -1e4  # added to a logit: its probability is 0, in fp16 too


class CheckpointModel(nn.Module):
    """A transformers model that gives {head output: values}, as HeadwaterModel does.

    `columns` joins the labels of a tagger's scheme (see `headwater.export.schemes`); `pooling` is mean, cls or max.
    """

    def __init__(self, model: PreTrainedModel, head: Head, columns: Columns | None, pooling: str = "mean") -> None:
        super().__init__()
        self.model, self.head, self.pooling = model, head, pooling
        self.joins = columns is not None and any(len(group) > 1 for group in columns)
        if columns and self.joins:
            widest = max(map(len, columns))
            index = torch.tensor([[*group, *group[:1] * (widest - len(group))] for group in columns])
            never = torch.tensor([[NEVER * (place >= len(group)) for place in range(widest)] for group in columns])
            self.register_buffer("index", index)
            self.register_buffer("never", never)

    @property
    def config(self) -> PretrainedConfig:
        return self.model.config

    @property
    def device(self) -> torch.device:
        return self.model.device

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None
    ) -> dict[str, Tensor]:
        types = {} if token_type_ids is None else {"token_type_ids": token_type_ids}
        found = self.model(input_ids=input_ids, attention_mask=attention_mask, **types)
        if self.head.kind == "embedding":
            pooled = self.pool(found.last_hidden_state, attention_mask)
            return {self.head.output: functional.normalize(pooled, dim=-1)}
        logits = found.logits
        if self.joins:
            logits = (logits[..., self.index] + self.never).logsumexp(-1)
        return {self.head.output: logits}

    def pool(self, states: Tensor, mask: Tensor) -> Tensor:
        """(rows, tokens, width) -> (rows, width)."""
        if self.pooling == "cls":
            return states[:, 0]
        real = mask.unsqueeze(-1).to(states.dtype)
        if self.pooling == "max":
            return (states + (1 - real) * NEVER).amax(1)
        return (states * real).sum(1) / real.sum(1).clamp(min=1.0)


def open_checkpoint(
    source: str,
    *,
    kind: str | None = None,
    head: str | None = None,
    max_length: int | None = None,
    scheme: str | None = None,
) -> Exportable:
    """Open a fine-tuned checkpoint, a folder or a hub id, for `headwater.export.package.export_bundle`.

    `kind` is told from the checkpoint; only a pair must be named, since one text and two look alike there. `head`
    names the head; `max_length` (tokens) shortens the window; `scheme` is "iob1" for a tagger that was trained on it.
    Raises InputError for what cannot be exported, EncoderError for what cannot be read.

    >>> open_checkpoint("dslim/bert-base-NER").heads[0].kind  # doctest: +SKIP
    'token'
    """
    logging.set_verbosity_error()
    sentence = sentence_encoder(source)
    where = {"subfolder": sentence.where} if sentence and sentence.where else {}
    config = _read(source, AutoConfig, where)
    if config.model_type == "headwater":
        return _ours(source, kind, head)
    kind = _kind(source, config, kind, sentence is not None)
    if scheme and kind != "token":
        raise InputError(f"--scheme: expected with a tagger only, and {source} is of kind {kind}")
    loaded = load_fast(source, **where)
    model = _model(source, kind, where)
    name = head or NAMES[kind]
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", name):
        raise InputError(f"--head: expected small letters, digits, dots and dashes, got {name!r}")
    labels, columns = _labels(source, config, kind, scheme)
    made = Head(name, kind, labels, name)
    length = _length(model, loaded.model_max_length, sentence, max_length)
    return Exportable(
        CheckpointModel(model, made, columns, sentence.pooling if sentence else "mean").eval(),
        _tokenizer(loaded, config),
        (made,),
        _inputs(model, loaded.model_input_names),
        length,
        length // 4,
    )


def _ours(source: str, kind: str | None, head: str | None) -> Exportable:
    if kind or head:
        raise InputError(f"{source}: was trained by Headwater and holds its heads: leave --kind and --head out")
    return from_trained(load_trained(Path(source)))


def _read(source: str, reader: Any, where: dict[str, str], **options: Any) -> Any:
    try:
        return reader.from_pretrained(source, **where, **options)
    except (OSError, ValueError, ImportError, KeyError, RuntimeError) as fault:
        if reader is AutoConfig and '"headwater"' in str(fault).replace("`", '"'):
            return PretrainedConfig.from_dict({"model_type": "headwater"})
        raise EncoderError(
            f"{source}: expected a checkpoint, a folder that `save_pretrained` wrote or a hub id, and it could not be "
            f"read: {' '.join(str(fault).split())[:300]}"
        ) from fault


def _kind(source: str, config: PretrainedConfig, given: str | None, sentence: bool) -> str:
    """The kind that the architecture has, or the one given if the architecture can have it."""
    if given not in (None, *KINDS):
        raise InputError(f"--kind: expected one of {', '.join(KINDS)}; got {given!r}")
    architecture = (getattr(config, "architectures", None) or ["none"])[0]
    if architecture.endswith(SEQUENCE):
        if config.problem_type == "regression" or config.num_labels == 1:
            raise InputError(
                f"{source}: expected a checkpoint that tells labels apart, got one that gives a single score"
            )
        kind = "multi" if config.problem_type == "multi_label_classification" else "single"
    elif architecture.endswith(TOKEN):
        kind = "token"
    elif sentence or architecture.endswith("Model") or given == "embedding":
        kind = "embedding"
    else:
        raise InputError(
            f"{source}: expected a checkpoint that was fine-tuned to label texts, tokens or pairs, or a sentence "
            f"encoder; got {architecture}: --kind embedding exports its encoder alone"
        )
    if given and given != "embedding" and CLASSES[given][0] != CLASSES[kind][0]:
        raise InputError(f"--kind {given}: expected a checkpoint of {CLASSES[given][0]}, got {architecture}")
    return given or kind


def _model(source: str, kind: str, where: dict[str, str]) -> PreTrainedModel:
    """The model in fp32. Weights that the file lacks would be random ones, so that is refused."""
    model, info = _read(source, CLASSES[kind][1], where, output_loading_info=True)
    lacking = [name for name in info["missing_keys"] if kind != "embedding" or "pooler" not in name]
    if lacking:
        raise EncoderError(
            f"{source}: expected the weights of a model of kind {kind}, and {lacking[0]} is not among them: fine-tune it first"
        )
    return model.float().eval()


def _labels(
    source: str, config: PretrainedConfig, kind: str, scheme: str | None
) -> tuple[tuple[str, ...], Columns | None]:
    if kind == "embedding":
        return (), None
    names = [str(config.id2label[number]) for number in range(config.num_labels)]
    if len(set(names)) < len(names):
        raise InputError(f"{source}: expected different labels, got {names}: correct id2label in its config.json")
    return token_labels(names, scheme) if kind == "token" else (tuple(names), None)


def _tokenizer(loaded: Any, config: PretrainedConfig) -> Tokenizer:
    tokenizer = backend(loaded)
    if loaded.pad_token is None and config.pad_token_id is not None:
        tokenizer.enable_padding(pad_id=config.pad_token_id)
    return tokenizer


def _inputs(model: PreTrainedModel, names: list[str]) -> tuple[Input, ...]:
    """Token types only where the model has several of them and its tokenizer was used with them."""
    inputs = [Input("input_ids", "ids.v1"), Input("attention_mask", "mask.v1")]
    takes = "token_type_ids" in inspect.signature(model.forward).parameters and "token_type_ids" in names
    if takes and getattr(model.config, "type_vocab_size", 0) > 1:
        inputs.append(Input("token_type_ids", "segments.v1"))
    return tuple(inputs)


def _length(model: PreTrainedModel, tokenizer_length: int, sentence: SentenceEncoder | None, given: int | None) -> int:
    """The longest window that the checkpoint takes, special tokens included, or the shorter one that is asked for."""
    bounds = [tokenizer_length]
    positions = getattr(model.config, "max_position_embeddings", -1)
    if positions > 0:
        bounds.append(positions - _first_position(model))
    if sentence and sentence.max_length:
        bounds.append(sentence.max_length)
    longest = min(bounds) if min(bounds) < 1e9 else LONGEST  # a tokenizer without a bound says 1e30
    if given is not None and not SHORTEST <= given <= longest:
        raise InputError(f"--max-length: expected {SHORTEST} to {longest} tokens, got {given}")
    return given or longest


def _first_position(model: PreTrainedModel) -> int:
    """RoBERTa and its kin (XLM-R, MPNet) number positions from the padding token's id + 1, so the first are never used."""
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None:
            return int(module.padding_idx) + 1
    return 0
