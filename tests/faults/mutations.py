"""Valid requests, spoilt: bytes turned over, values of another kind, a thousand levels, headers that lie, a client who leaves.

And how to ask an ASGI app for them without a socket, so that what no client would send can be sent.
"""

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

__all__ = ["Answer", "Asked", "ask", "spoilt", "spoilt_bytes"]

SECRET = "Aardvark"  # stands in every text, and in no line of a log
ODD: list[Any] = [
    None, True, 0, -1, 1e308, 10**400, 0.1, "", " ", "\x00", "\ud800", "\u202e", "x" * 20_000, [], {}, [[]], [None], {"": None},
    ["x"] * 5000, "../../etc/passwd", "%s%n{0}", "NaN", [[[[1]]]], SECRET,
]  # fmt: skip
HEADERS = [
    (b"content-type", b"text/plain"), (b"content-type", b"multipart/form-data; boundary=\xff"), (b"content-type", b"multipart/form-data"),
    (b"content-type", b""), (b"content-encoding", b"gzip"), (b"content-encoding", b"deflate"), (b"content-encoding", b"br, \xff"),
    (b"content-length", b"-1"), (b"content-length", b"9" * 400), (b"content-length", b"\xb2"), (b"inference-header-content-length", b"7"),
    (b"inference-header-content-length", b"-1"), (b"inference-header-content-length", b"\xb2"), (b"inference-header-content-length", b"9" * 5000),
    (b"idempotency-key", b"\xff"), (b"idempotency-key", b"k" * 300), (b"x-request-id", b"\xff\x01"), (b"authorization", b"\xff"),
    (b"authorization", b"Bearer " + b"x" * 9000), (b"x-api-key", b"\x00"), (b"accept-encoding", b"\xff"), (b"range", b"bytes=9-1"),
    (b"range", b"bytes=\xb2-"), (b"origin", b"null"), (b"forwarded", b"for=\xff"), (b"cookie", b"=" * 999), (b"host", b"[::"),
]  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A request; `leaves` is a client who is gone before the last of the body."""

    method: str
    path: str
    body: bytes = b""
    query: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    leaves: bool = False


@dataclass(frozen=True)
class Answer:
    """Its status (0 where there was none), its body, and the seconds that it took."""

    status: int
    body: bytes
    seconds: float


def spoilt(valid: Sequence[Asked], count: int, seed: int) -> Iterator[Asked]:
    """So many requests, each a valid one that one to three things were done to."""
    draw = random.Random(seed)
    for _ in range(count):
        asked = draw.choice(valid)
        for _ in range(draw.randint(1, 3)):
            asked = draw.choice(WAYS)(asked, draw)
        yield asked


def spoilt_bytes(content: bytes, draw: random.Random) -> bytes:
    """Some bytes turned over, cut out, doubled or put in."""
    made = bytearray(content)
    for _ in range(draw.randint(1, 8)):
        at = draw.randrange(len(made) + 1)
        way = draw.randrange(4)
        if way == 0 and at < len(made):
            made[at] ^= 1 << draw.randrange(8)
        elif way == 1:
            del made[at : at + draw.randint(1, 20)]
        elif way == 2:
            made[at:at] = made[at : at + draw.randint(1, 50)] * 2
        else:
            made[at:at] = draw.randbytes(draw.randint(1, 6))
    return bytes(made)


def _bytes(asked: Asked, draw: random.Random) -> Asked:
    return replace(asked, body=spoilt_bytes(asked.body, draw))


def _json(asked: Asked, draw: random.Random) -> Asked:
    """Another value, or none, at any place of a body of JSON."""
    try:
        content = json.loads(asked.body)
    except (ValueError, RecursionError):
        return _bytes(asked, draw)
    places: list[tuple[Any, Any]] = []

    def walk(holder: Any) -> None:
        for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
            places.append((holder, key))
            if isinstance(holder[key], dict | list):
                walk(holder[key])

    if isinstance(content, dict | list):
        walk(content)
    if not places:
        return replace(asked, body=json.dumps(draw.choice(ODD)).encode())
    holder, key = draw.choice(places)
    if draw.random() < 0.2:
        del holder[key]
    elif isinstance(holder, dict) and draw.random() < 0.2:
        holder[f"{SECRET}{draw.random()}"] = draw.choice(ODD)
    else:
        holder[key] = draw.choice(ODD)
    return replace(asked, body=json.dumps(content).encode())


def _deep(asked: Asked, draw: random.Random) -> Asked:
    depth, (begin, end) = draw.choice((50, 1000, 20_000)), draw.choice(((b"[", b"]"), (b'{"texts":', b"}")))
    return replace(asked, body=begin * depth + asked.body[:1000] + (end * depth if draw.random() < 0.5 else b""))


def _header(asked: Asked, draw: random.Random) -> Asked:
    name, value = draw.choice(HEADERS)
    kept = tuple(pair for pair in asked.headers if pair[0] != name or draw.random() < 0.3)
    return replace(asked, headers=(*kept, (name, value)))


def _query(asked: Asked, draw: random.Random) -> Asked:
    odd = [b"%", b"%ff=%ff", b"model=&model=", b"risk=nan", b"format=exe", b"name=" + b"a" * 900, b"text_column=%00", b"&&=", b"column=\xff"]  # fmt: skip
    return replace(asked, query=b"&".join([asked.query, draw.choice(odd)]))


def _path(asked: Asked, draw: random.Random) -> Asked:
    at = draw.randrange(len(asked.path))
    odd = draw.choice(["/", "//", "..", "\x00", "é", "%2e", "x" * 3000, "\u202e", "", " ", ";", "\n"])
    return replace(asked, path="/" + asked.path[1:at] + odd + asked.path[at + draw.randint(0, 2) :])


def _method(asked: Asked, draw: random.Random) -> Asked:
    return replace(
        asked, method=draw.choice(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "X"])
    )


def _leaving(asked: Asked, draw: random.Random) -> Asked:
    return replace(asked, leaves=True)


WAYS: list[Callable[[Asked, random.Random], Asked]] = [
    *(_bytes,) * 4, *(_json,) * 8, _deep, *(_header,) * 3, _query, _path, _method, _leaving,
]  # fmt: skip


async def ask(app: Any, asked: Asked, seconds: float = 60.0) -> Answer:
    """Answered by the app itself. Raises what it raises, and TimeoutError."""
    halves = [asked.body[: len(asked.body) // 2], asked.body[len(asked.body) // 2 :]]
    messages = [
        {"type": "http.request", "body": halves[0], "more_body": True},
        {"type": "http.disconnect"}
        if asked.leaves
        else {"type": "http.request", "body": halves[1], "more_body": False},
    ]
    status, body = 0, b""

    async def receive() -> dict:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop(0) if len(messages) > 1 or not asked.leaves else messages[0]

    async def send(message: dict) -> None:
        nonlocal status, body
        status, body = message.get("status", status), body + message.get("body", b"")

    lengths = [] if any(name == b"content-length" for name, _ in asked.headers) else [str(len(asked.body)).encode()]
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "scheme": "http", "root_path": "",
        "method": asked.method, "path": asked.path, "raw_path": asked.path.encode("utf-8", "surrogatepass"), "query_string": asked.query,
        "headers": [*asked.headers, *((b"content-length", length) for length in lengths)], "client": ("127.0.0.1", 9), "server": ("127.0.0.1", 80), "state": {},
    }  # fmt: skip
    began = time.perf_counter()
    async with asyncio.timeout(seconds):
        await app(scope, receive, send)
    return Answer(status, body, time.perf_counter() - began)
