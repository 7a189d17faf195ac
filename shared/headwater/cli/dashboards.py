"""Start a dashboard: which script, on which port, with which settings, and how to tell that it is up."""

import errno
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx

from headwater.errors import HeadwaterError

__all__ = [
    "PACKAGES",
    "command",
    "environment",
    "free_port",
    "package_folder",
    "running",
    "script",
    "settings_folder",
    "wait_until_up",
]

PACKAGES = {
    "hub": "hub",
    "support": "support_chatbot",
    "monitor": "sentiment_monitor",
    "extractor": "entity_extractor",
}
PATHS = ("HEADWATER_API_KEY_FILE", "HEADWATER_DATA", "HEADWATER_HOME", "HEADWATER_MODELS", "HEADWATER_STORE_FILE")
TRIES = 100  # ports from the one that was asked for
# Said here as well as in .streamlit/config.toml, so that they hold whatever the user's own settings are.
SETTINGS = {
    "server.headless": "true",  # else Streamlit asks for an e-mail address on its first run
    "browser.gatherUsageStats": "false",
    "server.fileWatcherType": "none",
    "client.showErrorDetails": "none",
    "server.maxUploadSize": "20",
}


def package_folder(name: str) -> Path | None:
    """Where an installed package stands; None where it is not installed."""
    spec = find_spec(name)
    return Path(next(iter(spec.submodule_search_locations))) if spec and spec.submodule_search_locations else None


def script(app: str) -> Path:
    """The entry script of an app: hub, support, monitor or extractor."""
    folder = package_folder(PACKAGES[app])
    if folder is None or not (folder / "app.py").is_file():
        raise HeadwaterError(f"the app {app!r} ({PACKAGES[app]}) is not installed here: pip install 'headwater[cpu]'")
    return folder / "app.py"


def settings_folder(entry: Path) -> Path | None:
    """The folder that holds .streamlit/config.toml, the theme of all apps: a checkout's root, or an installed hub."""
    places = [*entry.resolve().parents[:3], package_folder("hub")]
    return next((place for place in places if place and (place / ".streamlit" / "config.toml").is_file()), None)


def free_port(host: str, first: int) -> int:
    """The first port from `first` on that nobody listens on. Raises HeadwaterError after a hundred."""
    for port in range(first, min(first + TRIES, 65536)):
        if _is_free(host, port):
            return port
    raise HeadwaterError(f"no free port from {first} to {first + TRIES - 1} on {host}: stop a server, or give --port")


def _is_free(host: str, port: int) -> bool:
    """Whether nothing holds the port on any address of the host: a browser tries ::1 and 127.0.0.1 in turn."""
    try:
        found = {(info[0], info[4]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except socket.gaierror as fault:
        raise HeadwaterError(f"expected an address of this machine, got {host!r} ({fault}): give --host") from fault
    return all(_can_bind(family, address) for family, address in found)


def _can_bind(family: int, address: tuple[Any, ...]) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name != "nt":  # what was closed a moment ago is free; on Windows the option would share a busy port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as fault:
            return fault.errno == errno.EADDRNOTAVAIL  # a name may have an IPv6 address that this machine has not
    return True


def command(entry: Path, host: str, port: int) -> list[str]:
    """The command that serves a script."""
    settings = {"server.address": host, "server.port": str(port), **SETTINGS}
    flags = [part for key, value in settings.items() for part in (f"--{key}", value)]
    return [sys.executable, "-m", "streamlit", "run", str(entry), *flags]


def environment() -> dict[str, str]:
    """This process's environment, with Headwater's paths absolute: a server stands in another folder."""
    kept = {name: str(Path(os.environ[name]).resolve()) for name in PATHS if os.environ.get(name)}
    store = os.environ.get("HEADWATER_STORE", "")
    if store and "://" not in store:
        kept["HEADWATER_STORE"] = str(Path(store).resolve())
    return {**os.environ, **kept}


@contextmanager
def running(words: Sequence[str], url: str, folder: Path | None) -> Iterator[str]:
    """Run a server for as long as the block; `url` is yielded once it answers."""
    server = subprocess.Popen(
        words, cwd=folder, env=environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
    )  # fmt: skip
    try:
        wait_until_up(url, server)
        yield url
    finally:
        server.terminate()
        try:
            server.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.communicate()


def wait_until_up(url: str, server: "subprocess.Popen[str]", seconds: float = 120) -> None:
    """Return when the server's health page says ok. Raises HeadwaterError with its last words where it does not."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.poll() is not None:
            said = (server.stdout.read() if server.stdout else "").strip().splitlines()
            raise HeadwaterError(f"the dashboard stopped with exit code {server.returncode}: " + "\n".join(said[-20:]))
        try:
            # Without the environment's proxies: the server is on this machine.
            answer = httpx.get(f"{url}/_stcore/health", timeout=2, trust_env=False)
        except httpx.HTTPError:
            answer = None
        if answer is not None and answer.status_code == 200 and answer.text.strip() == "ok":
            return
        time.sleep(0.1)
    raise HeadwaterError(f"expected the dashboard at {url} to answer within {seconds:.0f} s, and it did not")
