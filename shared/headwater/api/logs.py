"""The log of a server: a line for each request and each fault, as JSON or as text, on stderr.

A line names the request (`X-Request-ID`), its route by template, and the caller by the name of the key. It never
holds a text, a query string or a key. The message of an unexpected fault may quote what it failed on, so it is left out as
well: the fault's kind and the lines of code stay. With `texts` both are written, which is for a machine where nobody's texts
are at stake.
"""

import json
import logging
import re
import sys
import traceback
import uuid
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TextIO

__all__ = ["Entry", "LogKind", "current", "enter", "note", "request_id", "set_up", "write"]

VISIBLE = re.compile(r"[\x21-\x7e]{1,128}")
RECORD = "headwater"  # the attribute of a log record that holds the fields of a request

log = logging.getLogger("headwater.requests")


class LogKind(StrEnum):
    """How a server's log is written; off leaves out the lines of requests, and tells faults as text."""

    json = "json"
    text = "text"
    off = "off"


@dataclass(slots=True)
class Entry:
    """What is known of the request that is being answered."""

    request: str
    key: str = ""
    model: str | None = None
    count: int | None = None
    texts: Sequence[str] = ()


_CURRENT: ContextVar[Entry | None] = ContextVar("headwater_request", default=None)


def enter(entry: Entry) -> None:
    """Say that this task, or this thread, answers a request."""
    _CURRENT.set(entry)


def current() -> str | None:
    """The id of the request that is being answered, if one is."""
    entry = _CURRENT.get()
    return None if entry is None else entry.request


def note(model: str, count: int | None = None, texts: Sequence[str] = ()) -> None:
    """Say which model answers the request, and how many texts it reads."""
    entry = _CURRENT.get()
    if entry is not None:
        entry.model, entry.count, entry.texts = model, count, texts


def request_id(given: str | None) -> str:
    """The id that came, where it is 1 to 128 visible characters of ASCII, else a new one."""
    return given if given is not None and VISIBLE.fullmatch(given) else uuid.uuid4().hex


def write(entry: Entry, method: str, route: str, status: int, seconds: float) -> None:
    """The line of a request that was answered."""
    if log.isEnabledFor(logging.INFO):
        fields = {"route": route, "method": method, "status": status, "ms": round(1000 * seconds, 1)}
        log.info("answered", extra={RECORD: (fields, entry)})


class _Lines(logging.Formatter):
    """A record as one line: time, level, logger, message, request, then what there is of a request or a fault."""

    def __init__(self, kind: LogKind, texts: bool) -> None:
        super().__init__()
        self.json, self.texts = kind is LogKind.json, texts

    def format(self, record: logging.LogRecord) -> str:
        fields = self._fields(record)
        if self.json:
            return json.dumps(fields, default=str)
        trace = fields.pop("traceback", None)
        head = f"{fields.pop('time')} {fields.pop('level')} {fields.pop('logger')}: {fields.pop('message')}"
        line = " ".join([head, *(f"{name}={value}" for name, value in fields.items())])
        return line if trace is None else f"{line}\n{trace}"

    def _fields(self, record: logging.LogRecord) -> dict[str, Any]:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        # Of other people's messages the first line: what follows may quote a fault, and a fault a text.
        message = record.getMessage() if self.texts else record.getMessage().partition("\n")[0]
        told = {"time": moment.replace("+00:00", "Z"), "level": record.levelname.lower(), "logger": record.name}
        fields: dict[str, Any] = told | {"message": message}
        asked, entry = getattr(record, RECORD, ({}, _CURRENT.get()))
        if identity := getattr(record, "request", None) or (entry and entry.request):
            fields["request"] = identity
        fields |= asked
        if entry is not None and asked:
            fields |= {name: value for name, value in _known(entry, self.texts) if value not in (None, "", ())}
        if record.exc_info and record.exc_info[1] is not None:
            fields |= {
                "fault": type(record.exc_info[1]).__qualname__,
                "traceback": _trace(record.exc_info[1], self.texts),
            }
        return fields


def _known(entry: Entry, texts: bool) -> Iterator[tuple[str, Any]]:
    yield from (("texts", entry.count), ("model", entry.model), ("key", entry.key))
    if texts:
        yield "content", list(entry.texts)


def _trace(fault: BaseException, messages: bool) -> str:
    """Where a fault came from, the first cause first. Lines of code alone, unless its message may be told."""
    parts: list[str] = []
    seen: BaseException | None = fault
    while seen is not None and len(parts) < 10:
        said = f": {seen}" if messages else ""
        parts.append("".join(traceback.format_tb(seen.__traceback__)) + type(seen).__qualname__ + said)
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "\nand then\n".join(reversed(parts))


def set_up(kind: LogKind, texts: bool = False, stream: TextIO | None = None) -> None:
    """Let every logger of this process write in this form; those of others from warnings upwards."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Lines(kind, texts))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    logging.getLogger("headwater").setLevel(logging.INFO)
    log.setLevel(logging.WARNING if kind is LogKind.off else logging.INFO)
