"""recipe.toml -> frozen dataclasses: how one model is made, as values only.

A recipe is read whole before anything runs, and every fault in it is reported at once, with its key and what
would be right there. `models/*/recipe.toml` are the recipes of the models that ship.
"""

import json
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from headwater.errors import RecipeError

__all__ = [
    "METRICS",
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
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
AboveZero = Annotated[float, Field(gt=0, allow_inf_nan=False)]
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
    tolerance: AboveZero = 1e-3  # largest logit difference between torch and unrounded ONNX


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
    accept: dict[str, Annotated[float, Field(ge=0, le=1)]] = field(
        default_factory=dict
    )  # floors on test: "metric" or "head.metric"
    folder: Annotated[Path, Field(exclude=True)] = field(default=Path(), compare=False)

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
            if not isinstance(place, dict):
                raise RecipeError(str(file), [f"{key}: expected {parent} to be a table, got {_short(place)}"])
        place[last] = value
    return parse_recipe(content, str(file), file.resolve().parent)


def parse_recipe(content: Mapping[str, Any], where: str = "recipe", folder: Path = Path()) -> Recipe:
    """Check a recipe's values and fill in what a task implies. Raises RecipeError with every fault."""
    values = {key: value for key, value in content.items() if key != "folder"}
    faults = [_unknown("folder")] if "folder" in content else []
    try:
        return _parsed(values, folder, faults)
    except ValidationError as fault:
        told = _faults(fault)
        faults += [f"{key}: {message}" for key, message in told.items()]
        # What does not fit together is told too, where it can be seen without the values that are wrong by themselves.
        try:
            _parsed(_without(values, fault), folder, [])
        except ValidationError:
            pass
        except RecipeError as more:
            wrong = {part for key in told for part in (key, *key.split(".")) if not part.isdigit()} - {
                "data",
                "training",
            }
            faults += [entry for entry in more.faults if not any(part in entry for part in wrong)]
        raise RecipeError(where, faults) from fault
    except RecipeError as fault:
        raise RecipeError(where, fault.faults) from fault


def _parsed(content: Mapping[str, Any], folder: Path, faults: list[str]) -> Recipe:
    # As JSON, because strictness there means the types of a file: no "3" for 3, but a table for a dataclass.
    recipe = TypeAdapter(Recipe).validate_json(json.dumps(content, default=str), strict=True)
    recipe = replace(recipe, folder=folder)
    if not recipe.heads and recipe.task in TASKS:
        name, kind = TASKS[recipe.task]
        recipe = replace(recipe, heads=[HeadRecipe(name=name, kind=kind)])  # type: ignore[arg-type]
    faults = [*faults, *_head_faults(recipe), *_data_faults(recipe), *_training_faults(recipe), *_metric_faults(recipe)]
    if faults:
        raise RecipeError("recipe", faults)
    return recipe


SHARE = 'a share such as 0.1, a list of sources, or a table such as { share = 0.5, of = "validation" }'
SOURCE = 'a source such as "rows.csv", "owner/name:train" or { source = "rows.csv" }'
EXPECTED = {  # by pydantic's name for the kind of fault
    "bool_type": "true or false",
    "dataclass_type": "a table",
    "dict_type": "a table",
    "finite_number": "a finite number",
    "float_type": "a number",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "int_from_float": "a whole number",
    "int_type": "a whole number",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
    "list_type": "a list",
    "literal_error": "{expected}",
    "string_pattern_mismatch": "a name of lower-case letters, digits, '.', '_' and '-'",
    "string_too_short": "a text that is not empty",
    "string_type": "a text",
    "too_short": "a list with something in it",
}


def _faults(fault: ValidationError) -> dict[str, str]:
    """Key -> one sentence; where several forms are allowed, their faults are told as one."""
    told: dict[str, list[str]] = {}
    for error in fault.errors():
        key = _key(error["loc"])
        if error["type"] == "unexpected_keyword_argument":
            message = _unknown(key).partition(": ")[2]
        elif error["type"] == "missing":
            message = "missing, and a recipe needs it"
        else:
            expected = EXPECTED.get(error["type"], error["msg"]).format(**error.get("ctx", {}))
            message = f"expected {expected}, got {_short(error['input'])}"
        told.setdefault(key, []).append(message)
        if _is_form(error["loc"][-1]):
            form = SHARE if key in ("data.validation", "data.calibration") else SOURCE
            told[key] = [f"expected {form}, got {_short(error['input'])}"]
    deep = {
        key for key in told if any(other.startswith(f"{key}.") for other in told)
    }  # the right form, with a fault in it
    return {key: "; ".join(dict.fromkeys(messages)) for key, messages in told.items() if key not in deep}


def _key(place: tuple[int | str, ...]) -> str:
    """The key of a fault, without pydantic's names for the forms of a union."""
    return ".".join(str(part) for part in place if not _is_form(part))


def _is_form(part: int | str) -> bool:
    return "[" in str(part) or part in ("Source", "Share", "str", "float", "constrained-float", "constrained-str")


def _unknown(key: str) -> str:
    table, _, name = key.rpartition(".")
    top = table.partition(".")[0]
    kinds: dict[str, tuple[type, ...]] = {
        "": (Recipe,),
        "data": (DataRecipe,),
        "training": (TrainingRecipe,),
        "export": (ExportRecipe,),
    }
    known = [
        item.name
        for kind in kinds.get(table, (HeadRecipe,) if top == "heads" else (Source, Share))
        for item in fields(kind)
    ]
    known = [entry for entry in known if entry != "folder"]
    near = get_close_matches(name, known, 1, 0.7)
    return f"{key}: unknown key; " + (f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}")


def _short(value: Any) -> str:
    said = repr(value)
    return said if len(said) <= 80 else f"{said[:77]}..."


def _without(content: Mapping[str, Any], fault: ValidationError) -> dict[str, Any]:
    """The values less those that are at fault, so that defaults stand in for them."""
    left = deepcopy(dict(content))
    for error in fault.errors():
        place: Any = left
        for part in _key(error["loc"]).split("."):
            value = place.get(part)
            if not isinstance(value, dict):  # the fault itself, or the list in which it stands
                place.pop(part, None)
                break
            place = value
    return {"name": "x", "encoder": "x"} | left


def _head_faults(recipe: Recipe) -> list[str]:
    faults = []
    names = [head.name for head in recipe.heads]
    if not names:
        faults.append('heads: task "mixed" expected at least one [[heads]] table with name and kind')
    if len(set(names)) < len(names):
        faults.append(f"heads: expected different names, got {names}")
    for head in recipe.heads:
        key, kind = f"heads.{head.name}", TASKS.get(recipe.task, ("", head.kind))[1]
        if head.kind != kind:
            faults.append(
                f'{key}.kind: expected {kind!r} in a task "{recipe.task}" (or task "mixed"), got {head.kind!r}'
            )
        if head.out_of_scope is not None and head.kind not in ("single", "pair"):
            faults.append(f"{key}.out_of_scope: expected on a single or pair head, got kind {head.kind!r}")
        if head.labels is not None and (not head.labels or len(set(head.labels)) < len(head.labels)):
            faults.append(f"{key}.labels: expected different labels, got {_short(head.labels)}")
        if head.labels is not None and head.out_of_scope not in (None, *head.labels):
            faults.append(f"{key}.out_of_scope: expected one of its labels, got {head.out_of_scope!r}")
    return faults


def _data_faults(recipe: Recipe) -> list[str]:
    faults = []
    if recipe.data.map is not None and not (recipe.folder / recipe.data.map).is_file():
        faults.append(f"data.map: expected a file beside the recipe, found none at {recipe.folder / recipe.data.map}")
    types = {label for head in recipe.heads if head.kind == "token" for label in head.labels or ()}
    open_ended = any(head.kind == "token" and head.labels is None for head in recipe.heads)
    for source in recipe.data.train:
        strange = set(source.lacks) - types if isinstance(source, Source) and not open_ended else set()
        if strange:
            faults.append(f"data.train.lacks: expected types of a token head, got {sorted(strange)}")
    shares = {}
    for split in ("validation", "calibration"):
        value = getattr(recipe.data, split)
        if value == []:
            faults.append(f"data.{split}: expected {SHARE}, got []")
        if isinstance(value, Share) and value.of == split:
            faults.append(f"data.{split}.of: expected another split, got {split!r}")
        if isinstance(value, float) or (isinstance(value, Share) and value.of == "train"):
            shares[split] = value if isinstance(value, float) else value.share
    if sum(shares.values()) >= 1:
        faults.append(
            f"data: expected validation and calibration to leave rows for train, got {sum(shares.values()):g} of it"
        )
    return faults


def _training_faults(recipe: Recipe) -> list[str]:
    faults, training = [], recipe.training
    if training.stride >= training.max_length - 4:
        faults.append(
            f"training.stride: expected below max_length - 4 = {training.max_length - 4}, got {training.stride}"
        )
    partial = any(isinstance(source, Source) and source.lacks for source in recipe.data.train)
    if partial and training.label_smoothing:
        faults.append(
            "training.label_smoothing: expected 0 where a source lacks labels, since it would teach those too"
        )
    return faults


def _metric_faults(recipe: Recipe) -> list[str]:
    """A misspelt metric would be found only after hours of training."""
    faults = []
    heads = {head.name: head for head in recipe.heads}
    wanted = [(f"accept.{key}", key) for key in recipe.accept]
    wanted += [("training.metric", recipe.training.metric)] if recipe.training.metric else []
    for key, value in wanted:
        name, dot, metric = value.rpartition(".")
        head = heads.get(name) if dot else (recipe.heads[0] if len(heads) == 1 else None)
        if head is None:
            faults.append(f"{key}: expected HEAD.METRIC with one of the heads {list(heads)}, got {value!r}")
            continue
        known = [*METRICS[head.kind], *(OUT_OF_SCOPE if head.out_of_scope else ())]
        if key.startswith("accept."):  # floors: the less ece, the better
            known.remove("ece") if "ece" in known else None
        if metric not in known:
            faults.append(f"{key}: expected a metric of {', '.join(known) or 'a head that has any'}, got {metric!r}")
    return faults
