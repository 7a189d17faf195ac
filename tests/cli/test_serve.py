"""`headwater serve`, as a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from inspect import get_annotations
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

import headwater
from headwater.api.keys import Unauthorized
from headwater.cli.main import app
from headwater.cli.serve import serve
from headwater.cli.server import open_keys, proxy_settings
from headwater.errors import InputError
from tests.tiny import tiny_bundle

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_it_serves_until_it_is_asked_to_stop(tmp_path):
    bundle = tiny_bundle(tmp_path / "news", "sentiment", "entities")
    (tmp_path / "keys").write_text("# of the dashboards\nsecret\n")
    port, grpc_port = free_port(), free_port()
    words = [sys.executable, "-m", "headwater", "serve", str(bundle.folder), "--port", str(port)]
    words += ["--grpc-port", str(grpc_port)]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'shared'}{os.pathsep}{ROOT / 'apps'}"}
    with subprocess.Popen(
        [*words, "--keys", str(tmp_path / "keys")], env=environment, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            url, end = f"http://127.0.0.1:{port}", time.monotonic() + 60
            while time.monotonic() < end and server.poll() is None:
                try:
                    health = httpx.get(url + "/health")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            assert health.json()["models"][0]["digest"] == bundle.digest
            model = headwater.connect(url, key="secret")
            found = model.predict_heads(["oil rose"])["sentiment"]
            assert found[0].label
            other = headwater.connect(f"grpc://127.0.0.1:{grpc_port}", key="secret")
            assert other.predict_heads(["oil rose"])["sentiment"] == found
        finally:
            server.send_signal(signal.SIGINT)
            said = server.communicate(timeout=20)[1]
    assert server.returncode in (0, -signal.SIGINT, 130)
    assert "news 1: int8 on CPUExecutionProvider" in said
    assert f"grpc://127.0.0.1:{grpc_port}" in said
    assert "Traceback" not in said


def test_a_port_that_is_taken_is_told_before_anything_is_served(tmp_path):
    bundle = tiny_bundle(tmp_path / "news", "sentiment")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = CliRunner().invoke(app, ["serve", str(bundle.folder), "--grpc-port", str(port)])
    assert done.exit_code == 1
    assert f"--grpc-port {port}: expected a free port at 127.0.0.1" in done.output


def test_faults_are_sentences(tmp_path):
    empty = tmp_path / "keys"
    empty.write_text("# none\n")
    for words, said in (
        (["serve", str(tmp_path / "nope")], "expected the folder of a bundle"),
        (["serve", "--keys", str(empty)], "expected a key a line, found none"),
        (["serve", "--keys", str(tmp_path / "gone")], "expected a readable file"),
    ):
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 1
        assert said in done.output


def test_keys_come_from_the_file_and_the_environment(tmp_path, monkeypatch, capsys):
    (tmp_path / "keys").write_text("\ufeffone\n\n  # two\n three \nfour\n", encoding="utf-8")
    monkeypatch.setenv("HEADWATER_API_KEYS", "four, five")
    keys = open_keys(tmp_path / "keys", "0.0.0.0")
    for word in ("one", "three", "four", "five"):
        assert keys.admit(word, "predict").may("admin")
    with pytest.raises(Unauthorized):
        keys.admit("# two", "predict")
    assert "asks for no key" not in capsys.readouterr().err
    monkeypatch.delenv("HEADWATER_API_KEYS")
    assert not open_keys(None, "0.0.0.0")
    assert "asks for no key" in capsys.readouterr().err
    assert not open_keys(None, "127.0.0.1")
    assert "asks for no key" not in capsys.readouterr().err
    with pytest.raises(InputError):
        open_keys(tmp_path, "127.0.0.1")


def test_only_addresses_are_trusted_as_proxies():
    assert proxy_settings(None) == {"proxy_headers": False, "forwarded_allow_ips": []}
    assert proxy_settings("10.0.0.1, fd00::/8") == {
        "proxy_headers": True,
        "forwarded_allow_ips": ["10.0.0.1", "fd00::/8"],
    }
    for wrong in ("*", "proxy.example", "10.0.0.1/8"):
        with pytest.raises(InputError, match="expected addresses or networks"):
            proxy_settings(wrong)


def test_every_verb_that_serves_has_the_same_options():
    import entity_extractor.commands.serve
    import sentiment_monitor.commands.serve
    import support_chatbot.commands.serve

    wanted = get_annotations(serve)
    for verb in (entity_extractor.commands.serve, sentiment_monitor.commands.serve, support_chatbot.commands.serve):
        held = get_annotations(verb.serve)
        for name in ("port", "host", "keys", "log", "log_texts", "proxies"):
            assert held[name] is wanted[name], (verb.__name__, name)
