"""Scoring on a Ray cluster: the bytes of the local engine, whatever dies on the way."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from headwater.errors import InputError, ScoringError
from headwater.scoring import open_scorer, score_file
from headwater.scoring.scorer import Refusal
from tests.scale import workers
from tests.scale.conftest import ROWS, SHARD, write


def rejects(path):
    return path.with_name(path.name + ".rejects.jsonl")


def assert_same(one, two):
    assert one.read_bytes() == two.read_bytes()
    assert rejects(one).read_bytes() == rejects(two).read_bytes()


def scored(bundle, feed, output, **options):
    from headwater.scoring.ray_engine import ray_engine

    with ray_engine([bundle], actors=2) as (plan, engine):
        report = score_file(plan, feed, output, shard_rows=SHARD, engine=engine, **options)
    assert report.read == report.scored + report.rejected == ROWS
    return report


def test_same_bytes_as_the_local_engine(cluster, homes, news, feed, local, tmp_path):
    def unpacked():
        return [{path.name for path in home.glob("cache/bundles/[!.]*")} for home in homes]

    def both(report):  # one actor could be done with everything before the other has opened
        end = time.monotonic() + 60
        while not all(unpacked()) and time.monotonic() < end:
            time.sleep(0.05)

    output = tmp_path / "out.jsonl"
    report = scored(news, feed, output, progress=both)
    assert report.rejected == ROWS // 50 and report.resumed == 0
    assert_same(output, local)
    # The bundle went to both nodes through the object store, and into the home of each.
    assert unpacked() == [{open_scorer([news]).identity[0]["bundle"]}] * 2


def test_a_worker_killed_from_without(cluster, homes, news, feed, local, tmp_path, monkeypatch):
    monkeypatch.setattr("headwater.scoring.ray_engine.Worker", workers.Slow)
    killed = []

    def kill(report):
        if report.read >= ROWS // 4 and not killed:
            first = next(mark for home in homes for mark in home.glob("*.worker"))
            os.kill(int(first.stem), signal.SIGKILL)
            killed.append(first)

    output = tmp_path / "out.jsonl"
    report = scored(news, feed, output, progress=kill)
    assert killed
    assert report.rejected == ROWS // 50
    assert_same(output, local)


def test_a_text_that_kills_is_put_aside(cluster, news, texts, tmp_path, monkeypatch):
    """Expected is what the local engine makes of a scorer that refuses the text and scores the others together."""
    monkeypatch.setattr("headwater.scoring.ray_engine.Worker", workers.Poisoned)
    bad = {1234, 4321}
    feed = write(tmp_path / "feed.jsonl", [workers.POISON if at in bad else text for at, text in enumerate(texts)])
    report = scored(news, feed, tmp_path / "out.jsonl")
    assert report.rejected == ROWS // 50 + len(bad)
    scorer = open_scorer([news])

    def refusing(lists):
        for some in lists:
            outcomes = iter(scorer.score([text for text in some if text != workers.POISON]))
            yield [Refusal(REASON) if text == workers.POISON else next(outcomes) for text in some]

    score_file(scorer, feed, tmp_path / "expected.jsonl", shard_rows=SHARD, engine=refusing)
    assert_same(tmp_path / "out.jsonl", tmp_path / "expected.jsonl")
    aside = [json.loads(line) for line in rejects(tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["row"] for row in aside if row["reason"] == REASON] == [number + 1 for number in sorted(bad)]


REASON = "the text killed the process that scored it, 2 times of 2"


def test_the_driver_killed(cluster, news, feed, local, tmp_path):
    """The command itself, killed -9 in its midst; the same command again ends in the same bytes."""
    output = tmp_path / "out.jsonl"
    command = ["score", news, "--input", feed, "--output", output, "--shard-rows", SHARD, "--json"]
    command += ["--engine", "ray", "--ray-address", cluster, "--actors", "2"]
    start = [sys.executable, "-m", "headwater", *map(str, command)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    child = subprocess.Popen(start, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while len(list((tmp_path / "out.jsonl.work").glob("*.rows.jsonl"))) < 5 and child.poll() is None:
        time.sleep(0.005)
    child.kill()
    child.communicate(timeout=200)
    assert child.returncode == -signal.SIGKILL, "it ended before it was killed"
    assert not output.exists()
    again = subprocess.run(start, env=environment, capture_output=True, text=True, timeout=400)
    assert again.returncode == 0, again.stderr
    report = json.loads(again.stdout)
    assert report["read"] == report["scored"] + report["rejected"] == ROWS
    assert 0 < report["resumed"] < ROWS
    assert_same(output, local)


def test_a_full_disk(cluster, news, feed, local, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "none", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip("no small disk: mounting a tmpfs needs root")
    try:
        with pytest.raises(ScoringError, match="make room on the disk, .* the same command goes on"):
            scored(news, feed, disk / "out.jsonl")
        assert sorted(path.name for path in disk.iterdir()) == ["out.jsonl.work"]
        subprocess.run(["mount", "-o", "remount,size=32m", disk], check=True)
        assert scored(news, feed, disk / "out.jsonl").resumed > 0
        assert_same(disk / "out.jsonl", local)
    finally:
        subprocess.run(["umount", disk], check=True)


def test_what_cannot_be_had(cluster, news, tmp_path):
    from headwater.scoring.ray_engine import ray_engine

    with pytest.raises(InputError, match="expected GPUs"), ray_engine([news], gpus_per_actor=1):
        pass
    with pytest.raises(ScoringError, match="2 processors and 0 GPUs"), ray_engine([news], device="cuda"):
        pass
    with pytest.raises(InputError, match="risk"), ray_engine([news], risk=0.123, actors=1):
        pass  # said by the worker, as it says it here
    assert not list(Path(tmp_path).iterdir())


def test_a_new_actor_that_never_opens_ends_the_search_for_a_deadly_text(monkeypatch):
    from types import SimpleNamespace

    from headwater.scoring import ray_pool

    def get(ref):
        raise AssertionError("it would be waited for without end")

    fake = SimpleNamespace(wait=lambda refs, **_: ([], refs), get=get, cluster_resources=dict)
    monkeypatch.setattr(ray_pool, "ray", fake)
    pool = ray_pool.Pool(lambda: ("actor", "opening"), actors=1)
    with pytest.raises(ScoringError, match="no actor could be started in 900 s"):
        pool._survives(pool.members[0], ["text"])
