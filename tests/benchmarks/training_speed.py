"""Training rows a second: the loop that tutorials show beside ours, on the same rows of Banking77.

    python tests/benchmarks/training_speed.py --json      (needs HEADWATER_DATA and headwater[cpu,train])

The tutorial's: every row padded to 128 tokens, batches of 16 in random order, transformers' Trainer as it comes.
Ours: the windows, collator, length groups and Trainer of `headwater train`, batches of 32. Same encoder, same
number of rows, neither evaluates nor saves while the clock runs; they take turns, and the medians are given.
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path

import torch
from torch.utils.data import Dataset
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PrinterCallback,
    Trainer,
    TrainingArguments,
)

from headwater.data.catalogue import named_rows
from headwater.data.corpus import build_heads
from headwater.data.example import Example
from headwater.encoders import resolve
from headwater.recipe import HeadRecipe
from headwater.text import Input, TextEncoder
from headwater.training.features import Collator, WindowDataset
from headwater.training.fit import fast_tokenizer
from headwater.training.modeling import build_model
from headwater.training.trainer import HeadTrainer

LENGTH, ROUNDS = 128, 3


class Padded(Dataset):
    """Rows as tutorials tokenise them: padding="max_length"."""

    def __init__(self, rows: list[Example], folder: str, labels: list[str]) -> None:
        texts = [row.text for row in rows]
        tokenizer = AutoTokenizer.from_pretrained(folder)
        self.encoded = tokenizer(texts, padding="max_length", truncation=True, max_length=LENGTH, return_tensors="pt")
        self.labels = torch.tensor([labels.index(str(row.targets["label"])) for row in rows])

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, row: int) -> dict[str, torch.Tensor]:
        return {name: values[row] for name, values in self.encoded.items()} | {"labels": self.labels[row]}


def arguments(folder: str, batch: int) -> TrainingArguments:
    return TrainingArguments(
        output_dir=folder, num_train_epochs=1, per_device_train_batch_size=batch, learning_rate=2e-4, report_to=[],
        save_strategy="no", logging_strategy="no", disable_tqdm=True, remove_unused_columns=False,
        use_cpu=not torch.cuda.is_available(), dataloader_pin_memory=False, label_names=["labels"],
    )  # fmt: skip


def tutorial(rows: list[Example], folder: str, labels: list[str], work: str) -> float:
    model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=len(labels))
    trainer = Trainer(model=model, args=arguments(work, 16), train_dataset=Padded(rows, folder, labels))
    trainer.remove_callback(PrinterCallback)  # stdout is for the result
    return float(trainer.train().metrics["train_samples_per_second"])


def ours(rows: list[Example], folder: str, work: str) -> float:
    heads = build_heads([HeadRecipe(name="label", kind="single")], rows)
    inputs = (Input("input_ids", "ids.v1"), Input("attention_mask", "mask.v1"), Input("token_type_ids", "segments.v1"))
    model = build_model(folder, heads, inputs, casing=False, max_length=LENGTH)
    encoder = TextEncoder(fast_tokenizer(folder), inputs, LENGTH, 32)
    trainer = HeadTrainer(
        model=model, args=arguments(work, 32), data_collator=Collator(encoder, heads, lacks=False),
        train_dataset=WindowDataset(rows, encoder, heads), encoder=encoder, validation=[], head_rate=1.0, freeze=[],
    )  # fmt: skip
    return float(trainer.train().metrics["train_samples_per_second"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--rows", type=int, default=1280, help="rows of one round (a minute and a half of the tutorial's)"
    )
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    everything = named_rows("banking77:train")[0]
    step = len(everything) // chosen.rows
    rows = everything[: step * chosen.rows : step]
    labels = sorted({str(row.targets["label"]) for row in rows})
    folder = str(resolve("minilm-l6"))
    found: dict[str, list[float]] = {"tutorial": [], "headwater": []}
    with tempfile.TemporaryDirectory() as work:
        for _ in range(ROUNDS):
            found["tutorial"].append(tutorial(rows, folder, labels, str(Path(work))))
            found["headwater"].append(ours(rows, folder, str(Path(work))))
    medians = {name: round(statistics.median(values), 1) for name, values in found.items()}
    content = {
        "data": "banking77:train", "rows": len(rows), "encoder": "minilm-l6", "threads": torch.get_num_threads(),
        "rows_per_s": medians, "rounds": found, "ratio": round(medians["headwater"] / medians["tutorial"], 2),
    }  # fmt: skip
    print(json.dumps(content, indent=1) if chosen.json else f"{medians}, ratio {content['ratio']}")


if __name__ == "__main__":
    main()
