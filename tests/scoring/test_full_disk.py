"""No room left: a clear end, nothing half-written in sight, and the same command goes on when there is room."""

import os
import subprocess
import sys

import pytest

from headwater.scoring import score_file

# A greatest size of a file stands in for a full disk: both fail a write in the middle, and this needs no root.
PROGRAM = """
import resource, sys
from headwater.errors import ScoringError
from headwater.scoring import score_file

bundle, feed, output, most = sys.argv[1:]
if int(most):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(most), resource.RLIM_INFINITY))
try:
    score_file([bundle], feed, output, shard_rows=300)
except ScoringError as fault:
    sys.exit(str(fault))
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no limits of resources there")


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=200,
    )


@pytest.mark.parametrize("most", [30_000, 100_000, 300_000])  # a shard; the journal; the whole output
def test_it_says_so_and_goes_on(most, feed, news, tmp_path):
    output = tmp_path / "out.jsonl"
    stopped = run(news, feed, output, most)
    assert stopped.returncode == 1, stopped.stderr
    assert "no room left" in stopped.stderr and "the same command goes on" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    # The rejects of a whole run may stand already: each file is whole or not there.
    assert not output.exists()
    assert not list(tmp_path.rglob(".*.tmp")), "half a file takes the room that is needed"
    report = score_file([news], feed, output, shard_rows=300)
    assert report.read == 3000
    score_file([news], feed, tmp_path / "whole.jsonl", shard_rows=300)
    assert output.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
