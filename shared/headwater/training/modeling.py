"""One encoder, any number of heads, one PreTrainedModel: saving, loading, Trainer and export see one thing."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoConfig, AutoModel, PretrainedConfig, PreTrainedModel

from headwater.bundle import Head
from headwater.text import CASING_ROWS, Input

__all__ = ["HeadwaterConfig", "HeadwaterModel", "build_model"]

IGNORED = -100  # the label that cross-entropy leaves out


class HeadwaterConfig(PretrainedConfig):
    """Everything that is needed to build the model and to feed it."""

    model_type = "headwater"

    def __init__(
        self,
        encoder: dict[str, Any] | None = None,
        heads: list[dict[str, Any]] | None = None,
        inputs: list[dict[str, str]] | None = None,
        pooling: str = "mean",
        dropout: float = 0.1,
        label_smoothing: float = 0.0,
        focal: float = 0.0,
        weights: dict[str, float] | None = None,
        class_weights: dict[str, list[float]] | None = None,
        max_length: int = 128,
        stride: int = 32,
        **rest: Any,
    ) -> None:
        self.encoder, self.heads, self.inputs = encoder or {}, heads or [], inputs or []
        self.pooling, self.dropout, self.label_smoothing, self.focal = pooling, dropout, label_smoothing, focal
        self.weights, self.class_weights = weights or {}, class_weights or {}
        self.text_max_length, self.text_stride = max_length, stride  # `max_length` means something else to transformers
        super().__init__(**rest)

    @property
    def head_list(self) -> tuple[Head, ...]:
        plain = {"transitions": ()}  # what is trained has none: they are learnt at the export
        return tuple(Head(**{**head, "labels": tuple(head["labels"]), **plain}) for head in self.heads)

    @property
    def input_list(self) -> tuple[Input, ...]:
        return tuple(Input(**item) for item in self.inputs)


class HeadwaterModel(PreTrainedModel):
    """Encoder outputs go through one linear layer a head.

    Called with int64 (rows, tokens) tensors by input name, and optionally `targets`: int64 (rows,) for single and
    pair heads, float (rows, labels) for multi, int64 (rows, tokens) for token heads; -100 (or NaN) where a row or
    token has no label. Gives {"loss"?, head output: logits}: float (rows, labels), (rows, tokens, labels), or
    (rows, dimension) for an embedding. The loss is the weighted sum of the heads' mean losses.
    """

    config_class = HeadwaterConfig
    base_model_prefix = "encoder"
    supports_gradient_checkpointing = True
    _supports_sdpa = True

    def __init__(self, config: HeadwaterConfig) -> None:
        super().__init__(config)
        values = dict(config.encoder)
        encoder_config = AutoConfig.for_model(values.pop("model_type"), **values)
        self.encoder = AutoModel.from_config(encoder_config)
        _drop_pooler(self.encoder)
        self.dropout = nn.Dropout(config.dropout)
        width = encoder_config.hidden_size
        self.heads = nn.ModuleDict(
            {head.name: nn.Linear(width, len(head.labels)) for head in config.head_list if head.kind != "embedding"}
        )
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.02)
            nn.init.zeros_(module.bias)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        token_type_ids: Tensor | None = None,
        targets: Mapping[str, Tensor] | None = None,
    ) -> dict[str, Tensor]:
        types = {} if token_type_ids is None else {"token_type_ids": token_type_ids}
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask, **types).last_hidden_state
        pooled = self.pool(states, attention_mask)
        outputs: dict[str, Tensor] = {}
        for head in self.config.head_list:
            if head.kind == "embedding":
                outputs[head.output] = functional.normalize(pooled, dim=-1)
            else:
                outputs[head.output] = self.heads[head.name](self.dropout(states if head.kind == "token" else pooled))
        if targets is not None:
            outputs = {"loss": self.loss(outputs, targets), **outputs}
        return outputs

    def pool(self, states: Tensor, mask: Tensor) -> Tensor:
        """(rows, tokens, width) -> (rows, width): the first token, or the mean of the real ones."""
        if self.config.pooling == "cls":
            return states[:, 0]
        weights = mask.unsqueeze(-1).to(states.dtype)
        return (states * weights).sum(1) / weights.sum(1).clamp(min=1.0)

    def loss(self, outputs: Mapping[str, Tensor], targets: Mapping[str, Tensor]) -> Tensor:
        """Sum of each head's mean loss over what is labelled in the batch; a head without labels adds nothing."""
        total = next(iter(outputs.values())).sum() * 0.0
        for head in self.config.head_list:
            if head.name in targets:
                value = self._head_loss(
                    head, outputs[head.output], targets[head.name], targets.get(f"{head.name}.lacks")
                )
                total = total + self.config.weights.get(head.name, 1.0) * value
        return total

    def _head_loss(self, head: Head, logits: Tensor, target: Tensor, lacks: Tensor | None) -> Tensor:
        weight = self.config.class_weights.get(head.name)
        classes = None if weight is None else torch.tensor(weight, device=logits.device, dtype=logits.dtype)
        if head.kind == "multi":
            known = ~target.isnan()
            truth = target.nan_to_num()
            values = functional.binary_cross_entropy_with_logits(logits, truth, pos_weight=classes, reduction="none")
            values = values * focus((2 * truth - 1) * logits, self.config.focal)
            return (values * known).sum() / known.sum().clamp(min=1)
        if lacks is not None:
            logits = _merge_lacking(logits, target, lacks)
        flat, wanted = logits.flatten(0, -2), target.flatten()
        if not (wanted != IGNORED).any():
            return flat.sum() * 0.0
        smoothing = self.config.label_smoothing
        if not self.config.focal:
            return functional.cross_entropy(flat, wanted, classes, ignore_index=IGNORED, label_smoothing=smoothing)
        flat, wanted = flat[wanted != IGNORED], wanted[wanted != IGNORED]
        values = functional.cross_entropy(flat, wanted, classes, label_smoothing=smoothing, reduction="none")
        mine = flat.gather(1, wanted[:, None])[:, 0]
        others = flat.scatter(1, wanted[:, None], float("-inf")).logsumexp(1)
        share = 1.0 if classes is None else classes[wanted]
        return (values * focus(mine - others, self.config.focal)).sum() / (torch.ones_like(mine) * share).sum()


def focus(margin: Tensor, gamma: float) -> Tensor:
    """(1 - p) ** gamma, for the log-odds `margin` of the right answer: the focal loss (Lin et al. 2017) is its product
    with the cross-entropy, so that rows which are surely right count less. 1 where gamma is 0.
    """
    return torch.ones_like(margin) if gamma == 0 else torch.sigmoid(-margin) ** gamma


def _merge_lacking(logits: Tensor, target: Tensor, lacks: Tensor) -> Tensor:
    """Let an O be any label that the row's set never marks.

    `lacks` bool (rows, labels). Where the target is O, the logit of O becomes the log-sum of O and the lacking
    labels, which in turn vanish: cross-entropy then is -log(p(O) + p(lacking)), the marginal likelihood of a
    partial label (Cour, Sapp and Taskar 2011).
    """
    lacking = lacks[:, None, :] & (target == 0)[..., None]
    outside = torch.zeros_like(lacking)
    outside[..., 0] = True
    merged = logits.masked_fill(~(lacking | outside), float("-inf")).logsumexp(-1, keepdim=True)
    joined = torch.where(outside & lacking.any(-1, keepdim=True), merged, logits)
    return joined.masked_fill(lacking, torch.finfo(logits.dtype).min / 2)


def _drop_pooler(encoder: PreTrainedModel) -> None:
    """A pooling layer that no head reads would be saved, exported and counted by distributed training for nothing."""
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None


def build_model(
    folder: str, heads: tuple[Head, ...], inputs: tuple[Input, ...], *, casing: bool, **options: Any
) -> HeadwaterModel:
    """A model with the pre-trained encoder of a folder or hub id and fresh heads; `options` as HeadwaterConfig's."""
    encoder = AutoModel.from_pretrained(folder)
    _drop_pooler(encoder)
    if casing:
        _widen_token_types(encoder)
    config = HeadwaterConfig(
        encoder=encoder.config.to_diff_dict() | {"model_type": encoder.config.model_type},
        heads=[{**vars(head), "labels": list(head.labels)} for head in heads],
        inputs=[vars(item) for item in inputs],
        **options,
    )
    model = HeadwaterModel(config)
    model.encoder.load_state_dict(encoder.state_dict())
    return model


def _widen_token_types(encoder: PreTrainedModel) -> None:
    """A row of token types for each way of casing, all starting as the row that every token had in pre-training."""
    table = encoder.embeddings.token_type_embeddings
    wider = nn.Embedding(CASING_ROWS, table.embedding_dim)
    with torch.no_grad():
        wider.weight.copy_(table.weight[:1].expand(CASING_ROWS, -1))
    encoder.embeddings.token_type_embeddings = wider
    encoder.config.type_vocab_size = CASING_ROWS
