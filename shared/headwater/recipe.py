"""recipe.toml -> frozen dataclasses: how one model is made, as values only.

A recipe is read whole before anything runs, and every fault in it is reported at once, with its key and what
would be right there. `models/*/recipe.toml` are the recipes of the models that ship.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from headwater.errors import RecipeError

__all__ = [
    "DataRecipe",
    "ExportRecipe",
    "HeadRecipe",
    "Recipe",
    "Share",
    "Source",
    "TrainingRecipe",
    "load_recipe",
    "parse_recipe",
]

STRICT: Any = {"extra": "forbid"}
Kind = Literal["single", "multi", "pair", "token", "embedding"]
Positive = Annotated[int, Field(ge=1)]
Fraction = Annotated[float, Field(gt=0, lt=1)]
NotNegative = Annotated[float, Field(ge=0)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
COLUMNS: dict[str, str] = {"single": "label", "pair": "label", "multi": "labels", "token": "spans", "embedding": ""}
TASKS: dict[str, tuple[str, str]] = {  # task -> (head name, kind)
    "classification": ("label", "single"),
    "multi-label": ("labels", "multi"),
    "pair": ("label", "pair"),
    "tagging": ("entities", "token"),
    "embedding": ("embedding", "embedding"),
}


@dataclass(frozen=True)
class HeadRecipe:
    """One head. `column` is where its labels stand in the data; `labels` fixes their order (default: sorted)."""

    __pydantic_config__ = STRICT
    name: Name
    kind: Kind
    labels: list[str] | None = None  # of a token head: the types, without B- and I-
    column: str | None = None
    weight: Annotated[float, Field(gt=0)] = 1.0  # of this head's loss in the sum
    out_of_scope: str | None = None
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
    spans_as: Literal["unanimous"] | None = None  # a document takes the label that all its spans share, or is dropped
    lacks: list[str] = field(default_factory=list)  # types this set never marks: its O may be one of them
    joiner: str = " "  # between the tokens of tagged data; "" for Chinese


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
    seed: int = 13


@dataclass(frozen=True)
class TrainingRecipe:
    """Fine-tuning. The defaults suit a small encoder; a line says when to turn each."""

    __pydantic_config__ = STRICT
    epochs: Positive = 4
    learning_rate: Annotated[float, Field(gt=0, lt=1)] = 2e-4  # small encoders take ten times BERT's
    head_rate: Annotated[float, Field(gt=0)] = 1.0  # times learning_rate, for heads and other fresh weights
    batch_size: Positive = 32
    accumulate: Positive = 1  # batches an update: a larger batch in the same memory
    max_length: Annotated[int, Field(ge=8)] = 128
    stride: NotNegative | int = 32
    casing: bool = False  # tells an uncased encoder how each word is written (a row of token types for each way)
    pooling: Literal["mean", "cls"] = "mean"
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    word_dropout: Annotated[float, Field(ge=0, lt=0.5)] = 0.0  # share of tokens masked anew each time: context over names
    label_smoothing: Annotated[float, Field(ge=0, lt=0.5)] = 0.0  # helps where labels are noisy
    weight_decay: NotNegative = 0.01
    warmup: Annotated[float, Field(ge=0, lt=1)] = 0.1  # share of all updates
    scheduler: Literal["linear", "cosine", "constant_with_warmup"] = "linear"
    freeze: list[str] = field(default_factory=list)  # parameters whose names begin so; saves time, costs a little
    patience: Positive | None = None  # stop after so many epochs without a better metric
    metric: str | None = None  # "head.metric" on validation that picks the best epoch (default: the first head's own)
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"  # auto: bf16 or fp16 on a GPU that has it, else fp32
    seed: int = 13


@dataclass(frozen=True)
class ExportRecipe:
    """What the bundle holds and how close the export must be."""

    __pydantic_config__ = STRICT
    variants: list[Literal["int8", "fp32"]] = field(default_factory=lambda: ["int8", "fp32"])
    tolerance: Annotated[float, Field(gt=0)] = 1e-3  # largest logit difference between torch and unrounded ONNX


@dataclass(frozen=True)
class Recipe:
    """A whole recipe; `folder` is where its file stands, for the relative paths in it."""

    __pydantic_config__ = STRICT
    name: Name
    task: Literal["classification", "multi-label", "pair", "tagging", "embedding", "mixed"]
    encoder: Annotated[str, Field(min_length=1)]
    data: DataRecipe
    description: str = ""
    version: str = "1"
    licence: str = "Apache-2.0"  # of the weights
    limits: list[str] = field(default_factory=list)  # sentences for the card
    heads: list[HeadRecipe] = field(default_factory=list)
    training: TrainingRecipe = field(default_factory=TrainingRecipe)
    export: ExportRecipe = field(default_factory=ExportRecipe)
    accept: dict[str, float] = field(default_factory=dict)  # floors on test: "metric" or "head.metric"
    folder: Annotated[Path, Field(exclude=True)] = field(default=Path("."), compare=False)

    def values(self) -> dict[str, Any]:
        """The recipe as plain values, for the bundle."""
        content = asdict(self)
        del content["folder"]
        return content


def load_recipe(path: str | Path, changes: Mapping[str, Any] | None = None) -> Recipe:
    """Read a recipe file; `changes` sets dotted keys ("training.epochs") over it. Raises RecipeError."""
    file = Path(path)
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as fault:
        raise RecipeError(str(file), [f"expected a readable file: {fault.strerror or fault}"]) from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise RecipeError(str(file), [f"expected TOML: {fault}"]) from fault
    for key, value in (changes or {}).items():
        *parents, last = key.split(".")
        place = content
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return parse_recipe(content, str(file), file.resolve().parent)


def parse_recipe(content: Mapping[str, Any], where: str = "recipe", folder: Path = Path(".")) -> Recipe:
    """Check a recipe's values and fill in what a task implies. Raises RecipeError with every fault."""
    try:
        # As JSON, because strictness there means the types of a file: no "3" for 3, but a table for a dataclass.
        raw = json.dumps({**content, "folder": str(folder)}, default=str)
        recipe = TypeAdapter(Recipe).validate_json(raw, strict=True)
    except ValidationError as fault:
        raise RecipeError(where, _faults(fault)) from fault
    if not recipe.heads and recipe.task in TASKS:
        name, kind = TASKS[recipe.task]
        recipe = replace(recipe, heads=[HeadRecipe(name=name, kind=kind)])  # type: ignore[arg-type]
    faults = _impossible(recipe)
    if faults:
        raise RecipeError(where, faults)
    return recipe


def _faults(fault: ValidationError) -> list[str]:
    """One sentence for each wrong key; where several forms are allowed, their faults are told as one."""
    told: dict[str, list[str]] = {}
    for error in fault.errors():
        names = [str(part) for part in error["loc"]]
        key = ".".join(part for part in names if not _is_form(part))
        if error["type"] == "unexpected_keyword_argument":
            told.setdefault(key, []).append("unknown key; see the recipe's reference in the README")
        elif error["type"] == "missing":
            told.setdefault(key, []).append("missing, and a recipe needs it")
        else:
            message = error["msg"].removeprefix("Input ").replace("should be", "expected")
            told.setdefault(key, []).append(f"{message}, got {error['input']!r}")
    return [f"{key}: {'; or '.join(dict.fromkeys(messages))}" for key, messages in told.items()]


def _is_form(part: str) -> bool:
    """Whether a part of an error's place is pydantic's name for one form of a union, not a key."""
    return "[" in part or part in ("Source", "Share", "str", "float", "int", "constrained-float")


def _impossible(recipe: Recipe) -> list[str]:
    """Values that are each possible but not together."""
    faults = []
    names = [head.name for head in recipe.heads]
    if not names:
        faults.append('heads: task "mixed" expected at least one [[heads]] table with name and kind')
    if len(set(names)) < len(names):
        faults.append(f"heads: expected different names, got {names}")
    for head in recipe.heads:
        if head.out_of_scope is not None and head.kind not in ("single", "pair"):
            faults.append(f"heads.{head.name}.out_of_scope: expected on a single or pair head, got kind {head.kind!r}")
    if recipe.training.stride >= recipe.training.max_length - 4:
        faults.append(f"training.stride: expected below max_length - 4 = {recipe.training.max_length - 4}, got {recipe.training.stride}")
    partial = any(isinstance(source, Source) and source.lacks for source in recipe.data.train)
    if partial and recipe.training.label_smoothing:
        faults.append("training.label_smoothing: expected 0 where a source lacks labels, since it would teach those too")
    for split in ("validation", "calibration"):
        value = getattr(recipe.data, split)
        if isinstance(value, Share) and value.of == split:
            faults.append(f"data.{split}.of: expected another split, got {split!r}")
    shares = [value for value in (recipe.data.validation, recipe.data.calibration) if isinstance(value, float)]
    if sum(shares) >= 1:
        faults.append(f"data: validation and calibration expected to leave rows for train, got {sum(shares)} of it")
    for key in [*recipe.accept, *([recipe.training.metric] if recipe.training.metric else [])]:
        head, dot, _ = key.partition(".")
        if (dot and head not in names) or (not dot and len(names) != 1):
            faults.append(f"{key}: expected HEAD.METRIC with a head of {names}")
    return faults
