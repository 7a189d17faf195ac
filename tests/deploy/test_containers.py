"""The Dockerfiles, held against rules that a linter of them would hold too; no image is built here."""

import fnmatch
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.reading import DEPLOY, ROOT, dockerfile, parse, routes, stages
from tests.servers import served

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FILES = sorted((DEPLOY / "containers").glob("*.Dockerfile"))
each = pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)


def test_there_are_three() -> None:
    assert [path.stem for path in FILES] == ["cpu", "gpu", "train"]


@each
def test_every_base_is_pinned_and_every_stage_is_known(file: Path) -> None:
    lines = dockerfile(file)
    (base,) = [line.rest.removeprefix("BASE=") for line in lines if line.rest.startswith("BASE=")]
    assert re.fullmatch(r"[\w./-]+:[\w.-]*\d+\.\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?", base), "a whole version"
    known = {"${BASE}"}
    for source in (line.rest.split() for line in lines if line.word == "FROM"):
        assert source[0] in known or (source[0] == "models-${MODELS}" and known >= {"models-none", "models-shipped"})
        known |= set(source[2:])
    for copied in re.findall(r"--from=(\S+)", file.read_text(encoding="utf-8")):
        assert copied in known


@each
def test_the_last_stage_is_nobodys_and_holds_no_tools(file: Path) -> None:
    last = stages(dockerfile(file))[-1]
    users = [line.rest for line in last if line.word == "USER"]
    assert users == ["10001:10001"]
    assert [line.word for line in last].index("USER") > max(i for i, line in enumerate(last) if line.word == "RUN")
    ran = " ".join(line.rest for line in last if line.word == "RUN")
    assert not re.search(r"pip install|gcc|build-essential|-dev\b|curl|wget|git\b", ran)
    copied = [line.rest for line in last if line.word in ("COPY", "ADD")]
    assert copied == ["--from=installed /opt/headwater /opt/headwater"], "the sources stay behind"
    home = next(re.search(r"HEADWATER_HOME=(\S+)", line.rest) for line in last if line.word == "ENV")
    assert home and home[1] in [line.rest for line in last if line.word == "VOLUME"]


@each
def test_what_is_installed_is_pinned_and_leaves_no_cache(file: Path) -> None:
    ran = [line.rest for line in dockerfile(file) if line.word == "RUN"]
    installs = [part for text in ran for part in text.split("&&") if "pip install" in part or " install " in part]
    pips = [part for part in installs if "pip" in part and "apt-get" not in part and "install -d" not in part]
    assert len(pips) >= 3
    for part in pips:
        assert re.search(r"-c constraints\.txt|--no-index|\"pip==[\d.]+\"|grep '\^torch=='", part), part
    assert all(
        "--mount=type=cache" in text or "--no-cache-dir" in text
        for text in ran
        if "pip " in text and " install --disable" in text
    )
    for text in ran:
        if "apt-get install" in text:
            assert "--no-install-recommends" in text
            assert "rm -rf /var/lib/apt/lists/*" in text


@each
def test_the_requirements_are_a_layer_below_the_sources(file: Path) -> None:
    first = stages(dockerfile(file))[0]
    said = [f"{line.word} {line.rest}" for line in first]
    assert said.index("COPY constraints.txt ./") < next(i for i, text in enumerate(said) if "hatchling" in text)
    assert next(i for i, text in enumerate(said) if "hatchling" in text) < said.index("COPY shared shared")


@each
def test_extras_and_version_are_the_projects(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    extras = re.search(r"(?m)^ARG EXTRAS=(\S+)$", text)
    assert extras
    chosen = set(extras[1].split(","))
    assert chosen <= set(PROJECT["optional-dependencies"])
    assert len(chosen & {"cpu", "gpu"}) == 1
    assert ("train" in chosen) == (file.stem == "train")
    assert ("grpc" in chosen) == (file.stem != "train"), "what serves takes --grpc-port"
    assert f'image.version="{PROJECT["version"]}"' in text
    assert f"headwater-{file.stem}:{PROJECT['version']}" in text


def test_the_gpus_runtime_is_the_version_that_was_tested_on_the_cpu() -> None:
    pinned = re.search(r"(?m)^onnxruntime==(\S+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"))
    assert pinned and f"ARG ONNXRUNTIME={pinned[1]}\n" in (DEPLOY / "containers/gpu.Dockerfile").read_text(
        encoding="utf-8"
    )


@each
def test_what_is_copied_is_there_and_not_ignored(file: Path) -> None:
    copied = [line.rest.split()[:-1] for line in dockerfile(file) if line.word == "COPY" and "--from" not in line.rest]
    sources = [name for names in copied for name in names]
    assert {"shared", "apps", "pyproject.toml"} <= set(sources)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = [line[1:] for line in ignored if line.startswith("!")]
    assert "*" in ignored, "what nobody allowed stays out"
    for name in sources:
        assert (ROOT / name).exists(), name
        assert any(fnmatch.fnmatch(pattern, f"{name}*") for pattern in allowed), name
    assert not [pattern for pattern in allowed if pattern.startswith((".git", "tests")) or "secret" in pattern]
    assert all(list(ROOT.glob(pattern)) for pattern in allowed), "a line that allows nothing"


@each
def test_the_command_can_be_read(file: Path) -> None:
    (command,) = [json.loads(line.rest) for line in dockerfile(file) if line.word == "CMD"]
    if command[-1] == "--help":
        return
    options = parse(command)
    assert options["host"] == "0.0.0.0"
    assert options["device"] == ("cuda" if file.stem == "gpu" else "cpu")
    assert str(options["port"]) in next(line.rest for line in dockerfile(file) if line.word == "EXPOSE").split()


def test_the_health_checks_tell_a_server_that_works_from_one_that_does_not(api: Any) -> None:
    checks = [line.rest for file in FILES[:2] for line in dockerfile(file) if line.word == "HEALTHCHECK"]
    assert len(checks) == 2
    code = json.loads(checks[0].partition("CMD ")[2])[2]
    assert code == json.loads(checks[1].partition("CMD ")[2])[2]
    asked = re.search(r"http://127\.0\.0\.1:8000(/\w+)'", code)
    assert asked and asked[1] in routes(api)

    def left(address: str) -> int:
        words = [sys.executable, "-c", code.replace("127.0.0.1:8000", address)]
        return subprocess.run(words, capture_output=True).returncode

    with served(api) as server:
        assert left(server.address) == 0
        api.state.service.batcher.close()
        assert left(server.address) == 1, "it answers, with 503"
    assert left(server.address) == 1
