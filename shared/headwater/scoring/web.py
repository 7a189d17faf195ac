"""Fetch a document from the public web: capped in bytes, time and redirects, never from a private address.

Without the last, whoever may name a feed could read this machine's own services or a cloud's metadata through us.
"""

import ipaddress
import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

from headwater.errors import DataError, InputError

__all__ = ["Page", "fetch", "is_public", "visit"]

REDIRECTS = 5
PERMANENT = (301, 308)
READ = 10.0  # seconds at most that one wait for an address, a connection or a byte may take
NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet; an IPv4 address inside an IPv6 one counts as itself.

    >>> is_public("93.184.216.34"), is_public("169.254.169.254"), is_public("::ffff:10.0.0.1")
    (True, False, False)
    """
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo and parsed.teredo[1])
        if parsed in NAT64:
            inner = ipaddress.IPv4Address(parsed.packed[-4:])
        if inner:
            return is_public(str(inner))
    return parsed.is_global and not parsed.is_multicast


class _PublicOnly(httpx.HTTPTransport):
    """Look the host up once, refuse private addresses, and connect to the very address that was checked.

    A second look-up could answer otherwise (DNS rebinding). Every redirect comes through here again. The Host
    header and the name in the certificate stay those of the URL.
    """

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        fault: httpx.HTTPError = httpx.ConnectError("the host has no address")
        for address in _addresses(request.url):
            pinned = httpx.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": request.url.host},
            )
            try:
                return super().handle_request(pinned)
            except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
                fault = problem
        raise fault


def _addresses(url: httpx.URL) -> list[str]:
    try:
        found = socket.getaddrinfo(url.host, url.port or {"https": 443}.get(url.scheme, 80), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        raise httpx.ConnectError(f"the host {url.host!r} is not known ({fault})") from fault
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    private = [address for address in addresses if not is_public(address)]
    if private:
        raise InputError(
            f"{url}: {private[0]} is not a public address, and only public feeds are fetched: save it as a file"
        )
    return addresses


class _Hurried(httpcore.NetworkBackend):
    """Connections that wait for nothing past `deadline`: a byte every nine seconds would never be late by itself."""

    def __init__(self, inner: httpcore.NetworkBackend, deadline: float) -> None:
        self.inner, self.deadline = inner, deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(self.deadline, timeout)
        return _HurriedStream(self.inner.connect_tcp(host, port, left, local_address, socket_options), self.deadline)


class _HurriedStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self.inner, self.deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(max_bytes, _left(self.deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, _left(self.deadline, timeout))

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(self.deadline, timeout)
        return _HurriedStream(self.inner.start_tls(ssl_context, server_hostname, left), self.deadline)

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


def _left(deadline: float, timeout: float | None) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("not finished in time")
    return left if timeout is None else min(left, timeout)


@dataclass(frozen=True)
class Page:
    """What a server answered. `headers` have names in lower case; `body` is decompressed.

    `moved` is where the page has gone for good: the last of the addresses that permanent redirects, and no other
    kind, led to one after the other; None where it is where it was.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    moved: str | None = None


def fetch(url: str, *, max_bytes: int = 32_000_000, seconds: float = 30.0, private: bool = False) -> bytes:
    """The body at an http or https URL, decompressed.

    `private=True` also allows addresses of the own network: only for a URL that the operator chose. Proxies of
    the environment are not used, since a proxy would look the host up by itself. Raises InputError for a URL we
    do not fetch, DataError where the fetch fails or goes over a cap.
    """
    page = visit(url, max_bytes=max_bytes, seconds=seconds, private=private)
    if not 200 <= page.status < 300:
        raise DataError(f"{url} could not be fetched: expected status 200, got {page.status}")
    return page.body


def visit(
    url: str,
    headers: Mapping[str, str] | None = None,
    *,
    max_bytes: int = 32_000_000,
    seconds: float = 30.0,
    private: bool = False,
) -> Page:
    """What a server answers, with any status, under the rules of `fetch`; `headers` go along, as for a conditional GET.

    Of an answer that is no success (304, 410, 503 ...) the body is not read.
    """
    if not url.lower().startswith(("http://", "https://")):
        raise InputError(f"expected an http or https URL, got {url[:80]!r}")
    deadline = time.monotonic() + seconds
    transport = httpx.HTTPTransport() if private else _PublicOnly()
    # httpx has no door for a backend, and without one a slow server holds this thread for as long as it likes.
    transport._pool._network_backend = _Hurried(transport._pool._network_backend, deadline)  # type: ignore[attr-defined]
    known = {"User-Agent": "headwater", "Accept": "application/rss+xml, application/atom+xml, application/xml, */*"}
    try:
        with httpx.Client(
            transport=transport, timeout=min(READ, seconds), follow_redirects=True, max_redirects=REDIRECTS,
            headers={**known, **(headers or {})}, trust_env=False,
        ) as client, client.stream("GET", url) as response:  # fmt: skip
            body = _body(response, url, max_bytes, deadline) if response.is_success else b""
            return Page(response.status_code, dict(response.headers), body, _moved(response))
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        raise DataError(f"{url} could not be fetched: {fault or type(fault).__name__}") from fault


def _moved(response: httpx.Response) -> str | None:
    """A hop that is not for good ends it: what lies behind may be elsewhere tomorrow."""
    moved = None
    for hop, following in zip(response.history, [*response.history[1:], response], strict=False):
        if hop.status_code not in PERMANENT:
            break
        moved = str(following.url)
    return moved


def _body(response: httpx.Response, url: str, max_bytes: int, deadline: float) -> bytes:
    body = bytearray()
    for piece in response.iter_bytes():  # decompressed: a small bomb counts at its real size
        body += piece
        if len(body) > max_bytes:
            raise DataError(f"{url}: more than {max_bytes:,} bytes came: save it as a file and score that")
        if time.monotonic() > deadline:
            raise DataError(f"{url}: not finished in time after {len(body):,} bytes: try again, or save it as a file")
    return bytes(body)
