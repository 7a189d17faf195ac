"""Both wheels, built and installed beside nothing of this checkout, as an image or a stranger's machine has them."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.slow  # half a minute, of which the wheel of the models takes most
ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted(path.parent.parent.name for path in ROOT.glob("models/*/bundle/bundle.json"))
NOBODY = 65534
# What a container without capabilities and with a read-only root has: it may read everything and write what is its own.
# (Reading what belongs to others is granted only because an interpreter may stand in a closed folder of root's.)
AS_NOBODY = [
    "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs",
    "--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search", "--bounding-set=-all,+dac_read_search",
]  # fmt: skip


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """{distribution: wheel}"""
    out = tmp_path_factory.mktemp("wheels")
    for folder in (ROOT, ROOT / "deploy" / "wheel"):
        words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
        subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True)
    return {path.name.partition("-")[0]: path for path in out.glob("*.whl")}


@pytest.fixture(scope="module")
def site(wheels: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages that holds the two distributions; everything else comes from this environment."""
    out = tmp_path_factory.mktemp("site")
    words = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--no-compile",
        "--target",
        str(out),
    ]
    subprocess.run([*words, *map(str, wheels.values())], check=True, capture_output=True, text=True)
    return out


def environment(site: Path, home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HEADWATER_", "XDG_"))}
    return kept | {
        "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1", "HEADWATER_HOME": str(home), "HOME": str(home),
    }  # fmt: skip


def run(site: Path, home: Path, *words: str, before: Sequence[str] = ()) -> str:
    command = [*before, sys.executable, "-m", *words]
    done = subprocess.run(command, cwd="/", env=environment(site, home), capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_models_wheel_packs_every_bundle_that_ships_and_stays_small(wheels: Mapping[str, Path]) -> None:
    assert set(wheels) == {"headwater", "headwater_models"}
    inside = zipfile.ZipFile(wheels["headwater_models"]).namelist()
    packed = sorted(name.split("/")[2] for name in inside if name.endswith("/bundle.json"))
    assert len(SHIPPED) == 5
    assert packed == SHIPPED, "deploy/wheel/pyproject.toml: one line for each bundle in models/"
    assert wheels["headwater_models"].stat().st_size < 150e6
    assert wheels["headwater"].stat().st_size < 5e6, "the wheel of the code holds no models"


def test_both_wheels_have_the_same_version() -> None:
    versions = {
        tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
        for folder in (ROOT, ROOT / "deploy" / "wheel")
    }
    assert len(versions) == 1


def test_installed_models_are_found_with_no_checkout(site: Path, tmp_path: Path) -> None:
    rows = json.loads(run(site, tmp_path, "headwater", "models", "list", "--json"))
    assert {row["name"]: row["ok"] for row in rows} == dict.fromkeys(SHIPPED, True)
    assert all(Path(row["path"]).is_relative_to(site / "headwater_models") for row in rows)


def test_the_runtime_reports_nothing_to_anybody(site: Path, tmp_path: Path) -> None:
    run(site, tmp_path, "headwater", "models", "verify", "sentences")
    assert [path.name for path in tmp_path.iterdir()] == ["cache"], "onnxruntime would leave a machine's id in .cache"


def test_the_bot_finds_its_models_there_too(site: Path, tmp_path: Path) -> None:
    code = "from headwater.versions.shelf import resolve; print(resolve('sentences'))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd="/", env=environment(site, tmp_path), capture_output=True, text=True
    )
    assert done.stdout.strip() == str(site / "headwater_models" / "models" / "sentences" / "bundle"), done.stderr


@pytest.mark.parametrize("words", [["serve"], ["app"], ["store", "expire"], ["train"]])
def test_commands_start_from_the_wheel(site: Path, tmp_path: Path, words: list[str]) -> None:
    assert "Usage:" in run(site, tmp_path, "headwater", *words, "--help")


needs_root = pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0 or not shutil.which("setpriv"), reason="only root can become nobody"
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    os.chown(folder, NOBODY, NOBODY)
    return folder


@needs_root
def test_the_server_runs_as_nobody_and_writes_in_its_home_alone(site: Path, home: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(AssertionError, match="Permission denied"):  # the test of the test
        run(site, home, "timeit", "-n1", f"open({str(site / 'x')!r}, 'w')", before=AS_NOBODY)
    words = ["headwater", "serve", "support-intent", "entities", "--port", str(port), "--workers", "1"]
    command = [*AS_NOBODY, sys.executable, "-m", *words]
    with subprocess.Popen(command, cwd="/", env=environment(site, home), stderr=subprocess.PIPE, text=True) as server:
        try:
            health = first_answer(f"http://127.0.0.1:{port}/health", server)
            asked = {"model": "entities", "texts": ["Angela Merkel met Tim Cook in Berlin."]}
            found = httpx.post(f"http://127.0.0.1:{port}/v1/extract", json=asked, timeout=30).json()
        finally:
            server.terminate()
            said = server.communicate(timeout=20)[1]
    assert health["status"] == "ok", said
    assert [span["text"] for span in found["results"][0]["entities"]] == ["Angela Merkel", "Tim Cook", "Berlin"]
    assert "Traceback" not in said
    written = [path for path in home.rglob("*") if path.is_file()]
    assert written, "the variants that were built"
    assert {path.relative_to(home).parts[0] for path in written} == {"cache", "jobs"}
    assert {path.stat().st_uid for path in written} == {NOBODY}


def first_answer(url: str, server: "subprocess.Popen[str]") -> dict:
    end = time.monotonic() + 120
    while time.monotonic() < end and server.poll() is None:
        try:
            return httpx.get(url, timeout=5).json()
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(f"the server did not answer: {server.stderr.read() if server.poll() is not None else ''}")


@needs_root
def test_the_dashboards_open_as_nobody(site: Path, home: Path) -> None:
    run(site, home, "headwater", "app", "hub", "--check", "--host", "127.0.0.1", "--port", "8931", before=AS_NOBODY)
    assert not list(site.rglob("__pycache__/*.tmp"))
