"""Fetch a document from the public web: capped in bytes, time and redirects, never from a private address.

Without the last, whoever may name a feed could read this machine's own services or a cloud's metadata through us.
"""

import ipaddress
import socket
import time

import httpx

from headwater.errors import DataError, InputError

__all__ = ["fetch", "is_public"]

REDIRECTS = 5
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


def fetch(url: str, *, max_bytes: int = 32_000_000, seconds: float = 30.0, private: bool = False) -> bytes:
    """The body at an http or https URL, decompressed.

    `private=True` also allows addresses of the own network: only for a URL that the operator chose. Proxies of
    the environment are not used, since a proxy would look the host up by itself. Raises InputError for a URL we
    do not fetch, DataError where the fetch fails or goes over a cap.
    """
    if not url.lower().startswith(("http://", "https://")):
        raise InputError(f"expected an http or https URL, got {url[:80]!r}")
    transport = httpx.HTTPTransport() if private else _PublicOnly()
    headers = {"User-Agent": "headwater", "Accept": "application/rss+xml, application/atom+xml, application/xml, */*"}
    try:
        with httpx.Client(
            transport=transport, timeout=min(10.0, seconds), follow_redirects=True, max_redirects=REDIRECTS,
            headers=headers, trust_env=False,
        ) as client, client.stream("GET", url) as response:  # fmt: skip
            response.raise_for_status()
            return _body(response, url, max_bytes, time.monotonic() + seconds)
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        raise DataError(f"{url} could not be fetched: {fault or type(fault).__name__}") from fault


def _body(response: httpx.Response, url: str, max_bytes: int, deadline: float) -> bytes:
    body = bytearray()
    for piece in response.iter_bytes():  # decompressed: a small bomb counts at its real size
        body += piece
        if len(body) > max_bytes:
            raise DataError(f"{url}: more than {max_bytes:,} bytes came: save it as a file and score that")
        if time.monotonic() > deadline:
            raise DataError(f"{url}: not finished in time after {len(body):,} bytes: try again, or save it as a file")
    return bytes(body)
