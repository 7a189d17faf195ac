"""The models that a server holds, one queue before them, and the two ways in: texts, and tensors."""

import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import anyio
import anyio.to_thread
import numpy as np

from headwater.api.batcher import Batcher, Lane
from headwater.api.tensors import rows_of
from headwater.bundle import Bundle, Head
from headwater.errors import InputError
from headwater.serving.decoding import Result
from headwater.serving.model import Model
from headwater.text import CASING_ROWS, TextEncoder, check_texts

__all__ = ["Limits", "Service", "UnknownModel", "describe"]

AT_ONCE = 20_000  # characters that are read without leaving the event loop: about 10 ms
EACH = 50  # characters that a text costs beside its own
FAILING = 3  # batches in a row that failed, after which the server is not ready
TRIAL = "Revenue of Northwind Traders rose 4% in March."
STUCK = 60.0  # seconds after which a batch that does not come back makes the server unready


Gone = Callable[[], Awaitable[bool]]  # whether the caller has left


class UnknownModel(InputError):
    """A model, or a file of one, that this server does not hold."""


@dataclass(frozen=True)
class Limits:
    """What one server and one request may take; see the options of `headwater serve`."""

    budget: int | None = None  # tokens of a batch; if left out 192 on a processor and 4,096 on a GPU
    capacity: int = 65_536  # tokens that wait before requests are refused: a few seconds of work on two cores
    deadline: float = 30.0  # seconds, where a request names none; no request may ask for more
    body: int = 8 * 2**20  # bytes
    texts: int = 4096  # a request
    upload: int = 256 * 2**20  # bytes of a file that is scored as a job


class Service:
    """Models by name, behind one `Batcher`. Opened models are run once before the first request is taken."""

    def __init__(self, models: Sequence[Model], limits: Limits, workers: int) -> None:
        self.models = {model.bundle.manifest.name: model for model in models}
        if len(self.models) < len(models):
            raise InputError("expected models of different names, got two of one")
        if not models:
            raise InputError("expected a model at least: name bundles, or see `headwater models list`")
        self.limits, self.started = limits, time.time()
        self.files = {name: _description(model.bundle) for name, model in self.models.items()}
        self.aside = anyio.CapacityLimiter(workers)  # the threads in which long texts are read
        for model in models:
            model.predictor.logits([TRIAL], [TRIAL] if any(head.kind == "pair" for head in model.heads) else None)
        lanes = {name: _lane(model) for name, model in self.models.items()}
        local = all(model.device == "cpu" for model in models)
        self.batcher = Batcher(lanes, workers, limits.budget or (192 if local else 4096), limits.capacity)

    def model(self, name: str | None) -> Model:
        """The model of that name, or the only one. Raises UnknownModel."""
        if name is None and len(self.models) == 1:
            return next(iter(self.models.values()))
        if name not in self.models:
            got = "none" if name is None else repr(name)
            raise UnknownModel(f"expected one of the models {', '.join(sorted(self.models))}, got {got}")
        return self.models[name]

    def deadline(self, seconds: float | None) -> float:
        """A time of `time.monotonic`, so many seconds from now, the limit's at most."""
        if seconds is not None and not seconds > 0:
            raise InputError(f"expected a time above 0, got {seconds}")
        return time.monotonic() + min(seconds or self.limits.deadline, self.limits.deadline)

    def faults(self) -> list[str]:
        """Why no request should come here now; empty while all is well."""
        found = [] if self.batcher.alive() else ["a worker has ended"]
        held, failing = self.batcher.stuck(time.monotonic()), self.batcher.failing
        found += [f"a batch has been running for {held:.0f} s"] if held > STUCK else []
        return found + ([f"the last {failing} batches failed"] if failing >= FAILING else [])

    async def predict(
        self,
        model: Model,
        heads: Sequence[Head],
        texts: Sequence[str],
        pairs: Sequence[str] | None,
        deadline: float,
        gone: Gone | None = None,
        **reading: float | None,
    ) -> dict[str, list[Result]]:
        """Results by head name, one for each text. Raises InputError, and what `Batcher.submit` does."""
        check_texts(texts, pairs)
        if len(texts) > self.limits.texts:
            raise InputError(f"expected at most {self.limits.texts} texts in a request, got {len(texts)}: send several")
        self.batcher.admit(deadline)
        predictor = model.predictor
        large = sum(map(len, (*texts, *(pairs or ())))) + EACH * len(texts) > AT_ONCE
        windows = await self.run(large, predictor.windows, texts, pairs)
        arrays = [window.arrays for window in windows]
        rows = await self.batcher.submit(model.bundle.manifest.name, arrays, deadline, gone)

        def read() -> dict[str, list[Result]]:
            return model.read(heads, texts, predictor.join(texts, windows, rows), **reading)

        return await self.run(large, read)

    async def infer(
        self, model: Model, inputs: Mapping[str, np.ndarray], deadline: float, gone: Gone | None = None
    ) -> dict[str, np.ndarray]:
        """Output arrays by name of int64 (rows, tokens) arrays by input name, as the graph itself would give them.

        Behind a row's last unmasked token an output with an axis of tokens is 0. Raises InputError where a value
        could not have come from this model's tokenizer, since it would fail a batch that others share.
        """
        self.batcher.admit(deadline)
        encoder = model.predictor.encoder
        count, width = rows_of(inputs, [item.name for item in encoder.inputs])
        if count > self.limits.texts:
            raise InputError(f"expected at most {self.limits.texts} rows in a request, got {count}: send several")
        _check_values(encoder, inputs, width)
        mask = next((inputs[item.name] for item in encoder.inputs if item.feature == "mask.v1"), None)
        lengths = _lengths(mask, next(iter(inputs.values())).shape)
        rows = [{name: array[row, :length] for name, array in inputs.items()} for row, length in enumerate(lengths)]
        outputs = await self.batcher.submit(model.bundle.manifest.name, rows, deadline, gone)
        return {
            head.output: _stack([row[head.output] for row in outputs], width, head.kind == "token")
            for head in model.heads
        }

    async def run(self, aside: bool, function: Any, *arguments: Any) -> Any:
        """Call a function, in one of a few threads where it would hold up everybody else."""
        if not aside:
            return function(*arguments)
        return await anyio.to_thread.run_sync(function, *arguments, limiter=self.aside)


def _description(bundle: Bundle) -> dict[str, bytes]:
    """What a client needs to make tensors, as it was when the bundle was opened: its folder may be written anew."""
    found = {name: (bundle.folder / name).read_bytes() for name in ("bundle.json", "tokenizer.json")}
    if hashlib.sha256(found["bundle.json"]).hexdigest() != bundle.digest:
        raise InputError(f"{bundle.folder}: was written anew while it was being opened: start again")
    return found


def _lane(model: Model) -> Lane:
    return Lane(model.run, model.predictor.encoder.fill, {head.output: head.kind == "token" for head in model.heads})


def _check_values(encoder: TextEncoder, inputs: Mapping[str, np.ndarray], width: int) -> None:
    if width > encoder.max_length:
        raise InputError(f"expected rows of at most {encoder.max_length} tokens, this model's window, got {width}")
    sizes = {
        "ids.v1": encoder.tokenizer.get_vocab_size(),
        "mask.v1": 2,
        "segments.v1": 2,
        "casing.v1": CASING_ROWS,
    }
    for item in encoder.inputs:
        least, most = int(inputs[item.name].min()), int(inputs[item.name].max())
        if least < 0 or most >= sizes[item.feature]:
            raise InputError(
                f"input {item.name}: expected values from 0 to {sizes[item.feature] - 1}, got {least} to {most}"
            )


def _lengths(mask: np.ndarray | None, shape: tuple[int, ...]) -> list[int]:
    """Tokens of each row up to its last unmasked one; all of a row without any."""
    if mask is None:
        return [shape[1]] * shape[0]
    return np.maximum(1, shape[1] - np.argmax(mask[:, ::-1] != 0, axis=1) * mask.any(axis=1)).tolist()


def _stack(rows: Sequence[np.ndarray], width: int, token: bool) -> np.ndarray:
    """float32 (rows, ...); rows of tokens are filled up with 0 to `width`."""
    if not token:
        return np.stack(rows).astype(np.float32, copy=False)
    out = np.zeros((len(rows), width, rows[0].shape[-1]), dtype=np.float32)
    for place, values in enumerate(rows):
        out[place, : len(values)] = values
    return out


def describe(model: Model) -> dict[str, Any]:
    """Which model gave an answer, and what really ran it; `uncalibrated` are heads whose probabilities nobody measured."""
    manifest = model.bundle.manifest
    told = {
        "name": manifest.name,
        "version": manifest.version,
        "digest": model.bundle.digest,
        "variant": model.variant,
        "device": model.device,
        "provider": model.provider,
    }
    unmeasured = model.bundle.unmeasured(model.variant)
    return told | ({"uncalibrated": unmeasured} if unmeasured else {})
