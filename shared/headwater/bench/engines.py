"""The engines that are compared, by name.

The bundle is a shipped, fine-tuned one; its checkpoint does not ship, so transformers and optimum run the encoder
that it was made from under a fresh classification head with as many labels: the same graph and the same work, for
speed depends on shapes and not on values. Nothing here says anything about quality.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from headwater.bench.measure import Engine
from headwater.bundle import Bundle
from headwater.encoders import resolve
from headwater.errors import InputError

__all__ = ["NAMES", "build", "checkpoint_folder"]

NAMES = ("transformers-1", "transformers-32", "optimum-1", "optimum-32", "headwater-fp32", "headwater-int8")


def build(names: Sequence[str], bundle: Bundle, encoder: str, threads: int, work: Path) -> dict[str, Engine]:
    """Engines by name. `work` is a folder for the checkpoint and its plain export; `encoder` as a recipe names it."""
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise InputError(f"expected engines out of {', '.join(NAMES)}; got {unknown[0]!r}")
    labels = len(bundle.head().labels)
    makers = {"transformers": _transformers, "optimum": _optimum}
    pipelines: dict[str, Any] = {}
    engines: dict[str, Engine] = {}
    for name in names:
        family, _, how = name.partition("-")
        if family == "headwater":
            engines[name] = _headwater(bundle, how, threads)
            continue
        if family not in pipelines:
            pipelines[family] = makers[family](checkpoint_folder(encoder, labels, work), threads)
        engines[name] = _batched(pipelines[family], int(how))
    return engines


def _headwater(bundle: Bundle, variant: str, threads: int) -> Engine:
    from headwater.serving import load

    model: Any = load(bundle.folder, variant=variant, workers=threads)
    return lambda texts: model.predict(texts)


def _batched(pipeline: Any, batch: int) -> Engine:
    return lambda texts: pipeline(texts, batch_size=batch, truncation=True)


def checkpoint_folder(encoder: str, labels: int, work: Path) -> Path:
    """The encoder under a fresh head, saved once as any fine-tuned checkpoint is."""
    folder = work / "checkpoint"
    if not folder.exists():
        import torch
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        torch.manual_seed(13)
        source = resolve(encoder)
        AutoModelForSequenceClassification.from_pretrained(source, num_labels=labels).save_pretrained(folder)
        AutoTokenizer.from_pretrained(source, model_max_length=512).save_pretrained(folder)
    return folder


def _transformers(checkpoint: Path, threads: int) -> Any:
    import torch
    from transformers import pipeline

    torch.set_num_threads(threads)
    return pipeline("text-classification", model=str(checkpoint), device="cpu")


def _optimum(checkpoint: Path, threads: int) -> Any:
    import onnxruntime
    from optimum.onnxruntime import ORTModelForSequenceClassification
    from transformers import AutoTokenizer, pipeline

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    model = ORTModelForSequenceClassification.from_pretrained(checkpoint, export=True, session_options=options)
    return pipeline("text-classification", model=model, tokenizer=AutoTokenizer.from_pretrained(checkpoint))
