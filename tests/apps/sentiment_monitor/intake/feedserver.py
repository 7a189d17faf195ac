"""A feed server of the tests' own: answers as it is told, counts who asks, and knows what a conditional GET is."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.servers import answering

__all__ = ["Answer", "FeedServer", "serving"]


@dataclass
class Answer:
    """What is said at a path: `etag` makes it conditional, `slow` is seconds before it."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    slow: float = 0.0


class FeedServer:
    """`pages` by path; `asked` holds (path, headers) of every request, `most` how many were worked on at once."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.now = self.most = 0
        self.lock = threading.Lock()
        self.url = ""


@contextmanager
def serving(server: FeedServer) -> Iterator[FeedServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            with server.lock:
                server.asked.append((self.path, headers))
                server.now += 1
                server.most = max(server.most, server.now)
            answer = server.pages.get(self.path, Answer(status=404))
            if answer.slow:
                threading.Event().wait(answer.slow)
            known = {"etag": headers.get("if-none-match"), "last-modified": headers.get("if-modified-since")}
            same = any(known.get(name.lower()) == value for name, value in answer.headers.items())
            with server.lock:
                server.now -= 1
            self.send_response(304 if same else answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            body = b"" if same else answer.body
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    with answering(running) as server.url:
        yield server
