"""What does not fit together in a recipe whose values are right by themselves."""

from headwater.recipe.strategy_checks import strategy_faults
from headwater.recipe.values import CHECKS, METRICS, OUT_OF_SCOPE, TASKS, Recipe, Share, Source, Split, TrainingRecipe
from headwater.recipe.wording import SHARE, short

__all__ = ["misfits"]

TAKEN = ("attention_mask", "input_ids", "loss", "token_type_ids")
SPLITS = ("train", "validation", "calibration", "test", "also")


def misfits(recipe: Recipe) -> list[str]:
    """One sentence a fault, each with its key."""
    unknown = ", ".join(sorted(set(recipe.doctor) - set(CHECKS)))
    doctor = [f"doctor: expected checks out of {', '.join(CHECKS)}; got {unknown}"] if unknown else []
    data, training = _data_faults(recipe), [*_training_faults(recipe), *strategy_faults(recipe)]
    return [*_head_faults(recipe), *doctor, *data, *training, *_metric_faults(recipe)]


def _head_faults(recipe: Recipe) -> list[str]:
    faults = []
    names = [head.name for head in recipe.heads]
    if not names:
        faults.append('heads: task "mixed" expected at least one [[heads]] table with name and kind')
    if len(set(names)) < len(names):
        faults.append(f"heads: expected different names, got {names}")
    for head in recipe.heads:
        if head.name in TAKEN or "." in head.name:
            faults.append(
                f"heads.{head.name}.name: expected a name without a dot, and none of {', '.join(TAKEN)}, which mean "
                f"something else to a model; got {head.name!r}: with `column` the data may call it so"
            )
        key, kind = f"heads.{head.name}", TASKS.get(recipe.task, ("", head.kind))[1]
        if head.kind != kind:
            faults.append(
                f'{key}.kind: expected {kind!r} in a task "{recipe.task}" (or task "mixed"), got {head.kind!r}'
            )
        if head.out_of_scope is not None and head.kind not in ("single", "pair"):
            faults.append(f"{key}.out_of_scope: expected on a single or pair head, got kind {head.kind!r}")
        if head.decoder != "viterbi" and head.kind != "token":
            faults.append(f"{key}.decoder: expected on a token head, got kind {head.kind!r}")
        if head.labels is not None and (not head.labels or len(set(head.labels)) < len(head.labels)):
            faults.append(f"{key}.labels: expected different labels, got {short(head.labels)}")
        if head.labels is not None and head.out_of_scope not in (None, *head.labels):
            faults.append(f"{key}.out_of_scope: expected one of its labels, got {head.out_of_scope!r}")
    return faults


def _data_faults(recipe: Recipe) -> list[str]:
    faults = []
    if recipe.data.map is not None and not (recipe.folder / recipe.data.map).is_file():
        faults.append(f"data.map: expected a file beside the recipe, found none at {recipe.folder / recipe.data.map}")
    for split in SPLITS:
        listed = getattr(recipe.data, split)
        faults += _source_faults(recipe, f"data.{split}", listed if isinstance(listed, list) else [])
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


def _source_faults(recipe: Recipe, key: str, sources: Split) -> list[str]:
    faults, names = [], [head.name for head in recipe.heads]
    for source in sources:
        if not isinstance(source, Source):
            continue
        strange = sorted(set(source.columns or ()) - set(names))
        if strange or source.columns == {}:
            faults.append(f"{key}.columns: expected columns of the heads {names}, got {strange or 'none'}")
        listed = recipe.folder / (source.leave_out or "")
        if source.leave_out is not None and not listed.is_file():
            faults.append(f"{key}.leave_out: expected a file beside the recipe, found none at {listed}")
    return faults


def _training_faults(recipe: Recipe) -> list[str]:
    faults, training = [], recipe.training
    if training.stride >= training.max_length - 4:
        faults.append(
            f"training.stride: expected below max_length - 4 = {training.max_length - 4}, got {training.stride}"
        )
    kinds = {head.kind for head in recipe.heads}
    if training.label_smoothing and kinds and not kinds & {"single", "pair", "token"}:
        faults.append("training.label_smoothing: expected 0 where no head chooses one label, since it would do nothing")
    partial = any(isinstance(source, Source) and source.lacks for source in recipe.data.train)
    if partial and training.label_smoothing:
        faults.append(
            "training.label_smoothing: expected 0 where a source lacks labels, since it would teach those too"
        )
    return [*faults, *_adapter_faults(training)]


def _adapter_faults(training: TrainingRecipe) -> list[str]:
    if training.adapter == "none":
        return []
    away = {"freeze": [], "layer_decay": 1.0, "unfreeze": 0.0}
    faults = [
        f'training.{key}: expected {value} with adapter "{training.adapter}", which freezes the whole encoder; '
        f"got {getattr(training, key)}"
        for key, value in away.items()
        if getattr(training, key) != value
    ]
    if training.adapter == "adalora" and training.ema:
        faults.append(
            'training.ema: expected 0 with adapter "adalora", since ranks that it took away would live on in the average; '
            f"got {training.ema}"
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
