"""The load benchmark's own arithmetic: the slope of memory, and time that counts from when a request was due."""

import asyncio
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep

import pytest

from tests.benchmarks.serve_load import Asking, slope
from tests.servers import answering


class Slow(BaseHTTPRequestHandler):
    """Answers one at a time, each after 50 ms."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        sleep(0.05)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_the_slope_leaves_out_what_had_not_settled() -> None:
    assert slope([(0, 100.0), (60, 200.0), (120, 201.0), (180, 202.0)]) == 1.0
    assert slope([(second, 50.0) for second in range(200)]) == 0.0


def test_time_counts_from_when_a_request_was_due() -> None:
    body = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
    with answering(ThreadingHTTPServer(("127.0.0.1", 0), Slow)) as url:
        asking = Asking(int(url.rpartition(":")[2]), [body], 1)

        async def late() -> None:
            await asking.ask(asyncio.get_running_loop().time() - 1.0)  # a second behind
            await asking.open(40.0, 0.5)

        asyncio.run(late())
    assert asking.statuses == {"200": len(asking.milliseconds)}
    assert asking.milliseconds[0] == pytest.approx(1050, rel=0.2)
    assert min(asking.milliseconds[1:]) >= 50
    assert asking.figures(0.5)["answers"] == {"200": len(asking.milliseconds)}
