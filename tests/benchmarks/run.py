"""Run the benchmarks of README.md's table, and put what they print in its place.

    python tests/benchmarks/run.py                 all that can be run as they stand (a day)
    python tests/benchmarks/run.py new_types bench      these
    python tests/benchmarks/run.py --list          what there is, and what is run by hand

A result is replaced only by a run that ended well and printed JSON; a benchmark that fails does not stop the others. Then run
figures.py, which writes them on the pages.
"""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # as a script it knows its own folder alone
from headwater.files import write_whole  # noqa: E402

__all__ = ["Benchmark", "benchmarks", "command_line", "main", "run"]

PAGE = Path(__file__).with_name("README.md")
ROW = re.compile(r"^\| `results/(?P<name>\w+)\.json` \| (?P<cell>.*) \|$", re.MULTILINE)
WHOLE = re.compile(r"`(?P<command>[^`]+)`(?: \((?P<note>[^()]*)\))?")


@dataclass(frozen=True)
class Benchmark:
    """A row of the table: the result's name, its command (None where it is run by hand), and what the row says beside it."""

    name: str
    command: str | None
    note: str = ""


def benchmarks(page: Path = PAGE) -> dict[str, Benchmark]:
    """The table's rows by the name of their result. A row with more than one command and a note is run by hand."""
    found = {}
    for row in ROW.finditer(page.read_text(encoding="utf-8")):
        plain = WHOLE.fullmatch(row["cell"])
        command, note = (plain["command"], plain["note"] or "") if plain else (None, row["cell"])
        found[row["name"]] = Benchmark(row["name"], command, note)
    return found


def command_line(command: str) -> list[str]:
    """The command of a row by this Python.

    >>> command_line("headwater bench --json")[1:]
    ['-m', 'headwater', 'bench', '--json']
    """
    first, *rest = shlex.split(command)
    return [sys.executable, *(("-m", "headwater") if first == "headwater" else ()), *rest]


def run(one: Benchmark, results: Path) -> str | None:
    """Run a benchmark into its file; what went wrong, or None."""
    assert one.command is not None
    paths = [str(ROOT / "shared"), str(ROOT / "apps"), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(command_line(one.command), cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    if done.returncode:
        return f"it ended with {done.returncode}"
    try:
        json.loads(done.stdout)
    except ValueError as fault:
        return f"expected JSON, got {done.stdout[:60]!r} ({fault})"
    write_whole(results / f"{one.name}.json", [done.stdout])
    return None


def main(words: list[str] | None = None, page: Path = PAGE) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="results to make; all that can be where none is named")
    parser.add_argument("--list", action="store_true")
    options, known = parser.parse_args(words), benchmarks(page)
    if options.list:
        print("\n".join(f"{one.name:<24} {one.command or 'by hand: ' + one.note}" for one in known.values()))
        return 0
    for name in options.names:
        if name not in known or known[name].command is None:
            by_hand = f"is run by hand: {known[name].note}" if name in known else f"is none of {', '.join(known)}"
            parser.error(f"{name} {by_hand}")
    failed = 0
    for one in [known[name] for name in options.names] or [one for one in known.values() if one.command]:
        print(f"{one.name}: {one.command}{f' ({one.note})' if one.note else ''}", file=sys.stderr, flush=True)
        begun = time.perf_counter()
        fault = run(one, page.parent / "results")
        failed += fault is not None
        print(f"{one.name}: {fault or 'done'}, {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    print("now: python tests/benchmarks/figures.py", file=sys.stderr)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
