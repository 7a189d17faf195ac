"""FEEDS.toml: what it says, and every fault of it at once."""

from pathlib import Path

import pytest

from headwater.errors import InputError
from sentiment_monitor.intake.feedlist import read_feeds

GOOD = """
[[feed]]
name = "ecb"
url = "https://www.ecb.example/rss.xml"
every = "10m"
source = "ECB"

[[feed]]
name = "wire"
folder = "incoming"
pattern = "*.jsonl*"
"""
BAD = """
[[feed]]
url = "https://a.example/"
[[feed]]
name = "b"
url = "ftp://b.example/"
[[feed]]
name = "c"
folder = "x"
every = "soon"
[[feed]]
name = "d"
url = "https://d.example/"
folder = "d"
[[feed]]
name = "e"
url = "https://e.example/"
colour = "red"
[[feed]]
name = "f"
url = "https://f.example/"
every = "1s"
private = "yes"
[[feed]]
name = "g"
url = "https://g.example/"
[[feed]]
name = "g"
url = "https://h.example/"
"""


def written(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "FEEDS.toml"
    path.write_text(content, encoding="utf-8")
    return path


def test_good(tmp_path: Path) -> None:
    ecb, wire = read_feeds(written(tmp_path, GOOD))
    assert (ecb.kind, ecb.address, ecb.options) == (
        "url",
        "https://www.ecb.example/rss.xml",
        {"every": 600.0, "source": "ECB"},
    )
    assert (wire.kind, wire.address, wire.options) == ("folder", str(tmp_path / "incoming"), {"pattern": "*.jsonl*"})


def test_every_fault_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        read_feeds(written(tmp_path, BAD + "[other]\n"))
    said = str(refused.value)
    for part in ("feed 1: name:", "feed 2: url:", "feed 3: every: expected a time", "feed 4: expected a url or a folder",
                 "feed 5: colour: a feed of kind url has the keys", "feed 6: every: expected 30s", "'g' is that of several", "'other'"):  # fmt: skip
        assert part in said, part


@pytest.mark.parametrize("content", ["", "feed = 7", "[[feed", "[feed]\nname = 'x'"])
def test_no_feeds(tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError, match="expected"):
        read_feeds(written(tmp_path, content))
