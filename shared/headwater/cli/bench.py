"""`headwater bench`: the serving engines side by side on this machine."""

import statistics
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from headwater.cli.options import Json
from headwater.cli.output import notes, print_json, results

__all__ = ["ENCODER", "SETS", "bench", "bench_lengths", "bench_texts"]

SETS = ("banking77:test", "financial_phrasebank_50:all")
ENCODER = (384, 1536, 6)  # hidden, intermediate, layers of minilm-l6, for the count of operations
ALONE = 10  # every tenth text is also timed by itself


def bench(
    bundle: Annotated[str, typer.Option(help="The bundle: a folder or a name.")] = "support-intent",
    encoder: Annotated[str, typer.Option(help="The encoder that the bundle was made from.")] = "minilm-l6",
    engine: Annotated[list[str] | None, typer.Option(help="Only this engine; can be given again.")] = None,
    rows: Annotated[int, typer.Option(min=1, help="The first so many texts of each set.")] = 1500,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; the medians are reported.")] = 3,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads of every engine; all processors if left out.")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda or tensorrt; the last two always give the curve.")] = "cpu",
    curve: Annotated[bool, typer.Option("--curve", help="By batch size, 1 to 256, beside torch and optimum.")] = False,
    size: Annotated[
        list[int] | None, typer.Option(min=1, help="Only this batch size of the curve; can be given again.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0, help="For each engine at each batch size of the curve.")] = 3.0,
    json: Json = False,
) -> None:
    """Measure texts a second, and the milliseconds of one text, of every engine on the same texts in turns.

    The texts are the first 1,500 of banking77's test and of financial_phrasebank_50, from HEADWATER_DATA or the hub.
    transformers and optimum run the bundle's encoder under a fresh head of the same size: the same work.
    With --curve, or on a GPU, headwater stands beside torch, torch.compile and optimum on one device, by batch size.
    """
    from headwater.serving.model import processors
    from headwater.serving.session import check_device

    check_device(device)  # before anything is read or built
    if curve or device != "cpu":
        from headwater.cli.bench_curve import curve_report, curve_table

        report = curve_report(device, bundle, encoder, engine or [], rows, size or [], seconds, threads or processors())
        table = curve_table
    else:
        report = _report(bundle, encoder, engine or [], rows, rounds, threads or processors())
        table = _table
    if json:
        print_json(report)
    else:
        results.print(table(report))


def _report(given: str, encoder: str, names: list[str], rows: int, rounds: int, threads: int) -> dict[str, Any]:
    from headwater.bench.engines import NAMES, build
    from headwater.bench.measure import ceiling_gflops, flop, measure
    from headwater.bundle import open_bundle
    from headwater.cli.bundles import bundle_folder

    opened, texts = open_bundle(bundle_folder(given)), bench_texts(rows)
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as work, notes.status("building the engines") as status:
        engines = build(names or NAMES, opened, encoder, threads, Path(work))
        ceilings: list[float] = []  # one a round: a machine may slow down while it is measured
        figures = measure(
            engines, texts, texts[::ALONE], rounds, status.update, lambda: ceilings.append(ceiling_gflops(threads))
        )
    lengths = bench_lengths(opened.tokenizer, texts)
    work_gflop = flop(lengths, *ENCODER) / 1e9
    return {
        "ceiling_gflops": statistics.median(ceilings),
        "engines": {
            name: {**asdict(found), "gflops": found.texts_per_s * work_gflop / len(texts)}
            for name, found in figures.items()
        },
        "texts": len(texts),
        "tokens": sum(lengths),
        "threads": threads,
        "rounds": rounds,
        "bundle": opened.manifest.name,
        "model": opened.manifest.files["model.onnx"],
    }


def bench_texts(rows: int) -> list[str]:
    """The first rows of each set."""
    from headwater.data.catalogue import named_rows

    return [row.text for name in SETS for row in named_rows(name)[0][:rows]]


def bench_lengths(tokenizer: Path, texts: list[str]) -> list[int]:
    """Tokens of each text."""
    from tokenizers import Tokenizer

    plain = Tokenizer.from_file(str(tokenizer))
    plain.no_padding()
    return [len(encoding) for encoding in plain.encode_batch(texts)]


def _table(report: dict[str, Any]) -> Table:
    title = (
        f"{report['texts']:,} texts, {report['tokens'] / report['texts']:.1f} tokens each, {report['threads']} threads, "
        f"medians of {report['rounds']} rounds; ceiling {report['ceiling_gflops']:.0f} GFLOP/s"
    )
    table = Table("engine", "texts/s", "p50 ms", "p99 ms", "of the fp32 ceiling", title=title)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, row in report["engines"].items():
        share = f"{row['gflops'] / report['ceiling_gflops']:.0%}"
        table.add_row(name, f"{row['texts_per_s']:.0f}", f"{row['p50_ms']:.1f}", f"{row['p99_ms']:.1f}", share)
    return table
