"""A disk that is full: nothing half written is to be seen, one line says so, and with room again it goes on."""

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from headwater.api.app import create_app
from headwater.api.jobs import Jobs
from headwater.bundle import open_bundle, write_bundle
from headwater.errors import BundleError, ScoringError, StoreError
from headwater.scoring import score_file
from headwater.serving.model import open_model
from headwater.store import open_store
from headwater.store.corrections import record, recorded
from tests.api import test_scoring as sending
from tests.api.test_scoring import ended, get, post
from tests.scoring import conftest as scoring
from tests.scoring.test_kill import same
from tests.servers import served
from tests.store.test_corrections import LABEL
from tests.test_bundle import parts

feed, feed_content, news, held = scoring.feed, scoring.feed_content, scoring.news, sending.held
Tell = Callable[[str, str, str], None]


class Disk:
    """A file system of 8 MB; `leave` fills it up to so many bytes, `free` gives the room back."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ballast = folder, folder / "ballast"

    def leave(self, room: int) -> None:
        self.ballast.unlink(missing_ok=True)
        state = os.statvfs(self.folder)
        with contextlib.suppress(OSError):  # somebody else has taken of it since
            self.ballast.write_bytes(b"\0" * (state.f_bavail * state.f_frsize - room))

    def free(self) -> None:
        self.ballast.unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("to make a small disk takes root")
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        pytest.skip(f"no small disk can be made here: {made.stderr.strip()}")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(
            ["umount", "--lazy", str(folder)], check=True
        )  # lazy: also where a failed test holds a file open


def line(fault: BaseException) -> str:
    """What a fault says, which is one line."""
    assert "\n" not in str(fault)
    return str(fault)


def test_scoring_stops_and_goes_on_with_the_same_command(
    disk: Disk, feed: Path, news: Path, tmp_path: Path, told: Tell
) -> None:
    score_file([news], feed, tmp_path / "whole.jsonl", shard_rows=100)
    output = disk.folder / "out.jsonl"
    disk.leave(300_000)
    with pytest.raises(ScoringError) as caught:
        score_file([news], feed, output, shard_rows=100)
    assert "make room on the disk" in line(caught.value)
    assert sorted(path.name for path in disk.folder.iterdir() if not path.name.startswith(".")) in (
        ["ballast"], ["ballast", "out.jsonl.work"],
    )  # fmt: skip
    disk.free()
    report = score_file([news], feed, output, shard_rows=100)
    assert report.resumed > 0
    same(output, tmp_path / "whole.jsonl")
    told(
        "the disk full while a feed is scored", "one line, no partial file; goes on when there is room",
        f"one line, no partial file; goes on, {report.resumed:,} rows kept, the bytes of an unbroken run",
    )  # fmt: skip


@pytest.mark.parametrize("room", [0, 4096, 16_384, 32_768, 65_536])
def test_scoring_that_finds_no_room_to_begin_says_so_and_begins_later(
    disk: Disk, feed: Path, news: Path, tmp_path: Path, room: int
) -> None:
    output = disk.folder / "out.jsonl"
    disk.leave(room)
    with pytest.raises(ScoringError) as caught:
        score_file([news], feed, output)
    assert "make room on the disk" in line(caught.value)
    assert not output.exists()
    disk.free()
    score_file([news], feed, output)
    score_file([news], feed, tmp_path / "whole.jsonl")
    same(output, tmp_path / "whole.jsonl")


def test_a_bundle_is_written_whole_or_not_at_all(disk: Disk, tmp_path: Path, told: Tell) -> None:
    manifest, files = parts(tmp_path / "x")
    files["card.md"] = b"x" * 300_000
    for before in (None, write_bundle(disk.folder / "there", manifest, files)):
        folder = disk.folder / ("there" if before else "new")
        disk.leave(100_000)
        with pytest.raises(BundleError) as caught:
            write_bundle(folder, manifest, files)
        assert "make room on the disk" in line(caught.value)
        assert folder.exists() == bool(before)
        assert before is None or open_bundle(folder) == before
        assert not [path for path in disk.folder.iterdir() if path.name.startswith(".")]
        disk.free()
        assert open_bundle(write_bundle(folder, manifest, files).folder).manifest.name == "x"
    told("the disk full while a bundle is written", "one line; no bundle, or the old one", "one line; no bundle, or the old one whole; written when there is room")  # fmt: skip


def test_a_store_loses_no_row_that_it_took(disk: Disk, told: Tell) -> None:
    long = replace(LABEL, text="gold " * 2000)
    with open_store(str(disk.folder / "store.sqlite")) as store:
        disk.leave(400_000)
        taken = []

        def write() -> None:
            for _ in range(2000):
                taken.append(record(store, long))

        with pytest.raises(StoreError) as caught:
            write()
        assert "free some space" in line(caught.value)
        assert recorded(store) == taken
        disk.free()
        taken.append(record(store, LABEL))
    with open_store(str(disk.folder / "store.sqlite")) as again:
        assert recorded(again) == taken
    told(
        "the disk full while corrections are written to SQLite", "one line; every row that was taken is there, and no other",
        "one line; every row there, none half; written again when there is room, by the same process",
    )  # fmt: skip


def test_jobs_are_refused_or_fail_and_the_next_one_is_done(
    disk: Disk, feed: Path, news: Path, tmp_path: Path, held: threading.Event, told: Tell
) -> None:
    score_file([news], feed, tmp_path / "whole.jsonl")
    content, jobs = feed.read_bytes(), Jobs(disk.folder / "jobs")
    with served(create_app([open_model(open_bundle(news), "int8", "cpu")], workers=1, jobs=jobs)) as server:
        url = server.url + "/v1/score"
        disk.leave(len(content) // 2)
        refused = post(url, content=content)
        assert (refused.status_code, "disk is full" in refused.json()["error"]) == (507, True)
        assert not [path for path in jobs.folder.iterdir() if path.is_dir()]
        disk.leave(len(content) + 300_000)
        job = post(url, content=content).json()["id"]
        while get(f"{url}/{job}").json()["state"] == "queued":
            time.sleep(0.01)
        disk.leave(0)  # not even the job's record can be written
        held.set()
        job = ended(server.url, job)
        assert job["state"] == "failed"
        assert (
            "when the server has room" in job["error"]
            and "\n" not in job["error"]
            and str(tmp_path) not in job["error"]
        )
        assert get(f"{url}/{job['id']}/result").status_code == 409
        disk.free()
        job = ended(server.url, post(url, content=content).json()["id"])
        assert job["state"] == "done", job
        assert get(f"{url}/{job['id']}/result").content == (tmp_path / "whole.jsonl").read_bytes()
    told(
        "the disk full while files are sent to POST /v1/score, and while one is scored", "507 or a failed job, each in one line; the next is done",
        "507, a failed job, no partial result; the next done when there is room",
    )  # fmt: skip
