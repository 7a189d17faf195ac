"""What is fetched, and what is refused: private addresses by any road, too much, too slow."""

import gzip
import socket
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from headwater.errors import DataError, InputError
from headwater.scoring import web
from headwater.scoring.web import fetch, is_public, visit
from tests.servers import answering


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
            "/for-good": (301, {"Location": "/for-good-again"}, b""),
            "/for-good-again": (308, {"Location": "/feed"}, b""),
            "/then-for-now": (301, {"Location": "/moved"}, b""),
            "/gone": (410, {"X-Why": "sold"}, b"y" * 10_000_000),
            "/marked": (200, {"ETag": '"7"'}, b"<rss/>"),
        }.get(self.path, (404, {}, b""))
        if self.path == "/drip":
            self.drip()
            return
        if self.headers["If-None-Match"] == '"7"':
            status, body = 304, b""
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

    def drip(self) -> None:
        """Headers a byte at a time: none of them is late."""
        try:
            for byte in b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 1000:
                self.wfile.write(bytes([byte]))
                time.sleep(0.05)
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with answering(ThreadingHTTPServer(("127.0.0.1", 0), Pages)) as url:
        yield url


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


def test_headers_that_drip_are_cut_off_in_time(server):
    began = time.monotonic()
    with pytest.raises(DataError, match="could not be fetched"):
        visit(f"{server}/drip", seconds=1.0, private=True)
    assert time.monotonic() - began < 5


def test_a_visit_tells_any_status_and_reads_no_body_of_a_failure(server):
    page = visit(f"{server}/gone", max_bytes=100, private=True)
    assert (page.status, page.headers["x-why"], page.body, page.moved) == (410, "sold", b"", None)
    with pytest.raises(DataError, match="expected status 200, got 410"):
        fetch(f"{server}/gone", private=True)


def test_a_conditional_visit(server):
    first = visit(f"{server}/marked", private=True)
    assert (first.status, first.body) == (200, b"<rss/>")
    again = visit(f"{server}/marked", {"If-None-Match": first.headers["etag"]}, private=True)
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    ("path", "moved"),
    [
        ("/feed", None),
        ("/for-good", "/feed"),
        ("/moved", None),
        ("/then-for-now", "/moved"),
        ("/for-good-again", "/feed"),
    ],
)
def test_where_it_has_moved_for_good(server, path, moved):
    assert visit(server + path, private=True).moved == (moved and server + moved)
