"""A BERT small enough to train in a test: random weights, a WordPiece tokenizer, a task that can be learnt.

folder = tiny_encoder(tmp_path / "encoder")          # what `encoder = ...` of a recipe takes
rows = headlines(200)                                # {"text", "label", "entities", ...} by rule, from a seed
recipe = tiny_recipe(tmp_path, rows, epochs=2)       # a recipe over both, its files written
"""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from headwater.recipe import Recipe, parse_recipe

__all__ = ["TONES", "headlines", "tiny_encoder", "tiny_recipe", "write_rows"]

TONES = {
    "negative": ("falls", "loses", "cuts"),
    "neutral": ("holds", "meets", "names"),
    "positive": ("rises", "gains", "lifts"),
}
NAMES = {"LOC": ("london", "paris", "oslo", "rome"), "ORG": ("acme", "umbrella", "globex", "initech")}
FILLERS = ("shares", "today", "profit", "the", "in", "of", "news", "after", "before", "market")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def tiny_encoder(folder: Path, *, seed: int = 0, hidden: int = 32, positions: int = 64, signs: str = "") -> Path:
    """Save a BERT of 2 layers with `hidden` columns, and its tokenizer; any text can be cut down to letters, and `signs`."""
    import torch
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    letters = [chr(code) for code in range(33, 127) if not chr(code).isupper()]
    known = [word for group in (*TONES.values(), *NAMES.values(), FILLERS) for word in group]
    pieces = [
        *SPECIAL,
        *known,
        *letters,
        *(f"##{letter}" for letter in letters),
        *dict.fromkeys(sign for sign in signs.lower() if sign not in letters),
    ]
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.decoder = decoders.WordPiece()
    names = dict(zip(("pad", "unk", "cls", "sep", "mask"), SPECIAL, strict=True))
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, **{f"{name}_token": token for name, token in names.items()}
    ).save_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        BertModel(
            BertConfig(
                vocab_size=len(pieces),
                hidden_size=hidden,
                num_hidden_layers=2,
                num_attention_heads=2,
                intermediate_size=2 * hidden,
                max_position_embeddings=positions,
            )
        ).save_pretrained(folder)
    return folder


def headlines(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Rows whose verb gives the label, and whose names are marked: easy, and never quite the same."""
    draw = random.Random(seed)
    rows = []
    for _ in range(count):
        tone, place, company = draw.choice(list(TONES)), draw.choice(NAMES["LOC"]), draw.choice(NAMES["ORG"])
        words = [
            company,
            draw.choice(TONES[tone]),
            *draw.sample(FILLERS, draw.randint(1, 5)),
            place,
            draw.choice(FILLERS),
        ]
        text, entities = "", []
        for word in words:
            kind = next((kind for kind, names in NAMES.items() if word in names), None)
            if kind:
                entities.append({"start": len(text), "end": len(text) + len(word), "type": kind})
            text += f"{word} "
        topics = [topic for topic in ("profit", "market") if topic in words]
        rows.append({"text": text.strip(), "label": tone, "labels": topics, "entities": entities})
    return rows


def write_rows(file: Path, rows: Sequence[dict[str, Any]]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def tiny_recipe(
    folder: Path, rows: Sequence[dict[str, Any]], *, task: str = "classification", **changes: Any
) -> Recipe:
    """Write an encoder and rows into a folder, and give a recipe over them.

    A quarter of the rows is test. `heads` are taken as they stand, all other changes are of [training].
    """
    encoder = folder / "encoder"
    if not encoder.is_dir():
        tiny_encoder(encoder)
    cut = len(rows) // 4
    write_rows(folder / "train.jsonl", rows[cut:])
    write_rows(folder / "test.jsonl", rows[:cut])
    heads = changes.pop("heads", None)
    training = {"epochs": 3, "learning_rate": 5e-3, "batch_size": 16, "max_length": 32, "stride": 8, **changes}
    content = {
        "name": "tiny",
        "task": task,
        "encoder": str(encoder),
        "data": {"train": ["train.jsonl"], "test": ["test.jsonl"], "validation": 0.2, "calibration": 0.1},
        "training": training,
        **({"heads": heads} if heads else {}),
    }
    return parse_recipe(content, folder=folder)
