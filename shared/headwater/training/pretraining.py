"""Continued pre-training: the encoder reads texts of the domain and fills in masked tokens, before it is fine-tuned.

run/pretraining/   one checkpoint, of the last whole epoch, while it lasts
run/encoder/       the adapted encoder with its tokenizer, and pretraining.json: what it was made from, and the losses

Masked language modelling after Devlin et al. 2019 (of the tokens to fill in, 80 % are masked, 10 % replaced, 10 % left),
continued on the texts of a task as in Gururangan et al. 2020 ("Don't stop pretraining").
"""

import json
import math
import os
import shutil
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset, Sampler
from transformers import (
    AutoModelForMaskedLM,
    DataCollatorForLanguageModeling,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    PrinterCallback,
    Trainer,
    TrainingArguments,
    set_seed,
)

from headwater.errors import RecipeError, TrainingError
from headwater.recipe import Recipe
from headwater.text import clean
from headwater.training.checkpoints import last_whole
from headwater.training.tokenizer import load_fast
from headwater.training.trainer import LengthGroups, RichProgress

__all__ = ["pretrain"]

HELD_OUT, MOST_HELD_OUT = 0.05, 2000  # share and number of texts on which the loss is measured before and after
NOTE = "pretraining.json"
Items = Sequence[Mapping[str, Any]]


class _Texts(Dataset):
    """Token ids of texts, and which of them are special; a text longer than the model gives several stretches."""

    def __init__(self, texts: Sequence[str], tokenizer: PreTrainedTokenizerFast, max_length: int) -> None:
        found = tokenizer(
            [clean(text) for text in texts],  # as every text is read in training and in service
            truncation=True,
            max_length=max_length,
            return_overflowing_tokens=True,
            return_special_tokens_mask=True,
        )
        rows = zip(found["input_ids"], found["special_tokens_mask"], strict=True)
        self.rows = [(np.array(ids, np.int32), np.array(special, np.int8)) for ids, special in rows]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, number: int) -> dict[str, list[int]]:
        ids, special = self.rows[number]
        return {"input_ids": ids.tolist(), "special_tokens_mask": special.tolist()}


class _MaskingTrainer(Trainer):
    """Trainer with rows of about the same length together, in an order that follows from seed and epoch alone."""

    def _get_train_sampler(self, train_dataset: _Texts | None = None) -> Sampler:
        data = train_dataset or self.train_dataset
        together = self.args.train_batch_size * self.args.world_size
        return LengthGroups([len(ids) for ids, _ in data.rows], together, self.args.seed)


def pretrain(
    recipe: Recipe, source: str, texts: Sequence[str], folder: Path, precision: Mapping[str, bool]
) -> dict[str, Any]:
    """Pre-train an encoder (a folder or hub id) further into `folder`/encoder, and give the record of it.

    What is there already for the same texts and settings is not made again; a stage that was killed goes on from its last
    whole epoch. The record has the mean loss of held-out texts before and after, the same tokens masked, in nats a token;
    the exponential is the pseudo-perplexity. A sentence encoder (minilm-l6, mpnet-base) comes without the head that names
    masked tokens: it gets a fresh one, tied to its word embeddings, so that its loss before is that of a head which knows
    nothing, and a small set may teach the head more than the encoder. Raises RecipeError and TrainingError.
    """
    if recipe.pretraining is None:
        raise TrainingError(f"{recipe.name}: expected a recipe with [pretraining], got none")
    arguments = _arguments(recipe, folder / "pretraining", precision)
    _together(arguments)  # the first process may still be clearing the folder
    done, note = folder / "encoder", folder / "encoder" / NOTE
    digest = _digest(recipe, source, texts)
    if note.is_file():
        record: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
        if record["digest"] == digest:
            return record
    if len(texts) < 2:
        raise TrainingError(
            "pretraining.texts: expected two different texts or more, one to learn from and one to measure on; got 1"
        )
    record = {"digest": digest, **_train(recipe, source, texts, folder, arguments)}
    if int(os.environ.get("RANK", "0")) == 0:
        partial = folder / "encoder.partial"
        (partial / NOTE).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        shutil.rmtree(done, ignore_errors=True)
        os.replace(partial, done)
        shutil.rmtree(folder / "pretraining", ignore_errors=True)
    _together(arguments)  # the others read what the first has written
    return record


def _together(arguments: TrainingArguments) -> None:
    """Wait for all processes; `arguments` start the group of them."""
    if arguments.world_size > 1:
        torch.distributed.barrier()


def _digest(recipe: Recipe, source: str, texts: Sequence[str]) -> str:
    settings = {name: value for name, value in vars(recipe.pretraining).items() if name != "texts"}
    made_from = (source, sorted(settings.items()), recipe.training.max_length, recipe.training.seed, list(texts))
    return sha256(repr(made_from).encode("utf-8", "surrogatepass")).hexdigest()


def _train(
    recipe: Recipe, source: str, texts: Sequence[str], folder: Path, arguments: TrainingArguments
) -> dict[str, Any]:
    seed, options = recipe.training.seed, recipe.pretraining
    set_seed(seed)  # of the head, where it is a fresh one
    tokenizer, model = _open(recipe, source)
    held, learnt = _parted(texts, seed)
    length = recipe.training.max_length
    rows, measured = _Texts(learnt, tokenizer, length), _Texts(held, tokenizer, length)
    progress = RichProgress("loss")
    trainer = _MaskingTrainer(
        model=model,
        args=arguments,
        data_collator=DataCollatorForLanguageModeling(tokenizer, mlm_probability=options.mask),  # type: ignore[union-attr]
        train_dataset=rows,
        callbacks=[progress],
    )
    trainer.remove_callback(PrinterCallback)
    before = _loss(trainer, measured, seed)
    checkpoint = last_whole(folder / "pretraining")
    try:
        if checkpoint is not None:  # `before` is of the encoder as it came, whatever the checkpoint then puts into it
            trainer.train(resume_from_checkpoint=str(checkpoint))
        else:
            trainer.train()
    finally:
        progress.progress.stop()  # it hides the cursor
    after = _loss(trainer, measured, seed)
    if trainer.is_world_process_zero():
        shutil.rmtree(folder / "encoder.partial", ignore_errors=True)
        trainer.accelerator.unwrap_model(trainer.model).base_model.save_pretrained(folder / "encoder.partial")
        tokenizer.save_pretrained(folder / "encoder.partial")
    return {
        "texts": len(texts),
        "held_out": len(held),
        "loss": {"before": before, "after": after},
        "pseudo_perplexity": {"before": math.exp(before), "after": math.exp(after)},
    }


def _open(recipe: Recipe, source: str) -> tuple[PreTrainedTokenizerFast, PreTrainedModel]:
    tokenizer = load_fast(source)
    if tokenizer.mask_token is None:
        raise RecipeError(recipe.name, [f"pretraining: expected an encoder whose tokenizer has a mask token: {source}"])
    try:
        return tokenizer, AutoModelForMaskedLM.from_pretrained(source)
    except ValueError as fault:  # "Unrecognized configuration class"
        raise RecipeError(
            recipe.name, [f"pretraining: expected an encoder that can name masked tokens: {str(fault)[:200]}"]
        ) from fault


def _parted(texts: Sequence[str], seed: int) -> tuple[list[str], list[str]]:
    """Texts to measure on, at least one, and texts to learn from."""
    count = min(MOST_HELD_OUT, max(1, round(HELD_OUT * len(texts))))
    chosen = set(Random(seed).sample(range(len(texts)), count))
    return [texts[i] for i in sorted(chosen)], [text for i, text in enumerate(texts) if i not in chosen]


def _arguments(recipe: Recipe, folder: Path, precision: Mapping[str, bool]) -> TrainingArguments:
    cuda, options = torch.cuda.is_available(), recipe.pretraining
    return TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=options.epochs,  # type: ignore[union-attr]
        learning_rate=options.learning_rate,  # type: ignore[union-attr]
        per_device_train_batch_size=options.batch_size,  # type: ignore[union-attr]
        per_device_eval_batch_size=options.batch_size,  # type: ignore[union-attr]
        weight_decay=0.01,
        warmup_ratio=0.06,
        save_strategy="epoch",  # where the random numbers stand between two epochs, a run goes on to the bit
        save_total_limit=1,
        logging_steps=20,
        report_to=[],
        seed=recipe.training.seed,
        use_cpu=not cuda,
        dataloader_pin_memory=cuda,
        remove_unused_columns=False,
        disable_tqdm=True,
        **precision,
    )


def _loss(trainer: Trainer, texts: _Texts, seed: int) -> float:
    """Mean loss of a masked token, in nats; the same tokens are masked each time, and no other draw is disturbed."""
    model = trainer.accelerator.unwrap_model(trainer.model).to(trainer.args.device).eval()
    total, count, size = 0.0, 0, trainer.args.per_device_eval_batch_size
    with torch.random.fork_rng(), torch.inference_mode():
        torch.manual_seed(seed)
        for start in range(0, len(texts), size):
            batch = trainer.data_collator([texts[i] for i in range(start, min(start + size, len(texts)))])
            masked = int((batch["labels"] != -100).sum())
            if masked:  # in a few short texts there may be none
                total += masked * float(model(**{name: v.to(model.device) for name, v in batch.items()}).loss)
                count += masked
    model.train()
    if not count:
        raise TrainingError("pretraining.texts: expected texts with words to mask, found too few: give more texts")
    return total / count
