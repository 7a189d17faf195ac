"""What Prometheus reads at /metrics. Each app has a registry of its own."""

from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily

from headwater.api.jobs import Jobs
from headwater.api.service import Service, describe
from headwater.api.swapping import Swaps

__all__ = ["Metrics"]

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128)


class Metrics:
    """Answers by route and status, batches by model, and, at each reading, the queue, the models and the jobs."""

    def __init__(self, service: Service, swaps: Swaps, jobs: Jobs | None = None) -> None:
        self.registry = CollectorRegistry()
        self.service, self.swaps, self.jobs = service, swaps, jobs
        self.answers = Counter(
            "headwater_requests", "Answers by route and status.", ["route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "headwater_request_seconds", "From request to answer.", ["route"], buckets=SECONDS, registry=self.registry
        )
        self.rows = Histogram(
            "headwater_batch_rows", "Rows of a batch.", ["model"], buckets=ROWS, registry=self.registry
        )
        self.tokens = Counter("headwater_tokens", "Tokens that were run.", ["model"], registry=self.registry)
        self.registry.register(self)
        service.batcher.observe = self.batch

    def answered(self, route: str, status: int, seconds: float) -> None:
        self.answers.labels(route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def batch(self, model: str, rows: int, tokens: int) -> None:
        self.rows.labels(model).observe(rows)
        self.tokens.labels(model).inc(tokens)

    def collect(self) -> Iterator[Any]:
        """What is read rather than counted; called by the registry."""
        batcher = self.service.batcher
        yield GaugeMetricFamily("headwater_queue_tokens", "Tokens that wait.", value=batcher.queue.tokens)
        yield GaugeMetricFamily(
            "headwater_queue_capacity_tokens", "Where refusals begin.", value=batcher.queue.capacity
        )
        yield GaugeMetricFamily(
            "headwater_ready", "1 while requests are worked on.", value=float(not self.service.faults())
        )
        yield CounterMetricFamily("headwater_failed_batches", "Batches that failed.", value=batcher.failed)
        held = InfoMetricFamily("headwater_model", "What is served.", labels=["model"])
        for name, model in self.service.models.items():
            told = describe(model)
            held.add_metric([name], {key: str(value) for key, value in told.items() if key != "name"})
        yield held
        if self.jobs is not None:
            files = GaugeMetricFamily("headwater_jobs", "Files to be scored, by state.", labels=["state"])
            for state, count in self.jobs.counts().items():
                files.add_metric([state], count)
            yield files
        changed = CounterMetricFamily("headwater_swaps", "Changes of models while serving.", labels=["outcome"])
        changed.add_metric(["done"], self.swaps.done)
        changed.add_metric(["failed"], self.swaps.failed)
        yield changed
        stale = GaugeMetricFamily(
            "headwater_swap_failed", "1 where the last change of a model failed: /health says why.", labels=["model"]
        )
        for name, swap in self.swaps.last.items():
            stale.add_metric([name], float(swap.fault is not None))
        yield stale

    def text(self) -> bytes:
        return generate_latest(self.registry)
