"""deploy/triton: what can be held against the code and the schema of compose without Docker."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from headwater.serving.triton import ENGINES

FOLDER = Path(__file__).parents[2] / "deploy" / "triton"


class Compose(yaml.SafeLoader):
    """YAML with compose's own tags: `!reset` empties what another file said."""


Compose.add_constructor("!reset", lambda loader, node: [])


def content(name: str) -> dict[str, Any]:
    return yaml.load((FOLDER / name).read_text(), Loader=Compose)  # noqa: S506 - a SafeLoader with one tag more


@pytest.fixture
def triton() -> dict[str, Any]:
    return content("compose.yaml")["services"]["triton"]


def test_the_image_is_pinned(triton):
    assert re.fullmatch(r"nvcr\.io/nvidia/tritonserver:\$\{TRITON_TAG:-\d\d\.\d\d-py3\}", triton["image"])


def test_ports_are_bound_to_this_machine(triton):
    assert triton["ports"] == [f"127.0.0.1:{port}:{port}" for port in (8000, 8001, 8002)]


def test_the_repository_is_read_only_and_engines_have_room(triton):
    repository, engines = triton["volumes"]
    assert re.fullmatch(r"\$\{REPOSITORY:\?[^:}]+\}:/models:ro", repository)
    assert engines == f"engines:{ENGINES}"
    assert "engines" in content("compose.yaml")["volumes"]
    assert "--model-repository=/models" in triton["command"]


def test_one_gpu_is_reserved_and_none_without_one(triton):
    assert triton["deploy"]["resources"]["reservations"]["devices"] == [
        {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}
    ]
    assert content("cpu.yaml")["services"]["triton"]["deploy"]["resources"]["reservations"]["devices"] == []


def test_models_are_polled_and_health_is_readiness(triton):
    assert {"--model-control-mode=poll", "--strict-readiness=true"} <= set(triton["command"])
    assert [word for word in triton["command"] if not re.fullmatch(r"tritonserver|--[a-z-]+(=\S+)?", word)] == []
    check = triton["healthcheck"]
    assert check["test"][-1] == "http://localhost:8000/v2/health/ready"
    assert all(re.fullmatch(r"\d+s", check[key]) for key in ("interval", "timeout", "start_period"))


def test_the_page_names_only_what_there_is():
    page = (FOLDER / "README.md").read_text()
    for option in re.findall(r"models triton repository (.*?)(?:#|$)", page, re.MULTILINE):
        assert set(re.findall(r"--[a-z]+", option)) <= {"--device", "--accelerator", "--instances"}
    assert {"compose.yaml", "cpu.yaml"} <= set(re.findall(r"\w+\.yaml", page))
    assert ":8001/" in page
