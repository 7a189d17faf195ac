"""kill -9 at chosen and at any moments: the next run ends in the bytes of an unbroken one."""

import os
import signal
import subprocess
import sys
import time

import pytest

from headwater.scoring import score_file

# Scores as the command does, and kills itself at the n-th call of a function, before or after it.
PROGRAM = """
import os, signal, sys, time
import headwater.files, headwater.scoring.journal, headwater.scoring.outputs, headwater.scoring.target
from headwater.scoring import open_scorer, score_file

bundle, feed, output, where, name, moment, nth, pause = sys.argv[1:]
if where != "-":
    place = eval("headwater." + where)
    function, calls = getattr(place, name), 0
    def deadly(*arguments, **options):
        global calls
        calls += 1
        if calls == int(nth) and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*arguments, **options)
        if calls == int(nth):
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(place, name, deadly)
scorer = open_scorer([bundle])
sound = scorer.score
scorer.score = lambda texts: (time.sleep(float(pause)), sound(texts))[1]
print("ready", flush=True)
score_file(scorer, feed, output, shard_rows=100)
"""

MOMENTS = [
    ("files", "sync", "before", 9),  # a shard is written and not renamed
    ("files", "sync", "before", 10),  # renamed, and not known to be on the disk
    ("scoring.journal.Journal", "commit", "before", 4),  # on the disk, and not in the journal
    ("scoring.journal.Journal", "commit", "after", 30),  # the last shard is in the journal
    ("scoring.target", "write_jsonl", "before", 1),  # about to join the rejects
    ("scoring.target", "write_jsonl", "after", 1),  # rejects written beside their place
    ("scoring.journal.Journal", "finish", "before", 1),  # all is in its place, the work folder still there
    ("scoring.journal.shutil", "rmtree", "before", 2),  # the work folder is renamed and not deleted
]


def start(news, feed, output, where="-", name="-", moment="-", nth=0, pause=0.0):
    command = [sys.executable, "-c", PROGRAM, *map(str, (news, feed, output, where, name, moment, nth, pause))]
    return subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, stdout=subprocess.PIPE
    )


def same(one, two):
    assert one.read_bytes() == two.read_bytes()
    assert (
        one.with_name(one.name + ".rejects.jsonl").read_bytes()
        == two.with_name(two.name + ".rejects.jsonl").read_bytes()
    )


@pytest.fixture(scope="module")
def whole(feed_content, tmp_path_factory, news):
    """Outputs of runs that nobody killed."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "feed.jsonl").write_bytes(feed_content)
    for ending in ("jsonl", "csv", "parquet"):
        score_file([news], folder / "feed.jsonl", folder / f"out.{ending}", shard_rows=100)
    return folder


@pytest.mark.parametrize(("where", "name", "moment", "nth"), MOMENTS)
def test_killed_at_a_chosen_moment(feed, tmp_path, news, whole, where, name, moment, nth):
    output = tmp_path / "out.csv"
    child = start(news, feed, output, where, name, moment, nth)
    child.communicate(timeout=200)
    assert child.returncode == -signal.SIGKILL
    report = score_file([news], feed, output, shard_rows=100)
    assert report.read == report.scored + report.rejected == 3000
    same(output, whole / "out.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["feed.jsonl", "out.csv", "out.csv.rejects.jsonl"]


@pytest.mark.slow
@pytest.mark.timeout(900)  # of a machine that is busy with other things
@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_killed_again_and_again(feed, tmp_path, news, whole, ending):
    """30 shards at 50 ms each take 1.5 s; each run is killed after some 0.7 s."""
    output, killed = tmp_path / f"out.{ending}", 0
    for _ in range(4):
        child = start(news, feed, output, pause=0.05)
        child.stdout.readline()
        time.sleep(0.6 + 0.037 * (killed % 5))
        child.kill()
        child.communicate(timeout=200)
        if child.returncode == 0:
            break
        killed += 1
    assert killed >= 1
    report = score_file([news], feed, output, shard_rows=100)
    assert report.read == 3000
    same(output, whole / output.name)
