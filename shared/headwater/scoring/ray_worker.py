"""What runs on a node of a Ray cluster: one process that opens the bundles once and scores lists of texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from headwater.home import cache_folder
from headwater.scoring.parcels import unpack
from headwater.scoring.scorer import Outcome, Plan, Scorer, open_scorer

__all__ = ["Cargo", "Worker"]


@dataclass(frozen=True)
class Cargo:
    """A bundle in the cluster's object store: `files` is a reference, fetched by nodes that lack the bundle."""

    name: str
    digest: str
    files: Any


class Worker:
    """An actor. Opening is a method of its own, so that its errors come back as what they are."""

    scorer: Scorer

    def open(self, cargo: Sequence[Cargo], variant: str | None, device: str, risk: float | None) -> Plan:
        """Unpack and open the bundles; what the driver checks against the plans of the other workers."""
        folders = [unpack(item.name, item.digest, partial(_fetched, item.files), cache_folder()) for item in cargo]
        # One thread for the one processor that Ray counts; more processors are more workers.
        self.scorer = open_scorer(folders, variant, device, risk, workers=1)
        return self.scorer.plan()

    def score(self, texts: list[str]) -> list[Outcome]:
        """The very function that the local engine maps over shards."""
        return self.scorer.score(texts)


def _fetched(files: Any) -> dict[str, bytes]:
    import ray

    return dict(ray.get(files))
