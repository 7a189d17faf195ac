"""The models that a server holds, one queue before them, and the two ways in: texts, and tensors."""

import hashlib
import itertools
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import anyio.to_thread
import numpy as np

from headwater.api.batcher import Batcher, Lane
from headwater.api.tensors import rows_of
from headwater.bundle import Bundle, Head
from headwater.errors import BundleError, InputError
from headwater.serving.decoding import Result
from headwater.serving.model import Model
from headwater.text import CASING_ROWS, TextEncoder, check_texts

__all__ = ["Limits", "Service", "Swapped", "UnknownModel", "describe", "try_out"]

AT_ONCE = 20_000  # characters that are read without leaving the event loop: about 10 ms
EACH = 50  # characters that a text costs beside its own
FAILING = 3  # batches in a row that failed, after which the server is not ready
TRIAL = "Revenue of Northwind Traders rose 4% in March."
STUCK = 60.0  # seconds after which a batch that does not come back makes the server unready


Gone = Callable[[], Awaitable[bool]]  # whether the caller has left


class UnknownModel(InputError):
    """A model, or a file of one, that this server does not hold."""


class Swapped(InputError):
    """The caller reads by another bundle than the one that is served now."""


@dataclass(frozen=True)
class Limits:
    """What one server and one request may take; see the options of `headwater serve`."""

    budget: int | None = None  # tokens of a batch; if left out 192 on a processor and 4,096 on a GPU
    capacity: int = 65_536  # tokens that wait before requests are refused: a few seconds of work on two cores
    deadline: float = 30.0  # seconds, where a request names none; no request may ask for more
    body: int = 8 * 2**20  # bytes
    texts: int = 4096  # a request
    upload: int = 256 * 2**20  # bytes of a file that is scored as a job
    patience: float = 60.0  # seconds in which a body must have come; a file has longer (headwater.api.uploads)


@dataclass
class Use:
    """The lane of a model, and how many requests are in it now."""

    lane: str
    requests: int = 0


class Service:
    """Models by name, behind one `Batcher`. Opened models are run once before the first request is taken.

    A model can be replaced while requests come (`replace`): those that have begun end with the model that they began with,
    whose lane goes with the last of them. `models` and `files` are never changed, only put anew: who reads them needs
    no lock.
    """

    def __init__(self, models: Sequence[Model], limits: Limits, workers: int) -> None:
        self.models = {model.bundle.manifest.name: model for model in models}
        if len(self.models) < len(models):
            raise InputError("expected models of different names, got two of one")
        if not models:
            raise InputError("expected a model at least: name bundles, or see `headwater models list`")
        self.limits, self.started = limits, time.time()
        self.files = {name: _description(model.bundle) for name, model in self.models.items()}
        self.aside = anyio.CapacityLimiter(workers)  # the threads in which long texts are read
        self._uses = {model: Use(name) for name, model in self.models.items()}
        self._numbers, self._swapping = itertools.count(2), threading.Lock()
        for model in models:
            try_out(model)
        lanes = {name: _lane(model) for name, model in self.models.items()}
        local = all(model.device == "cpu" for model in models)
        self.batcher = Batcher(lanes, workers, limits.budget or (192 if local else 4096), limits.capacity)

    def replace(self, model: Model) -> Model | None:
        """Let a model take the place of the one of its name, or a place of its own; return the one that it replaces.

        It is run once first, in the caller's thread. Raises whatever that raises, and InputError for a bundle that
        was written anew since it was opened; the old one then stays. May be called from any thread.
        """
        name = model.bundle.manifest.name
        described = _description(model.bundle)
        try_out(model)
        with self._swapping:
            before = self.models.get(name)
            self.models, self.files = {**self.models, name: model}, {**self.files, name: described}
            self._enter(model, 0)
            self._leave_if_idle(before)
        return before

    def remove(self, name: str) -> Model:
        """Serve a model no more; requests that have begun end with it. Raises UnknownModel."""
        with self._swapping:
            model = self.model(name)
            self.models = {key: held for key, held in self.models.items() if key != name}
            self.files = {key: held for key, held in self.files.items() if key != name}
            self._leave_if_idle(model)
        return model

    @contextmanager
    def _using(self, model: Model) -> Iterator[str]:
        """The lane of a model for as long as a request is in it."""
        with self._swapping:
            lane = self._enter(model, 1)
        try:
            yield lane
        finally:
            with self._swapping:
                self._uses[model].requests -= 1
                self._leave_if_idle(model)

    def _enter(self, model: Model, requests: int) -> str:
        """A request may come with a model that was replaced since it asked for it: its lane is then made again."""
        use = self._uses.get(model)
        if use is None:
            name = model.bundle.manifest.name
            use = self._uses[model] = Use(f"{name}#{next(self._numbers)}")
            self.batcher.lanes[use.lane] = _lane(model)
        use.requests += requests
        return use.lane

    def _leave_if_idle(self, model: Model | None) -> None:
        use = self._uses.get(model) if model is not None else None
        if model is None or use is None or use.requests or model is self.models.get(model.bundle.manifest.name):
            return
        del self._uses[model]
        self.batcher.drop(use.lane)

    def model(self, name: str | None) -> Model:
        """The model of that name, or the only one. Raises UnknownModel."""
        held = self.models
        if name is None and len(held) == 1:
            return next(iter(held.values()))
        if name is None or name not in held:
            got = "none" if name is None else repr(name)
            raise UnknownModel(f"expected one of the models {', '.join(sorted(held)) or '(there is none)'}, got {got}")
        return held[name]

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
        with self._using(model) as lane:
            rows = await self.batcher.submit(lane, arrays, deadline, gone)

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
        with self._using(model) as lane:
            outputs = await self.batcher.submit(lane, rows, deadline, gone)
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
    token = {head.output: head.kind == "token" for head in model.heads}
    return Lane(model.run, model.predictor.encoder.fill, token, model.bundle.manifest.name)


def try_out(model: Model) -> None:
    """Run one text: the first run of a session is slow, and one that cannot run at all is found before anybody asks."""
    pairs = [TRIAL] if any(head.kind == "pair" for head in model.heads) else None
    for name, rows in model.predictor.logits([TRIAL], pairs).items():
        if not all(np.isfinite(row).all() for row in rows):
            raise BundleError(f"{model.bundle.folder}: head {name} gives no numbers: export the bundle again")


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
