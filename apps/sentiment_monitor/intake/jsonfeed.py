"""Rows of a JSON Feed (https://www.jsonfeed.org/version/1.1/), by the rules of the other feeds."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from headwater.errors import DataError
from headwater.scoring.feeds import plain_text
from headwater.scoring.rows import Reject, Row, make_row

__all__ = ["read_json_feed"]

VERSION = "jsonfeed.org/version/"


def read_json_feed(content: bytes, where: str = "feed") -> Iterator[Row | Reject]:
    """One item for each of a JSON Feed given as bytes; `number` counts from 1. Raises DataError where it is none."""
    try:
        feed = json.loads(content)
    except (ValueError, RecursionError) as fault:
        raise DataError(f"{where}: expected a JSON Feed: {fault}") from fault
    if (
        not isinstance(feed, dict)
        or VERSION not in str(feed.get("version"))[:100]
        or not isinstance(feed.get("items"), list)
    ):
        raise DataError(f"{where}: expected a JSON Feed with a version of jsonfeed.org and a list of items")
    publisher = plain_text(_said(feed, "title"))
    for number, item in enumerate(feed["items"], 1):
        if isinstance(item, dict):
            yield make_row(number, _fields(item, publisher, where))
        else:
            yield Reject.of(number, f"expected an object, got {type(item).__name__}", str(item)[:500])


def _fields(item: Mapping[str, Any], publisher: str, where: str) -> dict[str, Any]:
    title = plain_text(_said(item, "title"))
    body = _said(item, "summary") or _said(item, "content_text") or plain_text(_said(item, "content_html"))
    body = " ".join(body.split())
    link = _said(item, "url") or _said(item, "external_url")
    name = item.get("id")
    return {
        "title": title,
        "text": body if body.startswith(title) else f"{title}\n{body}".strip(),
        "id": str(name) if isinstance(name, str | int | float) else None,
        "published": item.get("date_published") or item.get("date_modified"),
        "source": publisher,
        "url": _joined(where, link),
    }


def _joined(where: str, link: str) -> str:
    try:
        return urljoin(where, link)
    except ValueError:  # half an IPv6 address
        return link


def _said(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""
