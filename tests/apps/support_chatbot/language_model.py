"""A server on this machine that answers as a language model does, or as a bad one."""

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["Server"]


class Server(ThreadingHTTPServer):
    """Says `text` after `wait` seconds, or sends `raw` with `status`; keeps what it was asked."""

    text, wait, status, raw, drip = "", 0.0, 200, None, False
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, dict, dict]] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, dict(self.headers), json.loads(body)))
        time.sleep(self.server.wait)
        answer = {"choices": [{"message": {"role": "assistant", "content": self.server.text}}]}
        content = json.dumps(answer).encode() if self.server.raw is None else self.server.raw
        try:
            self.send_response(self.server.status)
            self.end_headers()
            for byte in content if self.server.drip else ():
                self.wfile.write(bytes([byte]))
                time.sleep(0.05)
            self.wfile.write(content)
        except OSError:
            pass  # the client had enough

    def log_message(self, *_: object) -> None:
        pass
