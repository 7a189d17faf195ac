"""`headwater score`: bundles and a file or feed in, one row for each text out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.progress import BarColumn, Progress, TextColumn

from headwater.cli.bundles import bundle_folder
from headwater.cli.output import notes, print_json
from headwater.errors import InputError
from headwater.scoring.run import SHARD_ROWS, Report, score_file

__all__ = ["score"]

EVERY = 30.0  # seconds between two lines of progress where stderr is a file


def score(
    bundles: Annotated[list[str], typer.Argument(metavar="BUNDLE...", help="One or more bundles: folders, or names.")],
    source: Annotated[
        str, typer.Option("--input", help="JSONL, CSV, Parquet, RSS or Atom: a file, or a URL (https://, s3:// ...).")
    ],
    output: Annotated[
        str, typer.Option(help="FILE.jsonl, .csv or .parquet, s3://.../FILE, or a table: sqlite:///scores.db#table.")
    ],
    input_format: Annotated[
        str | None, typer.Option("--format", help="csv, feed, jsonl or parquet; told from the input where left out.")
    ] = None,
    text_column: Annotated[str, typer.Option(help="Where the text is; for feeds also title or summary.")] = "text",
    risk: Annotated[float | None, typer.Option(help="Abstain, so that at most this share of answers is wrong.")] = None,
    variant: Annotated[str | None, typer.Option(help="int8 or fp32 on a CPU, fp16 or fp32 on a GPU.")] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda or tensorrt.")] = "cpu",
    rejects: Annotated[str | None, typer.Option(help="Where bad rows go; OUTPUT.rejects.jsonl if left out.")] = None,
    shard_rows: Annotated[int, typer.Option(min=1, help="Rows of one step: what a kill can cost.")] = SHARD_ROWS,
    restart: Annotated[bool, typer.Option("--restart", help="Throw an unfinished run away and begin anew.")] = False,
    engine: Annotated[
        Literal["local", "ray"], typer.Option(help="Where the models run: here, or on a Ray cluster.")
    ] = "local",
    ray_address: Annotated[
        str | None, typer.Option(help="HOST:6379 or ray://HOST:10001; RAY_ADDRESS, else a cluster of this machine.")
    ] = None,
    actors: Annotated[
        int | None, typer.Option(min=1, help="Processes on the cluster; as many as fit if left out.")
    ] = None,
    gpus_per_actor: Annotated[float | None, typer.Option(help="1 if left out; 0.5 puts two actors on a GPU.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Score every text of a file or a feed with one or more bundles.

    A run that was killed goes on when the same command is given again, and ends in the same bytes.
    """
    folders = [bundle_folder(given) for given in bundles]
    cluster = {"address": ray_address, "actors": actors, "gpus_per_actor": gpus_per_actor}
    if engine == "local" and any(value is not None for value in cluster.values()):
        raise InputError("--ray-address, --actors and --gpus-per-actor are of --engine ray: give that too")
    with _Meter() as meter, _going_on(), _engine(engine, folders, (variant, device, risk), cluster) as options:
        report = score_file(
            source=source, output=output, variant=variant, device=device, risk=risk, text_column=text_column,
            input_format=input_format, rejects=rejects, shard_rows=shard_rows, restart=restart, progress=meter.show, **options,
        )  # fmt: skip
    if as_json:
        print_json(asdict(report))
    else:
        typer.echo(summary(report))


@contextmanager
def _engine(
    name: str, folders: Sequence[Path], models: tuple[str | None, str, float | None], cluster: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """What `score_file` takes to score with an engine."""
    if name == "local":
        yield {"bundles": folders}
        return
    from headwater.scoring.ray_engine import ray_engine  # Ray is of the extra scale

    with ray_engine(folders, *models, **cluster) as (plan, engine):
        yield {"bundles": plan, "engine": engine}


@contextmanager
def _going_on() -> Iterator[None]:
    """Say after Ctrl-C that nothing is lost."""
    try:
        yield
    except KeyboardInterrupt:
        notes.print("stopped: the same command goes on from here, --restart begins anew")
        raise typer.Exit(1) from None


def summary(report: Report) -> str:
    """The counts in words; they always reconcile."""
    counts = f"read {report.read:,} = scored {report.scored:,} + rejected {report.rejected:,}"
    lines = [f"{report.output}: {counts}, {report.texts:,} different texts, {report.seconds:.1f} s"]
    if report.resumed:
        lines.append(f"{report.resumed:,} of them were done by an earlier run")
    if report.rejected:
        lines.append(f"the rejected rows and their reasons: {report.rejects}")
    if report.left_out:
        lines.append(f"not scored, since they read two texts: {', '.join(report.left_out)}")
    return "\n".join(lines)


def pace(report: Report, share_before: float) -> tuple[float, float | None]:
    """Rows a second of this run, and the seconds left (None before anything was scored).

    `share_before` is the share of the input that earlier runs had done: skipping it took next to no time.
    """
    rate = (report.read - report.resumed) / max(report.seconds, 1e-9)
    gained = report.share - share_before
    return rate, report.seconds * (1 - report.share) / gained if gained > 0 else None


class _Meter:
    """Progress on stderr: a bar on a terminal, a line now and then in a log."""

    def __init__(self) -> None:
        self.bar = Progress(
            BarColumn(), TextColumn("{task.percentage:3.0f} % {task.description}"), console=notes, transient=True
        )
        self.task = self.bar.add_task("opening the bundles", total=1.0)
        self.before, self.said = 0.0, 0.0

    def __enter__(self) -> "_Meter":
        if notes.is_terminal:
            self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.stop()

    def show(self, report: Report) -> None:
        if report.read == report.resumed:
            self.before = report.share
        rate, left = pace(report, self.before)
        words = f"{report.read:,} rows, {report.rejected:,} rejected, {rate:,.0f} rows/s, {_clock(left)} left"
        self.bar.update(self.task, completed=report.share, description=words)
        if not notes.is_terminal and report.seconds - self.said >= EVERY:
            self.said = report.seconds
            notes.print(f"{report.share:.0%} {words}", highlight=False)


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return "unknown time"
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
