"""kill -9 while a feed is scored, again and again: what is done stays done, and what was under way is done once more."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from headwater.scoring import score_file
from tests.faults.conftest import many
from tests.scoring import conftest as scoring
from tests.scoring.test_kill import same

feed, feed_content, news = scoring.feed, scoring.feed_content, scoring.news
ROWS, SHARD = 3000, 25
# Scores as the command does, a little slower, and writes down each shard that it begins.
PROGRAM = """
import sys, time
from pathlib import Path
from headwater.scoring import open_scorer, score_file

bundle, feed, output, begun = sys.argv[1:]
scorer = open_scorer([bundle])
sound = scorer.score
def slow(texts):
    with Path(begun).open("a") as stream:
        stream.write("x")
    time.sleep(0.05)
    return sound(texts)
scorer.score = slow
print("ready", flush=True)
score_file(scorer, feed, output, shard_rows=25)
"""


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_kills_while_scoring_lose_and_double_nothing(
    feed: Path, news: Path, tmp_path: Path, told: Callable[[str, str, str], None]
) -> None:
    kills, draw, output, begun = many(50, 6), random.Random(7), tmp_path / "out.jsonl", tmp_path / "begun"
    score_file([news], feed, tmp_path / "whole.jsonl", shard_rows=SHARD)
    begun.touch()
    done, redone = 0, []
    for _ in range(kills):
        before = begun.stat().st_size
        _start_and_kill([str(news), str(feed), str(output), str(begun)], draw.uniform(0.0, 5.0 / kills))
        now = _done(output)
        assert done <= now < ROWS // SHARD, "what was done is done no more, or nothing was left to kill"
        redone.append(begun.stat().st_size - before - (now - done))
        done = now
    assert done > 0, "the killed ones did some work"
    report = score_file([news], feed, output, shard_rows=SHARD)
    assert report.read == report.scored + report.rejected == ROWS
    assert report.resumed == done * SHARD
    assert max(redone) <= 1
    same(output, tmp_path / "whole.jsonl")
    told(
        "kill -9 while a feed is scored, 50 times", "0 lost, 0 doubled, at most 1 shard redone for each",
        f"0 lost, 0 doubled, the bytes of an unbroken run; at most {max(redone)} shard redone",
    )  # fmt: skip


def _start_and_kill(arguments: list[str], seconds: float) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments], env=environment, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        time.sleep(seconds)
        os.kill(child.pid, signal.SIGKILL)


def _done(output: Path) -> int:
    """Shards in the journal that a killed run has left."""
    for journal in output.parent.rglob("journal.sqlite"):
        with contextlib.closing(sqlite3.connect(journal)) as base, contextlib.suppress(sqlite3.OperationalError):
            return int(base.execute("SELECT count(*) FROM shards").fetchone()[0])
    return 0
