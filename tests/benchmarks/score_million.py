"""1,000,000 headlines scored by one command: how many a second, and the most memory that it takes.

    python tests/benchmarks/score_million.py [--json] [--rows 1000000]      (needs HEADWATER_DATA; half an hour on two cores)

The headlines are titles of Reuters-21578 and tweets of twitter_fin_sentiment, again and again with other numbers in them, so that no
two are one text. The command is `headwater score models/financial-news/bundle`, a process of its own, from JSONL to Parquet.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from headwater.data.catalogue import named_rows

__all__ = ["headlines", "renumbered"]

BUNDLE = Path(__file__).resolve().parents[2] / "models" / "financial-news" / "bundle"
TWEETS = ("twitter_fin_sentiment:train", "twitter_fin_sentiment:validation")
REUTERS = ("reuters21578_modapte:train", "reuters21578_modapte:test")
MEGABYTE = 1 << 20


def renumbered(text: str, draw: random.Random) -> str:
    """The text with other digits, as many of them.

    >>> renumbered("no digits", random.Random(1))
    'no digits'
    """
    return re.sub(r"\d", lambda _: str(draw.randrange(1, 10)), text)


def headlines(rows: int) -> Iterator[str]:
    """So many headlines, no two of them alike."""
    told = [row.text for name in TWEETS for row in named_rows(name)[0]]
    told += [row.text.split("\n")[0].strip().capitalize() for name in REUTERS for row in named_rows(name)[0]]
    draw, seen = random.Random(13), set()
    endless = (
        text if number < len(told) else renumbered(f"{text} ({number})", draw)
        for number, text in enumerate(cycle(told))
        if text
    )
    yield from islice((text for text in endless if not (text in seen or seen.add(text))), rows)


def _peak(process: subprocess.Popen, most: list[float]) -> None:
    """Keep the process's greatest resident memory in MB; VmHWM is the kernel's own mark."""
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        try:
            most[0] = int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) / 1024
        except (OSError, TypeError):
            return
        time.sleep(0.5)


def measured(rows: int) -> dict[str, Any]:
    """One run, from a file on disk to a file on disk."""
    with tempfile.TemporaryDirectory() as folder:
        feed, scores = Path(folder) / "feed.jsonl", Path(folder) / "scores.parquet"
        with feed.open("w", encoding="utf-8") as stream:
            stream.writelines(json.dumps({"text": text}) + "\n" for text in headlines(rows))
        most, began = [0.0], time.monotonic()
        command = ["score", str(BUNDLE), "--input", str(feed), "--output", str(scores), "--json"]
        process = subprocess.Popen([sys.executable, "-m", "headwater", *command], stdout=subprocess.PIPE)
        watcher = threading.Thread(target=_peak, args=(process, most))
        watcher.start()
        counts = json.loads(process.communicate()[0])
        watcher.join()
        seconds, written = time.monotonic() - began, pq.ParquetFile(scores).metadata.num_rows
        assert process.returncode == 0 and written == rows, f"expected {rows} scores, got {written}"
        return {
            "rows": rows,
            "seconds": round(seconds, 1),
            "rows_per_s": round(rows / seconds, 1),
            "peak_mb": round(most[0]),
            "input_mb": round(feed.stat().st_size / MEGABYTE),
            "load": round(os.getloadavg()[2], 1),
            "counts": {name: value for name, value in counts.items() if name not in ("output", "rejects")},
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measured(given.rows)
    sys.stdout.write(
        json.dumps(found, indent=2) + "\n" if given.json else "".join(f"{k}: {v}\n" for k, v in found.items())
    )


if __name__ == "__main__":
    main()
