"""The engine of a Ray cluster: the shards, journal and bytes of the local one, the models on every node.

    with ray_engine(["models/financial-news/bundle"], actors=8) as (plan, engine):
        score_file(plan, "feed.jsonl", "scored.parquet", engine=engine)

The driver cuts, writes and keeps the journal; actors score. Bundles are put into the object store once and unpacked
on each node by digest, so no disk is shared. Nodes need headwater[cpu,scale], or [gpu,scale], of the driver's
version; the driver itself needs no GPU.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import ray

from headwater.bundle import open_bundle
from headwater.errors import InputError, ScoringError
from headwater.scoring.parcels import pack
from headwater.scoring.ray_pool import Pool
from headwater.scoring.ray_worker import Cargo, Worker
from headwater.scoring.run import Engine
from headwater.scoring.scorer import Plan

__all__ = ["ray_engine"]


@contextmanager
def ray_engine(
    bundles: Sequence[str | os.PathLike[str]],
    variant: str | None = None,
    device: str = "cpu",
    risk: float | None = None,
    *,
    address: str | None = None,
    actors: int | None = None,
    gpus_per_actor: float | None = None,
) -> Iterator[tuple[Plan, Engine]]:
    """Open bundles on a cluster; give what `score_file` takes as bundles and as engine.

    `address` is a cluster's (`host:6379`, `auto`, `ray://host:10001`), RAY_ADDRESS if left out, else a cluster of
    this machine alone is started, and stopped at the end. `actors` is one for each processor, or each `gpus_per_actor`
    (default 1) GPUs, of the nodes that are there. Raises ScoringError where the cluster cannot be reached or has not
    what was asked for, and whatever `open_scorer` raises on a node.
    """
    gpus = (1.0 if device != "cpu" else 0.0) if gpus_per_actor is None else gpus_per_actor
    if gpus < 0 or (gpus == 0) != (device == "cpu"):
        raise InputError(f"expected GPUs for an actor with --device cuda or tensorrt alone, got {gpus} with {device}")
    parcels = [pack(open_bundle(bundle)) for bundle in bundles]
    mine = not ray.is_initialized()
    local = mine and _connect(address)
    try:
        cargo = [Cargo(parcel.name, parcel.digest, ray.put(parcel.files)) for parcel in parcels]
        del parcels  # they are in the object store now
        count = _actors(actors, gpus, local)
        kind: Any = ray.remote(Worker).options(
            num_cpus=1, num_gpus=gpus, max_restarts=0, max_task_retries=0, scheduling_strategy="SPREAD"
        )

        def hire() -> tuple[Any, Any]:
            actor = kind.remote()
            return actor, actor.open.remote(cargo, variant, device, risk)

        pool = Pool(hire, count)
        try:
            yield pool.plan(), pool.score
        finally:
            pool.close()
    finally:
        if mine:
            ray.shutdown()


def _connect(address: str | None) -> bool:
    """Connect, and tell whether a cluster of this machine was started for it."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray would tell its makers of every cluster
    address = address or os.environ.get("RAY_ADDRESS") or "local"
    # Without "local" Ray would also join whatever cluster runs on this machine.
    options: dict[str, Any] = {"include_dashboard": False} if address == "local" else {}
    try:
        ray.init(address, logging_level=logging.WARNING, log_to_driver=False, **options)
    except Exception as fault:  # Ray raises Exception itself, as where a node starts too slowly
        raise ScoringError(
            f"no Ray cluster at {address} ({fault}): check --ray-address and RAY_ADDRESS, or start one with "
            "`ray start --head`"
        ) from fault
    return address == "local"


def _actors(wanted: int | None, gpus: float, local: bool) -> int:
    """How many actors to hire. A cluster may grow to what was asked for; this machine does not."""
    there = ray.cluster_resources()
    fit = int(min(there.get("CPU", 0), there.get("GPU", 0) / gpus) if gpus else there.get("CPU", 0))
    if wanted is not None and wanted < 1:
        raise InputError(f"expected at least 1 actor, got {wanted}")
    if (wanted is None and fit < 1) or (local and (wanted or 1) > fit):
        raise ScoringError(
            f"expected room for {wanted or 1} actors of 1 processor and {gpus:g} GPUs, got {there.get('CPU', 0):g} "
            f"processors and {there.get('GPU', 0):g} GPUs: give other --actors, or the --ray-address of a cluster"
        )
    return wanted or fit
