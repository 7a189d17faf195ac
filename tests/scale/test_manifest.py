"""deploy/ray: what Ray's own schema says of it, and what it promises."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "deploy" / "ray" / "cluster.yaml").read_text(encoding="utf-8")


def test_ray_takes_it():
    from ray.autoscaler._private.util import prepare_config, validate_config

    config = yaml.safe_load(TEXT)
    validate_config(prepare_config(config))  # as `ray up` does, with the defaults of the provider filled in
    assert config["head_node_type"] in config["available_node_types"]


def test_it_runs_the_ray_that_was_tested():
    pinned = re.search(r"^ray==(\S+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)[1]
    assert set(re.findall(r"(?:ray(?:\[default\])?==|ray/ray:|ray:)(\d+\.\d+\.\d+)", TEXT)) == {pinned}


def test_its_machines_get_the_versions_that_were_tested():
    config = yaml.safe_load(TEXT)
    (install,) = config["setup_commands"]
    assert config["file_mounts"][re.search(r"-c (\S+)", install)[1]] == "constraints.txt"
    pinned = dict(re.findall(r"(?m)^(\S+)==(\S+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8")))
    given = dict(re.findall(r'"([a-z0-9-]+)(?:\[[\w,]+\])?==([\d.]+)"', install))
    assert given == {"onnxruntime-gpu": pinned["onnxruntime"], "s3fs": pinned["fsspec"]}
    for machine in config["available_node_types"].values():
        assert machine["node_config"]["ImageId"] == "ami-WRITE-YOURS", "which image it is decides which driver"


def test_its_command_has_options_that_exist():
    from typer.main import get_command

    from headwater.cli.main import app

    verb = get_command(app).get_command(None, "score")
    known = {name for option in _loaded(verb).params for name in option.opts}
    command = TEXT[TEXT.index("headwater score") : TEXT.index("ray down")]
    used = set(re.findall(r"--[a-z-]+", command))
    assert used and used <= known


def _loaded(verb):
    from headwater.cli.verbs import Verb

    return verb if verb.params else Verb("score", "").load()
