"""Connections on which nothing gets on are cut, and those that only wait are not."""

import json
import socket
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from headwater.api.app import create_app
from headwater.api.patience import patient
from headwater.api.service import Limits
from tests.servers import Served, served

PATIENCE = 1.0
HEAD = b"POST /v1/classify HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"


@pytest.fixture
def server(models) -> Iterator[Served]:
    app = create_app(models[1:2], Limits(patience=PATIENCE), workers=1)
    with served(app, http=patient(PATIENCE), timeout_keep_alive=60) as made:
        yield made


def talk(server: Served, beginning: bytes, more: Callable[[int], bytes], seconds: float) -> bytes:
    """What the server says to a client that goes on sending `more` for so long, or until it is cut off."""
    host, port = server.address.split(":")
    with socket.create_connection((host, int(port)), timeout=0.1) as plain:
        plain.sendall(beginning)
        got, end = b"", time.monotonic() + seconds
        for number in range(10_000):
            try:
                plain.sendall(more(number))
                part = plain.recv(65_536)
            except TimeoutError:
                assert time.monotonic() < end, "it was never cut"
                continue
            except OSError:
                return got
            got += part
            if not part:
                return got
    raise AssertionError


@pytest.mark.parametrize("beginning", [b"", b"GET /health HTTP/1.1\r\nX-Slow: "])
def test_a_head_that_never_ends_is_cut(server: Served, beginning: bytes) -> None:
    assert talk(server, beginning, lambda number: b"x" if beginning else b"", 20) == b""


def test_the_rest_of_a_body_that_was_answered_already_is_not_waited_for(server: Served) -> None:
    refused = talk(
        server, b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n", lambda number: b"x", 20
    )
    assert refused.startswith(b"HTTP/1.1 404")


def test_a_body_that_never_ends_gets_408(server: Served) -> None:
    began = time.monotonic()
    said = talk(server, HEAD % 9000, lambda number: b" ", 20)
    assert said.startswith(b"HTTP/1.1 408") and b"connection: close" in said.lower()
    assert b"expected the whole body within 1 s" in said
    assert time.monotonic() - began >= PATIENCE


def test_who_waits_for_an_answer_or_between_two_requests_is_not_cut(server: Served, models) -> None:
    batcher = server.app.state.service.batcher
    lane = batcher.lanes["one"]

    def slow(arrays):
        time.sleep(3 * PATIENCE)
        return models[1].session(arrays)

    batcher.lanes["one"] = type(lane)(slow, lane.fill, lane.token)
    with httpx.Client(base_url=server.url, timeout=30) as client:
        assert client.post("/v1/classify", json={"texts": ["oil"]}).status_code == 200
        (held,) = client._transport._pool.connections
        time.sleep(3 * PATIENCE)
        assert client.get("/health").status_code == 200
        assert client._transport._pool.connections == [held], "the same connection"


def test_an_answer_that_is_not_taken_is_given_up(models) -> None:
    class Small(patient(PATIENCE)):
        def connection_made(self, transport):
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            super().connection_made(transport)  # else the kernel would take the whole answer off the server

    app = create_app(models[:1], workers=1)
    body = json.dumps({"texts": ["oil rose"] * 4000}).encode()
    with served(app, http=Small) as made, socket.socket() as plain:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        host, port = made.address.split(":")
        plain.connect((host, int(port)))
        plain.settimeout(60)
        head = b"POST /v1/classify HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
        plain.sendall(head + body)
        assert plain.recv(100).startswith(b"HTTP/1.1 200")
        time.sleep(4 * PATIENCE)
        with pytest.raises(ConnectionResetError):
            _take_all(plain)


def _take_all(plain: socket.socket) -> None:
    while plain.recv(1 << 20):
        pass
