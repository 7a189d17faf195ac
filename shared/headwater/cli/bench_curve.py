"""What `headwater bench --curve` reports, and its table."""

import math
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from headwater.cli.bench import ENCODER, bench_lengths, bench_texts
from headwater.cli.output import notes

__all__ = ["curve_report", "curve_table"]


def curve_report(
    device: str,
    given: str,
    encoder: str,
    names: list[str],
    rows: int,
    sizes: list[int],
    seconds: float,
    threads: int,
) -> dict[str, Any]:
    """Points of every engine, the share of the device's peak at each, and the megabytes that each engine takes."""
    from headwater.bench.curve import SIZES, curve, peak_gflops
    from headwater.bench.devices import build_on, engine_names
    from headwater.bench.measure import flop
    from headwater.bundle import open_bundle
    from headwater.cli.bundles import bundle_folder

    opened, texts = open_bundle(bundle_folder(given)), bench_texts(rows)
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as work, notes.status("building the engines") as status:
        engines, memory, left = build_on(device, names or engine_names(device), opened, encoder, threads, Path(work))
        points = curve(engines, texts, sorted(sizes) or SIZES, seconds, status.update)
        peak = peak_gflops(device, threads)
    lengths = bench_lengths(opened.tokenizer, texts)
    each = flop(lengths, *ENCODER) / 1e9 / len(texts)  # GFLOP of a text, its real tokens only
    return {
        "device": device,
        "precision_of_peak": "fp32" if device == "cpu" else "fp16",
        "peak_gflops": None if math.isnan(peak) else peak,
        "engines": {
            name: {
                "memory_mb": memory[name],
                "points": [
                    {**asdict(point), "of_peak": None if math.isnan(peak) else point.texts_per_s * each / peak}
                    for point in found
                ],
            }
            for name, found in points.items()
        },
        "left_out": left,
        "texts": len(texts),
        "tokens": sum(lengths),
        "threads": threads,
        "bundle": opened.manifest.name,
        "model": opened.manifest.files["model.onnx"],
    }


def curve_table(report: dict[str, Any]) -> Table:
    """A line for each engine and batch size."""
    peak = f"{report['peak_gflops']:.0f} GFLOP/s" if report["peak_gflops"] else "not measured"
    title = f"{report['device']}, {report['tokens'] / report['texts']:.1f} tokens a text; peak in {report['precision_of_peak']}: {peak}"  # fmt: skip
    caption = "\n".join(f"{name} was left out: {why}" for name, why in report["left_out"].items()) or None
    table = Table("engine", "batch", "texts/s", "p50 ms", "p99 ms", "of the peak", "MB", title=title, caption=caption)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, row in report["engines"].items():
        for point in row["points"]:
            table.add_row(
                name,
                str(point["batch"]),
                f"{point['texts_per_s']:.0f}",
                f"{point['p50_ms']:.1f}",
                f"{point['p99_ms']:.1f}",
                "-" if point["of_peak"] is None else f"{point['of_peak']:.0%}",
                "-" if row["memory_mb"] is None else f"{row['memory_mb']:.0f}",
            )
    return table
