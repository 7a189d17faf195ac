"""A Ray cluster of two node processes on this machine, each with a home of its own: nothing is shared but the network."""

import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from headwater.scoring import score_file
from tests.tiny import VOCABULARY, tiny_bundle

ROWS, SHARD = 6000, 100
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    lacks = [name for name in ("ray", "fsspec") if importlib.util.find_spec(name) is None]
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.scale)
            item.add_marker(pytest.mark.timeout(600))  # of a machine that is busy with other things
            if lacks:
                item.add_marker(pytest.mark.skip(reason=f"no {lacks[0]}: pip install 'headwater[scale]'"))


@pytest.fixture(scope="session")
def news(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundles") / "news", "sentiment", "entities").folder


@pytest.fixture(scope="session")
def texts() -> list[str | None]:
    """6,000 texts, many of them equal; None stands for a broken line."""
    draw = np.random.default_rng(7)
    drawn = [" ".join(draw.choice(VOCABULARY[4:], size=draw.integers(1, 7))) for _ in range(ROWS)]
    return [None if number % 50 == 0 else text for number, text in enumerate(drawn)]


@pytest.fixture(scope="session")
def feed(tmp_path_factory: pytest.TempPathFactory, texts: list[str | None]) -> Path:
    return write(tmp_path_factory.mktemp("feed") / "feed.jsonl", texts)


def write(path: Path, texts: list[str | None]) -> Path:
    rows = [
        "{broken" if text is None else json.dumps({"id": f"n{number}", "text": text})
        for number, text in enumerate(texts)
    ]
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory, news: Path, feed: Path) -> Path:
    """What the local engine makes of the feed."""
    output = tmp_path_factory.mktemp("local") / "out.jsonl"
    report = score_file([news], feed, output, shard_rows=SHARD)
    assert report.read == ROWS and report.rejected == ROWS // 50
    return output


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a cluster of two nodes with a processor each; this process is connected to it."""
    import ray
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("HOME", str(tmp_path_factory.mktemp("user")))  # where Ray keeps the token of its clusters
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        homes = [tmp_path_factory.mktemp(f"node{number}") for number in range(2)]
        nodes = [
            {"num_cpus": 1, "object_store_memory": 100_000_000, "env_vars": {"HEADWATER_HOME": str(home)}}
            for home in homes
        ]
        made = Cluster(initialize_head=True, head_node_args={**nodes[0], "include_dashboard": False})
        try:
            made.add_node(**nodes[1])
            ray.init(made.address, log_to_driver=False)
            yield made.address
        finally:
            ray.shutdown()
            made.shutdown()


@pytest.fixture(scope="session")
def homes(cluster: str, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The homes of the two nodes."""
    return sorted(path for path in tmp_path_factory.getbasetemp().glob("node[01]*") if not path.is_symlink())
