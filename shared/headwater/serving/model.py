"""Open a bundle and predict: `headwater.load`."""

import math
import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tokenizers import Tokenizer

from headwater.bundle import Bundle, Head, open_bundle
from headwater.errors import InputError
from headwater.home import cache_folder
from headwater.serving.buckets import Bucketed, Buckets, buckets_for, declared
from headwater.serving.decoding import Prediction, Result, read
from headwater.serving.predictor import Predictor, Runner
from headwater.serving.providers import provider_options
from headwater.serving.session import Session, check_device
from headwater.serving.variants import cached
from headwater.spans import Span
from headwater.text import TextEncoder

if TYPE_CHECKING:
    from headwater.serving.remote import RemoteSession

__all__ = ["Classifier", "Embedder", "Model", "Tagger", "load", "open_model", "processors", "view"]

CPU_MAX = Path("/sys/fs/cgroup/cpu.max")  # cgroup v2: a container's quota and period in microseconds, or "max" for none


class Model:
    """An opened bundle, ready to predict with all its heads in one pass.

    `run` runs padded arrays as a `Runner` does; on a GPU, and before a server that asks for it, in few shapes.
    `device` is cpu, cuda or tensorrt and `provider` what onnxruntime really runs; `variant` is int8 or fp32 on a
    CPU, fp16 or fp32 on a GPU.
    """

    def __init__(
        self, bundle: Bundle, variant: str, session: "Session | RemoteSession", workers: int = 1, budget: int = 512
    ) -> None:
        self.bundle, self.variant, self.session = bundle, variant, session
        self.heads = bundle.manifest.heads
        encoder = TextEncoder(
            Tokenizer.from_file(str(bundle.tokenizer)),
            bundle.manifest.inputs,
            bundle.manifest.max_length,
            bundle.manifest.stride,
        )
        self.run: Runner = session
        buckets = _buckets(session, bundle)
        if buckets:
            token = [head.output for head in self.heads if head.kind == "token"]
            self.run = Bucketed(session, buckets, encoder.fill, token)
        self.predictor = Predictor(encoder, self.heads, self.run, budget, workers, buckets.width if buckets else int)

    @property
    def device(self) -> str:
        return self.session.device

    @property
    def provider(self) -> str:
        return self.session.provider

    def threshold(self, head: str, risk: float) -> float:
        """The least probability at which at most the share `risk` of this head's answers is wrong.

        Raises InputError where the bundle holds no threshold for that risk, naming those it holds.
        """
        held = self.bundle.calibration(self.variant, head).thresholds
        for entry in held:
            if abs(entry.risk - risk) < 1e-9:
                return entry.threshold
        there = ", ".join(str(entry.risk) for entry in held) or "none"
        raise InputError(f"head {head}: expected one of the risks {there}, got {risk}; see `headwater models show`")

    def predict_heads(
        self,
        texts: Sequence[str],
        pairs: Sequence[str] | None = None,
        *,
        heads: Sequence[str] | None = None,
        threshold: float | None = None,
        risk: float | None = None,
    ) -> dict[str, list[Result]]:
        """Predictions by head name, one for each text, in order.

        `threshold` is the least probability of an answer (a span, a label); `risk` looks it up instead, as
        `threshold(head, risk)`. Without either, every text gets its likeliest label, and every span is given; a
        multi-label head gives the labels of at least 0.5. Raises InputError for texts that are none, for a risk
        without a threshold, and for a threshold that is no probability.
        """
        asked = self.check(pairs, heads=heads, threshold=threshold, risk=risk)
        return self.read(asked, texts, self.predictor.logits(texts, pairs), threshold=threshold, risk=risk)

    def check(
        self,
        pairs: Sequence[str] | None = None,
        *,
        heads: Sequence[str] | None = None,
        threshold: float | None = None,
        risk: float | None = None,
    ) -> tuple[Head, ...]:
        """The heads that are asked for. Raises InputError for what `predict_heads` does, before anything is run."""
        if threshold is not None and (risk is not None or not 0 <= threshold <= 1):
            raise InputError(f"expected a threshold from 0 to 1, or a risk, not both; got {threshold} and {risk}")
        asked = self.heads if heads is None else tuple(self.bundle.head(name) for name in heads)
        for head in asked:
            if head.kind == "pair" and pairs is None:
                raise InputError(f"head {head.name} compares two texts: write predict(texts, pairs)")
            if risk is not None:
                self.threshold(head.name, risk)
        return asked

    def read(
        self,
        heads: Sequence[Head],
        texts: Sequence[str],
        logits: Mapping[str, Sequence[np.ndarray]],
        *,
        threshold: float | None = None,
        risk: float | None = None,
    ) -> dict[str, list[Result]]:
        """What `predict_heads` gives, from the predictor's logits."""
        out: dict[str, list[Result]] = {}
        for head in heads:
            least = threshold if risk is None else self.threshold(head.name, risk)
            fitted = self.bundle.calibration(self.variant, head.name)
            out[head.name] = list(read(head, texts, logits[head.name], fitted.temperature, least, fitted.spans))
        return out


class OneHead:
    """One head of a model. Reads as the model does, but `predict` gives a plain list."""

    def __init__(self, model: Model, head: Head) -> None:
        self.model, self.head, self.bundle = model, head, model.bundle

    @property
    def labels(self) -> tuple[str, ...]:
        return self.head.labels

    def _predict(self, texts: Sequence[str], pairs: Sequence[str] | None = None, **options: float | None) -> list:
        return self.model.predict_heads(texts, pairs, heads=[self.head.name], **options)[self.head.name]


class Classifier(OneHead):
    """Labels of documents, or of pairs of texts."""

    def predict(
        self,
        texts: Sequence[str],
        pairs: Sequence[str] | None = None,
        *,
        threshold: float | None = None,
        risk: float | None = None,
    ) -> list[Prediction] | list[tuple[Prediction, ...]]:
        """One Prediction for each text; for a multi-label head, a tuple of them (see `Model.predict_heads`)."""
        return self._predict(texts, pairs, threshold=threshold, risk=risk)


class Tagger(OneHead):
    """Spans of texts, with exact character offsets."""

    def predict(
        self, texts: Sequence[str], *, threshold: float | None = None, risk: float | None = None
    ) -> list[tuple[Span, ...]]:
        """The spans of each text, in its order; `text[span.start:span.end] == span.text` always holds."""
        return self._predict(texts, threshold=threshold, risk=risk)


class Embedder(OneHead):
    """Unit vectors of texts."""

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        """float32 (texts, dimension); the dot product of two rows is their cosine."""
        if not len(texts):
            return np.zeros((0, int(self.model.session.shapes[self.head.output][-1])), dtype=np.float32)
        return np.stack(self._predict(texts))


def load(
    path: str | os.PathLike[str],
    head: str | None = None,
    *,
    variant: str | None = None,
    device: str = "cpu",
    workers: int | None = None,
    budget: int | None = None,
) -> Classifier | Tagger | Embedder | Model:
    """Open a bundle: a Classifier, Tagger or Embedder for the one head, or a Model where there are several.

    `head` picks one of several. `variant` defaults to int8 on a CPU (to fp32 where the gate proved that alone) and fp16 on a GPU. `workers` is the number
    of threads that run batches side by side (default: the processors this process may use; 1 on a GPU);
    `budget` the number of tokens, padding included, in a batch (default: 512; 8,192 on a GPU). Raises BundleError or DeviceError; warns of a
    variant that the bundle's gate did not measure, since its probabilities are then uncalibrated.

    >>> load("models/support-intent/bundle").predict(["Where is my new card?"])[0].label  # doctest: +SKIP
    'card_arrival'
    """
    bundle = open_bundle(Path(path))
    variant = variant or bundle.default_variant(device)
    local = device == "cpu"
    workers = workers or (processors() if local else 1)
    model = open_model(bundle, variant, device, workers, budget or (512 if local else 8192))
    unmeasured = bundle.unmeasured(variant)
    if unmeasured:
        warnings.warn(
            f"{bundle.manifest.name}: {variant} was not measured on labelled rows when it was exported, so the "
            f"probabilities of {', '.join(unmeasured)} are not calibrated",
            stacklevel=2,
        )
    return view(model, head)


def open_model(bundle: Bundle, variant: str, device: str, workers: int = 1, budget: int = 512) -> Model:
    """All heads of an opened bundle, on this machine. Raises DeviceError before a variant is built for nothing."""
    check_device(device)
    graph = cached(bundle.model, bundle.manifest.files["model.onnx"], variant, cache_folder())
    engines = cache_folder() / "tensorrt" / graph.stem  # the stem names model, variant, builder and runtime
    if device == "tensorrt":
        engines.mkdir(parents=True, exist_ok=True)
    chain = provider_options(
        device,
        fp16=variant == "fp16",
        inputs=[item.name for item in bundle.manifest.inputs],
        buckets=buckets_for(device, bundle.manifest.max_length),
        cache=engines,
    )
    return Model(bundle, variant, Session(graph, device, chain=chain), workers, budget)


def _buckets(session: "Session | RemoteSession", bundle: Bundle) -> Buckets | None:
    """The shapes that whatever runs the graph asks for."""
    if session.device == "remote":
        return declared(getattr(session, "config", {}).get("lengths"))
    return buckets_for(session.device, bundle.manifest.max_length)


def view(model: Model, head: str | None = None) -> Classifier | Tagger | Embedder | Model:
    """The one head of a model, or the one of that name, as what reads it; the model itself where there are several."""
    if head is None and len(model.heads) > 1:
        return model
    chosen = model.bundle.head(head)
    if chosen.kind == "token":
        return Tagger(model, chosen)
    return Embedder(model, chosen) if chosen.kind == "embedding" else Classifier(model, chosen)


def processors() -> int:
    """How many processors this process may use; a container's or batch system's share is less than the machine has.

    A quota of 1.5 processors counts as 2: the threads that it cannot feed wait for a part of each 100 ms.
    """
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = CPU_MAX.read_text(encoding="ascii").split()
        return here if quota == "max" else max(1, min(here, math.ceil(int(quota) / int(period))))
    except (OSError, ValueError):  # no container, or one of cgroup v1
        return here
