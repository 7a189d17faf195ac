"""`headwater app`: the right script on a free port with the right settings, checked by really starting it."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from headwater.cli.dashboards import (
    PACKAGES,
    command,
    environment,
    free_port,
    running,
    script,
    settings_folder,
    wait_until_up,
)
from headwater.cli.main import app
from headwater.errors import HeadwaterError

runner = CliRunner()
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def busy() -> Iterator[int]:
    """A port that somebody listens on, with a free one after it."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_every_app_has_a_script_and_the_theme() -> None:
    assert PACKAGES.keys() == {"hub", "support", "monitor", "extractor"}
    for name in PACKAGES:
        assert script(name).is_file()
        assert settings_folder(script(name)) == ROOT


def test_an_installed_hub_carries_the_theme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("hub", "support_chatbot"):
        (tmp_path / "site" / package / ".streamlit").mkdir(parents=True)
        (tmp_path / "site" / package / "app.py").touch()
    (tmp_path / "site" / "support_chatbot" / ".streamlit").rmdir()
    (tmp_path / "site" / "hub" / ".streamlit" / "config.toml").touch()
    monkeypatch.setattr("headwater.cli.dashboards.package_folder", lambda name: tmp_path / "site" / name)
    assert settings_folder(script("support")) == tmp_path / "site" / "hub"


def test_a_busy_port_is_moved_past(busy: int) -> None:
    assert free_port("localhost", busy) > busy
    done = runner.invoke(app, ["app", "--check", "--json", "--port", str(busy)])
    assert done.exit_code == 0, done.output
    assert f"port {busy} is busy" in done.stderr
    assert json.loads(done.stdout)["url"] != f"http://localhost:{busy}"


def test_a_host_that_is_not_ours_is_an_error() -> None:
    with pytest.raises(HeadwaterError, match="give --host"):
        free_port("no-such-host.invalid", 8501)


def test_the_server_never_asks_for_an_address_and_never_phones_home() -> None:
    words = command(Path("app.py"), "localhost", 8501)
    settings = dict(zip(words[5::2], words[6::2], strict=True))
    assert settings["--server.headless"] == "true"
    assert settings["--browser.gatherUsageStats"] == "false"
    assert settings["--server.port"] == "8501"


def test_folders_of_the_environment_are_made_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_MODELS", "models")
    monkeypatch.setenv("HEADWATER_DATA", "")
    assert environment()["HEADWATER_MODELS"] == str(Path("models").resolve())
    assert environment()["HEADWATER_DATA"] == ""


@pytest.mark.parametrize("url", ["postgresql://db/x", "sqlite:////a/b.db"])
def test_of_the_store_a_path_is_made_absolute_and_a_url_stays(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("HEADWATER_STORE", "mine.db")
    assert environment()["HEADWATER_STORE"] == str(Path("mine.db").resolve())
    monkeypatch.setenv("HEADWATER_STORE", url)
    assert environment()["HEADWATER_STORE"] == url


def test_a_server_that_dies_says_its_last_words() -> None:
    words = [sys.executable, "-c", "import sys; print('no such theme'); sys.exit(3)"]
    with (
        pytest.raises(HeadwaterError, match=r"exit code 3: no such theme"),
        running(words, "http://localhost:9", None),
    ):
        pass


def test_a_server_that_never_answers_is_given_up() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], text=True) as silent:
        with pytest.raises(HeadwaterError, match="within 0 s"):
            wait_until_up("http://localhost:9", silent, seconds=0.3)
        silent.kill()


def test_the_process_is_the_server_so_that_a_signal_stops_it() -> None:
    port = free_port("localhost", 28_501)
    words = [sys.executable, "-m", "headwater", "app", "monitor", "--port", str(port)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as server:
        try:
            wait_until_up(f"http://localhost:{port}", server)
        finally:
            server.terminate()
        server.wait(60)
        assert f"http://localhost:{port}" in server.stderr.read()
    time.sleep(0.2)
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"http://localhost:{port}/_stcore/health", trust_env=False)
