"""The engines of a batch-size curve on one device: headwater beside torch, torch.compile and optimum.

As in `headwater.bench.engines`, the others run the bundle's encoder under a fresh head of the same size. All answer
with a label for each text. On a card they run in fp16, on a CPU in fp32 (headwater in int8 too).
"""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from headwater.bench.curve import memory_mb
from headwater.bench.engines import checkpoint_folder
from headwater.bench.measure import Engine
from headwater.bundle import Bundle
from headwater.errors import InputError
from headwater.serving.providers import PROVIDERS

__all__ = ["build_on", "engine_names"]

BUDGET = 2**20  # tokens: a batch of the curve is one run
COMPILERS = ("c++", "g++", "clang++")


def engine_names(device: str) -> tuple[str, ...]:
    """What a curve runs on a device."""
    ours = ("headwater-fp32", "headwater-int8") if device == "cpu" else ("headwater-fp16",)
    return (*ours, "torch-eager", "torch-compile", "optimum")


def build_on(
    device: str, names: Sequence[str], bundle: Bundle, encoder: str, threads: int, work: Path
) -> tuple[dict[str, Engine], dict[str, float | None], dict[str, str]]:
    """Engines by name, the megabytes that each took to load and answer once, and why an engine was left out.

    Raises InputError for a name that is not one of `engine_names(device)`.
    """
    known = engine_names(device)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(f"expected engines out of {', '.join(known)} on {device}; got {unknown[0]!r}")
    if device == "cpu" and "torch-compile" in names and not any(map(shutil.which, COMPILERS)):
        left = {"torch-compile": f"torch.compile needs a C++ compiler, and {', '.join(COMPILERS)} are not here"}
    else:
        left = {}
    labels = len(bundle.head().labels)
    makers: dict[str, Callable[[], Engine]] = {
        "torch-eager": lambda: _torch(checkpoint_folder(encoder, labels, work), device, threads, False),
        "torch-compile": lambda: _torch(checkpoint_folder(encoder, labels, work), device, threads, True),
        "optimum": lambda: _optimum(checkpoint_folder(encoder, labels, work), device, threads, work / "optimum"),
    }
    engines: dict[str, Engine] = {}
    memory: dict[str, float | None] = {}
    for name in (name for name in names if name not in left):
        before = memory_mb(device)
        family, _, variant = name.partition("-")
        engine = _headwater(bundle, variant, device, threads) if family == "headwater" else makers[name]()
        engine(["warm up"])
        after = memory_mb(device)
        engines[name], memory[name] = engine, None if before is None or after is None else after - before
    return engines, memory, left


def _headwater(bundle: Bundle, variant: str, device: str, threads: int) -> Engine:
    from headwater.serving.model import open_model, view

    budget = BUDGET
    if device == "cpu":  # several threads share a batch, each with a run of its own
        budget = 512
    model: Any = view(open_model(bundle, variant, device, threads if device == "cpu" else 1, budget))
    return lambda texts: model.predict(texts)


def _torch(folder: Path, device: str, threads: int, compiled: bool) -> Engine:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    torch.set_num_threads(threads)
    place = "cpu" if device == "cpu" else "cuda"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModelForSequenceClassification.from_pretrained(folder).eval().to(place)
    if place == "cuda":
        model = model.half()
    if compiled:
        model = torch.compile(model, dynamic=True)

    def run(texts: list[str]) -> list[int]:
        inputs = tokenizer(texts, padding=True, truncation=True, return_tensors="pt").to(place)
        with torch.inference_mode():
            return model(**inputs).logits.argmax(-1).tolist()  # a list: what ran on the card has ended

    return run


def _optimum(folder: Path, device: str, threads: int, work: Path) -> Engine:
    import onnxruntime
    from optimum.exporters.onnx import main_export
    from optimum.onnxruntime import ORTModelForSequenceClassification
    from transformers import AutoTokenizer

    half: dict[str, Any] = {} if device == "cpu" else {"dtype": "fp16", "device": "cuda"}
    main_export(str(folder), output=work, task="text-classification", do_validation=False, **half)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    model = ORTModelForSequenceClassification.from_pretrained(work, provider=PROVIDERS[device], session_options=options)
    tokenizer = AutoTokenizer.from_pretrained(folder)

    def run(texts: list[str]) -> list[int]:
        inputs = tokenizer(texts, padding=True, truncation=True, return_tensors="pt").to(model.device)
        return model(**inputs).logits.argmax(-1).tolist()

    return run
