"""recipe -> a trained model in a run folder.

run/recipe.json      the recipe's values, with any changes from the command line
run/data.json        sources with digests, rows in each split
run/checkpoints/     one an epoch, to go on from after a kill
run/pretraining/     one checkpoint of [pretraining], while it lasts
run/encoder/         the encoder after it, from which fine-tuning starts
run/teacher/         what the teacher of [training.distil] says of each row
run/model/           the best epoch: config.json, model.safetensors, tokenizer.json
run/report.json      metrics on validation, per label, rows per second, history
run/curves.png       loss and metrics by epoch
run/tensorboard/     the same for TensorBoard, or as headwater.training.tracking says
"""

import json
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from peft import AdaLoraModel
from tokenizers import Tokenizer
from transformers import AutoConfig, EarlyStoppingCallback, TrainerCallback, TrainingArguments, set_seed

from headwater.data.corpus import Corpus, describe, load_corpus
from headwater.data.doctor import examine
from headwater.encoders import resolve
from headwater.errors import RecipeError, TrainingError
from headwater.evaluation import DEFAULT_METRIC
from headwater.recipe import Recipe
from headwater.text import Input, TextEncoder
from headwater.training.adapters import RankAllocation, add_adapters, check_merged, merge
from headwater.training.averages import interpolate, weights_of
from headwater.training.checkpoints import is_whole, step_of
from headwater.training.distil import Following
from headwater.training.features import Collator, WindowDataset, class_weights
from headwater.training.layers import Unfreezing, layers
from headwater.training.material import Material, material_of
from headwater.training.modeling import HeadwaterModel, build_model
from headwater.training.pretraining import pretrain
from headwater.training.report import write_report
from headwater.training.starting import open_start
from headwater.training.teacher import open_teacher
from headwater.training.tokenizer import fast_tokenizer
from headwater.training.tracking import prepare_tracking, tracked
from headwater.training.trainer import HeadTrainer, RichProgress

__all__ = ["Run", "fit", "metric_of"]


@dataclass(frozen=True)
class Run:
    """A finished run: where it is, the corpus that it was trained on, and its report."""

    folder: Path
    corpus: Corpus
    report: dict[str, Any]


def fit(recipe: Recipe, folder: Path, resume: bool = True, callbacks: Sequence[TrainerCallback] = ()) -> Run:
    """Train a recipe into a run folder; a run that was killed there goes on from its last whole epoch.

    Under torchrun every process calls this; only the first writes. `callbacks` hear what Trainer tells. Raises RecipeError, DataError, TrainingError.
    """
    transformers.utils.logging.set_verbosity_error()
    prepare_tracking(recipe)
    folder = folder.resolve()  # checkpoints name each other by path
    corpus = load_corpus(recipe)
    examine(recipe, corpus)
    teacher = open_teacher(recipe, corpus.heads)
    start = open_start(recipe)
    known = {name: one.digest for name, one in (("teacher", teacher), ("start", start)) if one}
    checkpoint = _prepare(recipe, corpus, folder, resume, known)
    material = material_of(recipe, corpus, folder, teacher)
    source, adapted = _encoder(recipe, corpus, folder)
    set_seed(recipe.training.seed)
    tokenizer, model = _model(recipe, corpus, source, material.following)
    fresh = start.into(model, tokenizer, source, [row.text for row in corpus.validation]) if start else {}
    encoder = TextEncoder(tokenizer, model.config.input_list, recipe.training.max_length, int(recipe.training.stride))
    progress = RichProgress(metric_of(recipe))
    before = weights_of(model.encoder) if recipe.training.wise_ft < 1 else {}
    tuner = add_adapters(model, recipe.training)
    trainer = _trainer(recipe, corpus, folder, encoder, model, progress, material)
    ranks = [RankAllocation(tuner, model)] if isinstance(tuner, AdaLoraModel) else []
    for callback in (*ranks, *callbacks):
        trainer.add_callback(callback)
    begun = _epoch(checkpoint) if checkpoint else 0.0  # Trainer may have thrown it away in the end
    started = time.perf_counter()
    try:
        with tracked(recipe, folder):
            result = trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    finally:
        progress.progress.stop()  # it hides the cursor
    seconds = time.perf_counter() - started
    _check_best(trainer)
    best = trainer.accelerator.unwrap_model(trainer.model, keep_fp32_wrapper=False)  # as it will be loaded
    report = {}
    if trainer.is_world_process_zero():
        unmerged = merge(tuner, best, encoder, corpus.validation) if tuner else None
        best.save_pretrained(folder / "model")
        tokenizer.save(str(folder / "model" / "tokenizer.json"))
        if unmerged:
            check_merged(folder / "model", unmerged, corpus.validation, best.device)
        if before:
            interpolate(best.encoder, before, recipe.training.wise_ft)
            best.save_pretrained(folder / "model")
        speed = len(trainer.train_dataset) * (result.metrics["epoch"] - begun) / seconds
        history = trainer.state.log_history
        more = {**material.record, **({"pretraining": adapted} if adapted else {})}
        more |= {"start": {"digest": start.digest, "fresh": fresh}} if start else {}
        report = write_report(folder, recipe, corpus, best, encoder, history, speed, more)
    return Run(folder, corpus, report)


def _encoder(recipe: Recipe, corpus: Corpus, folder: Path) -> tuple[str, dict[str, Any]]:
    """Where the encoder to start from stands, and the record of its pre-training on the recipe's texts, if any."""
    source = str(resolve(recipe.encoder))
    if recipe.pretraining is None:
        return source, {}
    kind = AutoConfig.from_pretrained(source)
    _check_length(recipe, kind)
    _inputs(recipe, kind)  # what cannot be fine-tuned is told before hours of reading
    return str(folder / "encoder"), pretrain(recipe, source, corpus.beside.pretraining, folder, _precision(recipe))


def _prepare(
    recipe: Recipe, corpus: Corpus, folder: Path, resume: bool, more: Mapping[str, Any] | None = None
) -> Path | None:
    """Make the run folder and find what to go on from; a folder of another recipe or other data is refused."""
    # The recipe's paths start in its folder, when a run is exported later.
    data = describe(corpus) | {"folder": str(recipe.folder), **(more or {})}
    wanted = json.loads(json.dumps({"recipe": recipe.values(), "data": data}, default=str))
    notes = {name: folder / f"{name}.json" for name in wanted}
    checkpoints, first = folder / "checkpoints", int(os.environ.get("RANK", "0")) == 0
    begun = any((folder / part).is_dir() for part in ("checkpoints", "encoder", "pretraining", "teacher"))
    if begun and resume:
        for name, file in notes.items():
            if not file.is_file() or not _same(json.loads(file.read_text(encoding="utf-8")), wanted[name]):
                raise TrainingError(
                    f"{folder}: holds a run of another recipe or other data ({name} differs): "
                    "name another --output, or --restart to throw it away"
                )
        parts = list(checkpoints.iterdir()) if checkpoints.is_dir() else []
        whole = [part for part in parts if is_whole(part)]
        for part in parts:
            if first and part not in whole:
                shutil.rmtree(part, ignore_errors=True)  # the process died while it wrote this one
        return max(whole, key=step_of, default=None)
    if first:
        busy = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
        if busy and not all(file.is_file() for file in notes.values()):
            raise TrainingError(
                f"{folder}: expected a free place or an older run, found something else: name another --output"
            )
        shutil.rmtree(folder, ignore_errors=True)
        try:
            folder.mkdir(parents=True)
        except OSError as fault:
            raise TrainingError(f"{folder}: cannot be made ({fault.strerror}): name another --output") from fault
        for name, file in notes.items():
            file.write_text(json.dumps(wanted[name], indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return None


def _same(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether two notes say the same; the recipe itself may have moved."""
    return {**old, "folder": ""} == {**new, "folder": ""}


def _epoch(checkpoint: Path) -> float:
    return float(json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))["epoch"])


def _check_best(trainer: HeadTrainer) -> None:
    """Trainer only warns where it cannot find the best epoch, and leaves the last one in its place."""
    best = trainer.state.best_model_checkpoint
    if best is not None and not Path(best).is_dir():
        raise TrainingError(
            f"{best}: expected the best epoch here, found none: was the run moved? begin it again with --restart"
        )


def _model(
    recipe: Recipe, corpus: Corpus, source: str = "", following: Following | None = None
) -> tuple[Tokenizer, HeadwaterModel]:
    source = source or str(resolve(recipe.encoder))
    kind = AutoConfig.from_pretrained(source)
    _check_length(recipe, kind)
    taken = [head.name for head in corpus.heads if hasattr(torch.nn.ModuleDict(), head.name)]
    if taken:
        raise RecipeError(
            recipe.name, [f"heads.{taken[0]}.name: expected another, since torch calls something else so"]
        )
    tokenizer = fast_tokenizer(source)
    options = recipe.training
    heads = {entry.name: entry for entry in recipe.heads}
    balanced = {
        head.name: class_weights(head, corpus.train)
        for head in corpus.heads
        if heads[head.name].class_weights == "balanced"
    }
    model = build_model(
        source,
        corpus.heads,
        _inputs(recipe, kind),
        casing=options.casing,
        pooling=options.pooling,
        dropout=options.dropout,
        label_smoothing=options.label_smoothing,
        focal=options.focal,
        # What a teacher's word does not count, the labels do.
        weights={
            name: entry.weight - (following.weights.get(name, 0.0) if following else 0.0)
            for name, entry in heads.items()
        },
        class_weights=balanced,
        max_length=options.max_length,
        stride=int(options.stride),
    )
    return tokenizer, model


def _check_length(recipe: Recipe, kind: Any) -> None:
    """Raise RecipeError where texts may be longer than the encoder's table of positions."""
    longest = getattr(kind, "max_position_embeddings", None) or recipe.training.max_length
    if kind.model_type in (
        "camembert",
        "mpnet",
        "roberta",
        "xlm-roberta",
    ):  # these count from the padding token's id on
        longest -= kind.pad_token_id + 1
    if recipe.training.max_length > longest > 0:
        raise RecipeError(
            recipe.name,
            [f"training.max_length: expected at most {longest}, the encoder's, got {recipe.training.max_length}"],
        )


def _inputs(recipe: Recipe, config: Any) -> tuple[Input, ...]:
    """Ids and mask always; token types where the encoder has them: the casing of words, or which text of a pair."""
    inputs = [Input("input_ids", "ids.v1"), Input("attention_mask", "mask.v1")]
    has_types = getattr(config, "type_vocab_size", 0) >= 1 and config.model_type not in ("mpnet", "distilbert")
    if recipe.training.casing and not has_types:
        raise RecipeError(
            recipe.name, [f"training.casing: expected an encoder with token types, got {config.model_type}"]
        )
    if recipe.training.casing and any(head.kind == "pair" for head in recipe.heads):
        raise RecipeError(recipe.name, ["training.casing: expected no pair head, since both need the token types"])
    if has_types and (config.type_vocab_size > 1 or recipe.training.casing):
        inputs.append(Input("token_type_ids", "casing.v1" if recipe.training.casing else "segments.v1"))
    return tuple(inputs)


def _trainer(
    recipe: Recipe,
    corpus: Corpus,
    folder: Path,
    encoder: TextEncoder,
    model: HeadwaterModel,
    progress: RichProgress,
    material: Material | None = None,
) -> HeadTrainer:
    options, metric = recipe.training, progress.metric
    if not layers(model) and (options.layer_decay < 1 or options.unfreeze):
        raise TrainingError(
            "training.layer_decay, training.unfreeze: expected an encoder with layers of their own, got "
            f"{model.encoder.config.model_type}: leave them out"
        )
    material = material or Material(corpus.train)
    dataset = WindowDataset(material.rows, encoder, corpus.heads, material.lessons)
    callbacks: list[Any] = [progress]
    if options.unfreeze:
        callbacks.append(Unfreezing(options.unfreeze))
    if options.patience:
        callbacks.append(EarlyStoppingCallback(options.patience))
    return HeadTrainer(
        model=model,
        args=_arguments(recipe, folder, metric, len(dataset)),
        data_collator=Collator(encoder, corpus.heads, any(row.lacks for row in corpus.train), options.word_dropout),
        train_dataset=dataset,
        eval_dataset=corpus.validation,
        callbacks=callbacks,
        encoder=encoder,
        validation=corpus.validation,
        head_rate=options.head_rate,
        freeze=options.freeze,
        layer_decay=options.layer_decay,
        r_drop=options.r_drop,
        ema=options.ema,
        following=material.following,
    )


def _arguments(recipe: Recipe, folder: Path, metric: str, rows: int) -> TrainingArguments:
    options = recipe.training
    cuda = torch.cuda.is_available()
    return TrainingArguments(
        output_dir=str(folder / "checkpoints"),
        num_train_epochs=options.epochs,
        learning_rate=options.learning_rate,
        per_device_train_batch_size=options.batch_size,
        gradient_accumulation_steps=options.accumulate,
        weight_decay=options.weight_decay,
        warmup_ratio=options.warmup,
        lr_scheduler_type=options.scheduler,
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model=f"eval_{metric}",
        greater_is_better=not metric.endswith("ece"),
        logging_steps=min(20, -(-rows // (options.batch_size * options.accumulate))),  # a small set has a curve too
        restore_callback_states_from_checkpoint=True,  # patience goes on counting
        logging_dir=str(folder / "tensorboard"),
        report_to=[options.tracking],
        run_name=recipe.name,
        seed=options.seed,
        **_precision(recipe),
        use_cpu=not cuda,
        ddp_find_unused_parameters=True if options.unfreeze else None,  # layers that sleep have no gradient
        dataloader_pin_memory=cuda,
        remove_unused_columns=False,
        label_names=["targets"],
        disable_tqdm=True,
    )


def _precision(recipe: Recipe) -> dict[str, bool]:
    options, cuda = recipe.training, torch.cuda.is_available()
    if options.precision == "fp16" and not cuda:
        raise TrainingError(
            f"{recipe.name}: training.precision: expected a GPU for fp16, found none: take auto or fp32"
        )
    bf16 = options.precision == "bf16" or (options.precision == "auto" and cuda and torch.cuda.is_bf16_supported())
    fp16 = options.precision == "fp16" or (options.precision == "auto" and cuda and not bf16)
    return {"bf16": bf16, "fp16": fp16}


def metric_of(recipe: Recipe) -> str:
    """HEAD.METRIC on validation that picks the best epoch. Raises TrainingError where no head has any."""
    first = next((head for head in recipe.heads if head.kind in DEFAULT_METRIC), None)
    if first is None:
        raise TrainingError("expected a head that learns from labels, got embeddings only: export the encoder instead")
    metric = recipe.training.metric or f"{first.name}.{DEFAULT_METRIC[first.kind]}"
    return metric if "." in metric else f"{recipe.heads[0].name}.{metric}"
