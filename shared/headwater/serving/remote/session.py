"""One model of a server as something that runs tensors, as `headwater.serving.session` does here."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from headwater.errors import ServerError
from headwater.serving.remote.retrying import Retry, budget_of
from headwater.text import TextEncoder

__all__ = ["Even", "Link", "RemoteSession"]

STEP = 16  # tokens: rows are padded to multiples, so that requests of equal lengths meet in a batch
Arrays = dict[str, np.ndarray]


class Link(Protocol):
    """How a server is spoken to: each function is one attempt, of at most `left` seconds.

    Raises ServerError, or Passing and Late for what the policy of retries decides.
    """

    name: str

    def place(self, model: str) -> str:
        """A model of the server, for messages."""

    def metadata(self, model: str, left: float) -> Any:
        """Its metadata, in the protocol's JSON."""

    def config(self, model: str, left: float) -> Any:
        """Its configuration, in Triton's JSON; empty where the server has no such extension."""

    def index(self, left: float) -> list[str]:
        """The names of the server's models."""

    def file(self, model: str, name: str, left: float) -> bytes:
        """A file of the description that a Headwater server gives."""

    def infer(self, model: str, arrays: Mapping[str, np.ndarray], left: float, digest: str | None = None) -> Arrays:
        """Float arrays by output name, of int64 arrays by input name; by the bundle of that digest or none."""

    def close(self) -> None:
        """Leave the connection."""


@dataclasses.dataclass(frozen=True)
class Even:
    """Pads rows at their right to a multiple of `step` tokens, `most` at most; `fill` pads each input."""

    fill: Mapping[str, int]
    most: int
    step: int = STEP

    def __call__(self, arrays: Arrays) -> Arrays:
        width = next(iter(arrays.values())).shape[1]
        more = max(0, min(self.most, -(-width // self.step) * self.step) - width)
        return {
            name: np.pad(values, ((0, 0), (0, more)), constant_values=self.fill[name])
            for name, values in arrays.items()
        }


class RemoteSession:
    """Calls a model of a server with int64 arrays by input name, and gives float arrays by output name.

    `device` and `provider` are what the server says of itself; `shapes` its outputs'; `config` what it says of the bundle;
    `even` pads what is sent, where rows of one length are wanted. A full or restarting server is asked again, as it
    bids, until `timeout` seconds have passed; one that is not there at the start is told at once. Raises ServerError.
    """

    def __init__(self, link: Link, model: str, timeout: float) -> None:
        self.link, self.model, self.place = link, model, link.place(model)
        self.retry = Retry(link.name, timeout, budget_of(link.name))
        self.even: Callable[[Arrays], Arrays] | None = None
        told = self.retry(lambda left: link.metadata(model, left), patient=False)
        config = self.retry(lambda left: link.config(model, left), patient=False)
        try:
            self.shapes = {item["name"]: tuple(map(int, item["shape"])) for item in told["outputs"]}
            held = {key: entry["string_value"] for key, entry in config.get("parameters", {}).items()}
            self.most = int(config.get("max_batch_size") or 0)  # rows of a request; 0: as many as there are
            self.widths = {item["name"]: int(item["dims"][-1]) for item in config.get("input", ())}  # -1: any
            platform = str(told.get("platform", "unknown"))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as fault:
            raise ServerError(f"{self.place}: expected a model's metadata, got something else") from fault
        start = "headwater_"
        self.config = {key.removeprefix(start): value for key, value in held.items() if key.startswith(start)}
        self.device = "remote"
        self.provider = self.config.get("provider") or platform
        # Only a Headwater server says its provider, and may serve another bundle later on: it is told by which one is read.
        self.digest = self.config.get("bundle_digest") if "provider" in self.config else None

    def __call__(self, arrays: Arrays) -> Arrays:
        arrays = self.even(arrays) if self.even else arrays
        rows = len(next(iter(arrays.values())))
        if not self.most or rows <= self.most:
            return self._infer(arrays)
        parts = [
            self._infer({name: values[start : start + self.most] for name, values in arrays.items()})
            for start in range(0, rows, self.most)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _infer(self, arrays: Arrays) -> Arrays:
        return self.retry(lambda left: self.link.infer(self.model, arrays, left, self.digest))

    def file(self, name: str) -> bytes:
        """A file of the description, from a server of Headwater."""
        return self.retry(lambda left: self.link.file(self.model, name, left))

    def pad_for(self, encoder: TextEncoder) -> None:
        """From now on pad what is sent: to the one length that the model's configuration fixes, or to steps."""
        fill = {item.name: encoder.pad_id if item.feature == "ids.v1" else 0 for item in encoder.inputs}
        fixed = {width for width in self.widths.values() if width > 0}
        if fixed and (len(fixed) > 1 or max(fixed) < encoder.max_length):
            raise ServerError(
                f"{self.place}: takes rows of {', '.join(map(str, sorted(fixed)))} tokens, and the bundle's have up to "
                f"{encoder.max_length}: write its configuration with `headwater models triton`"
            )
        width = next(iter(fixed), None)
        self.even = Even(fill, width or encoder.max_length, width or STEP)

    def close(self) -> None:
        """Leave the connection, which is closed where nobody else speaks through it."""
        self.link.close()
