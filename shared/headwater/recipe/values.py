"""The keys of a recipe, with their defaults and when to turn them; tables of strategies stand in recipe/strategies.py."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from headwater.recipe.strategies import AugmentRecipe, DistilRecipe, PretrainingRecipe

__all__ = [
    "CHECKS",
    "METRICS",
    "OUT_OF_SCOPE",
    "TASKS",
    "DataRecipe",
    "ExportRecipe",
    "HeadRecipe",
    "Recipe",
    "Share",
    "Source",
    "SourceLike",
    "TrainingRecipe",
]

STRICT: Any = {"extra": "forbid"}
Kind = Literal["single", "multi", "pair", "token", "embedding"]
Positive = Annotated[int, Field(ge=1)]
Fraction = Annotated[float, Field(gt=0, lt=1)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
AboveZero = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, le=1_000_000_000)]  # NumPy takes none below 0, and none of more than 32 bits
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
COLUMNS: dict[str, str] = {"single": "label", "pair": "label", "multi": "labels", "token": "spans", "embedding": ""}
TASKS: dict[str, tuple[str, str]] = {  # task -> (head name, kind)
    "classification": ("label", "single"),
    "multi-label": ("labels", "multi"),
    "pair": ("label", "pair"),
    "tagging": ("entities", "token"),
    "embedding": ("embedding", "embedding"),
}
# What `headwater.evaluation` measures of a head. Of an out-of-scope label too: OUT_OF_SCOPE. All but ece grow as models get better.
METRICS: dict[str, tuple[str, ...]] = {
    "single": ("accuracy", "macro_f1", "ece"),
    "pair": ("accuracy", "macro_f1", "ece"),
    "multi": ("micro_f1", "macro_f1", "exact_match", "ece"),
    "token": ("span_f1", "span_precision", "span_recall", "token_f1_micro_with_o", "token_f1_macro", "ece"),
    "embedding": (),
}
# What `headwater doctor` looks for in data, by the names of [doctor].
CHECKS: dict[str, str] = {
    "empty": "texts without a word",
    "long": "very long texts",
    "spans": "spans that are not where they say",
    "duplicates": "texts that stand twice",
    "near_duplicates": "texts that nearly stand twice",
    "conflicts": "texts under different labels",
    "leaks": "texts in two splits",
    "near_leaks": "texts that are nearly in two splits",
    "imbalance": "labels that are rare",
    "suspects": "labels that are likely wrong",
    "personal": "personal data",
    "drift": "splits that differ",
}
OUT_OF_SCOPE = ("in_scope_accuracy", "oos_recall")


@dataclass(frozen=True)
class HeadRecipe:
    """One head. `column` is where its labels stand in the data; `labels` fixes their order (default: sorted)."""

    __pydantic_config__ = STRICT
    name: Name
    kind: Kind
    labels: list[str] | None = None  # of a token head: the types, without B- and I-
    column: str | None = None
    weight: AboveZero = 1.0  # of this head's loss in the sum
    out_of_scope: str | None = None
    decoder: Literal["viterbi", "crf"] = (
        "viterbi"  # of a token head: crf learns which label follows which, at the export
    )
    class_weights: Literal["none", "balanced"] = "none"  # balanced helps macro F1 where labels are rare, costs accuracy

    @property
    def target(self) -> str:
        """The column that holds this head's labels."""
        return self.column or COLUMNS[self.kind]


@dataclass(frozen=True)
class Source:
    """Rows of a file, a hub id or a named set ("banking77:train")."""

    __pydantic_config__ = STRICT
    source: Annotated[str, Field(min_length=1)]
    keep: list[str] | None = None  # only rows with one of these labels, before the map
    per_label: Positive | None = None  # at most so many rows of each original label, drawn by the seed
    repeat: Positive = 1  # each row so many times in training: more weight for a small set that is near to the use
    columns: dict[str, str] | None = None  # head -> its column here; other heads take nothing from this source
    spans_as: Literal["unanimous"] | None = None  # a document also takes as its label the one that all its spans share
    negatives: str | None = None  # of relations: a source of entities, whose other pairs are of no relation ("none")
    leave_out: str | None = None  # a file beside the recipe, one text a line: spans of such a text are left out
    lacks: list[str] = field(default_factory=list)  # types this set never marks: its O may be one of them
    joiner: str = " "  # between the tokens of tagged data; "" for Chinese
    licence: str | None = None  # of a file, for the card; named sets know theirs


@dataclass(frozen=True)
class Share:
    """A seeded, stratified part of another split."""

    __pydantic_config__ = STRICT
    share: Fraction
    of: Literal["train", "validation"] = "train"


SourceLike = str | Source
Split = list[SourceLike]


@dataclass(frozen=True)
class DataRecipe:
    """The four splits. A number in place of sources is a share of train."""

    __pydantic_config__ = STRICT
    train: Annotated[Split, Field(min_length=1)]
    test: Annotated[Split, Field(min_length=1)]
    validation: Fraction | Share | Split = 0.1
    calibration: Fraction | Share | Split = 0.1
    also: Split = field(default_factory=list)  # measured beside test, each source by itself; no part in the verdict
    map: str | None = None  # TOML: a table a set, old label = "new label", or false to drop the row; "*" is the rest
    seed: Seed = 13


@dataclass(frozen=True)
class TrainingRecipe:
    """Fine-tuning. The defaults suit a small encoder; a line says when to turn each."""

    __pydantic_config__ = STRICT
    epochs: Positive = 4
    learning_rate: Annotated[float, Field(gt=0, lt=1)] = 2e-4  # small encoders take ten times BERT's
    head_rate: AboveZero = 1.0  # times learning_rate, for heads and other fresh weights
    batch_size: Positive = 32
    accumulate: Positive = 1  # batches an update: a larger batch in the same memory
    max_length: Annotated[int, Field(ge=8)] = 128
    stride: Annotated[int, Field(ge=0)] = 32
    casing: bool = False  # tells an uncased encoder how each word is written (a row of token types for each way)
    pooling: Literal["mean", "cls"] = "mean"
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    word_dropout: Annotated[float, Field(ge=0, lt=0.5)] = (
        0.0  # share of tokens masked anew each time: context over names
    )
    label_smoothing: Annotated[float, Field(ge=0, lt=0.5)] = (
        0.0  # helps where labels are noisy; what is sure is then less so, and a promise proves less
    )
    focal: NotNegative = 0.0  # 1 to 3: rows that are surely right count less; for labels that few rows have
    r_drop: NotNegative = 0.0  # 0.5 to 5: two passes must agree; for small sets, at nearly twice the time
    weight_decay: NotNegative = 0.01
    warmup: Annotated[float, Field(ge=0, lt=1)] = 0.1  # share of all updates
    scheduler: Literal["linear", "cosine", "constant_with_warmup"] = "linear"
    freeze: list[str] = field(default_factory=list)  # parameters whose names begin so; saves time, costs a little
    layer_decay: Annotated[float, Field(gt=0, le=1)] = (
        1.0  # 0.8 to 0.95: each layer at so much of the rate above it; for few rows
    )
    unfreeze: NotNegative = 0.0  # epochs over which layers wake, the top one first; for few rows, against forgetting
    adapter: Literal["none", "lora", "adalora"] = (
        "none"  # lora: a frozen encoder learns by small matrices, merged in the end; for large encoders in little memory
    )
    adapter_rank: Positive = 8  # 4 to 64: of those matrices; more for much data. adalora finds each layer's around it
    adapter_alpha: Positive = 16  # what they add is times adapter_alpha / adapter_rank; twice the rank is the custom
    ema: Annotated[float, Field(ge=0, lt=1)] = (
        0.0  # 0.99 to 0.9999: the moving average of weights is evaluated and kept; where epochs jump up and down
    )
    # WiSE-FT (Wortsman et al. 2022, arXiv:2109.01903): the encoder ends so far on the way from where it began to what it learnt;
    # 0.5 to 0.8 for texts in service that are worded otherwise than the labelled ones, at little cost on those
    wise_ft: Annotated[float, Field(gt=0, le=1)] = 1.0
    patience: Positive | None = None  # stop after so many epochs without a better metric
    metric: str | None = None  # "head.metric" on validation that picks the best epoch (default: the first head's own)
    tracking: Literal["tensorboard", "wandb", "mlflow", "none"] = (
        "tensorboard"  # where curves go; all stay in the run folder. wandb, mlflow: to hold many runs side by side
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"  # auto: bf16 or fp16 on a GPU that has it, else fp32
    seed: Seed = 13
    augment: AugmentRecipe = field(default_factory=AugmentRecipe)  # [training.augment]: for few rows, and untidy texts
    distil: DistilRecipe | None = None  # [training.distil]: a larger model teaches; for many texts without labels


@dataclass(frozen=True)
class ExportRecipe:
    """What the bundle holds and how close the export must be."""

    __pydantic_config__ = STRICT
    variants: Annotated[list[Literal["int8", "fp32"]], Field(min_length=1)] = field(
        default_factory=lambda: ["int8", "fp32"]
    )
    tolerance: AboveZero = 1e-3  # largest logit difference between torch and unrounded ONNX


@dataclass(frozen=True)
class Recipe:
    """A whole recipe; `folder` is where its file stands, for the relative paths in it."""

    __pydantic_config__ = STRICT
    name: Name
    task: Literal["classification", "multi-label", "pair", "tagging", "embedding", "mixed"]
    encoder: Annotated[str, Field(min_length=1)]
    data: DataRecipe
    start: Annotated[str, Field(min_length=1)] | None = (
        None  # a bundle, or a run, of this encoder: its weights, and its heads' rows of labels that are still there
    )
    description: str = ""
    version: str = "1"
    licence: str = "Apache-2.0"  # of the weights
    limits: list[str] = field(default_factory=list)  # sentences for the card
    heads: list[HeadRecipe] = field(default_factory=list)
    training: TrainingRecipe = field(default_factory=TrainingRecipe)
    pretraining: PretrainingRecipe | None = None  # the encoder first reads texts of the domain; for words of a trade
    export: ExportRecipe = field(default_factory=ExportRecipe)
    accept: dict[str, Annotated[float, Field(ge=0, le=1)]] = field(
        default_factory=dict
    )  # floors on test: "metric" or "head.metric"
    doctor: dict[str, Annotated[float, Field(ge=0, le=1)]] = field(
        default_factory=dict
    )  # check -> the share of a split's rows that it may concern; beyond, nothing is trained
    folder: Annotated[Path, Field(exclude=True)] = field(default=Path(), compare=False)

    def values(self) -> dict[str, Any]:
        """The recipe as plain values, for the bundle."""
        content = asdict(self)
        del content["folder"]
        return content
