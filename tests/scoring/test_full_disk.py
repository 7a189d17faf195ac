"""No room left: a clear end, nothing half-written in sight, and the same call goes on when there is room."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from headwater.errors import ScoringError
from headwater.scoring import open_scorer, score_file

resource = pytest.importorskip("resource", reason="no limits of resources on this system")


@contextmanager
def greatest_file(size: int) -> Iterator[None]:
    """No file of this process grows beyond `size` bytes: a write in its midst fails, as on a full disk, and needs no root."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [50_000, 100_000, 400_000])  # a shard has 60 KB, the journal more, the output 600 KB
def test_it_says_so_and_goes_on(size, feed, news, tmp_path):
    scorer, output = open_scorer([news]), tmp_path / "out.jsonl"
    with pytest.raises(ScoringError, match="make room on the disk, .* goes on"), greatest_file(size):
        score_file(scorer, feed, output, shard_rows=300)
    assert not output.exists()
    assert not list(tmp_path.rglob(".*.tmp")), "half a file takes the room that is needed"
    assert score_file(scorer, feed, output, shard_rows=300).read == 3000
    score_file(scorer, feed, tmp_path / "whole.jsonl", shard_rows=300)
    assert output.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
