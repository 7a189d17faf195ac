"""What is fetched, and what is refused: private addresses by any road, too much, too slow."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from headwater.errors import DataError, InputError
from headwater.scoring import web
from headwater.scoring.web import fetch, is_public


class Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, headers, body = {
            "/feed": (200, {}, f"<rss>{self.headers['Host']}</rss>".encode()),
            "/packed": (200, {"Content-Encoding": "gzip"}, gzip.compress(b"x" * 5_000_000)),
            "/loop": (302, {"Location": "/loop"}, b""),
            "/moved": (302, {"Location": "/feed"}, b""),
            "/inside": (302, {"Location": f"http://127.0.0.2:{self.server.server_address[1]}/feed"}, b""),
            "/local": (302, {"Location": "file:///etc/passwd"}, b""),
            "/slow": (200, {}, b"x" * 100),
        }.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.path == "/slow":
            for byte in body:
                time.sleep(0.1)
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"],
)  # fmt: skip
def test_private_addresses(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8"])
def test_public_addresses(address):
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_a_private_host_is_refused_however_it_is_written(server, host):
    with pytest.raises((InputError, DataError)) as refused:
        fetch(server.replace("127.0.0.1", host) + "/feed")
    assert "rss" not in str(refused.value)
    assert (
        isinstance(refused.value, InputError) or "not known" in str(refused.value) or "could not" in str(refused.value)
    )


def test_a_redirect_to_a_private_address_is_refused(server, monkeypatch):
    monkeypatch.setattr(web, "is_public", lambda address: address == "127.0.0.1")
    assert fetch(f"{server}/moved").startswith(b"<rss>")
    with pytest.raises(InputError, match=r"127\.0\.0\.2 is not a public address"):
        fetch(f"{server}/inside")


def test_the_name_is_looked_up_once_and_kept_in_the_host_header(server, monkeypatch):
    asked = []
    real = socket.getaddrinfo

    def answer(host, *rest, **more):
        asked.append(host)
        return real("127.0.0.1" if host == "wire.example" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    monkeypatch.setattr(web, "is_public", lambda address: True)
    port = server.rpartition(":")[2]
    assert fetch(f"http://wire.example:{port}/feed") == f"<rss>wire.example:{port}</rss>".encode()
    assert asked.count("wire.example") == 1


@pytest.mark.parametrize("path", ["/loop", "/missing", "/local"])
def test_failures_are_one_sentence(server, path):
    with pytest.raises(DataError, match="could not be fetched"):
        fetch(server + path, private=True)


def test_caps(server):
    with pytest.raises(DataError, match=r"more than 1,000,000 bytes"):
        fetch(f"{server}/packed", max_bytes=1_000_000, private=True)
    assert len(fetch(f"{server}/packed", private=True)) == 5_000_000
    with pytest.raises(DataError, match=r"not finished in time|timed out"):
        fetch(f"{server}/slow", seconds=1.0, private=True)


@pytest.mark.parametrize("url", ["ftp://a/b", "file:///etc/passwd", "feed.xml", "http://", "https://[", "http://\0"])
def test_what_is_no_web_url_is_refused(url):
    with pytest.raises((InputError, DataError)):
        fetch(url)
