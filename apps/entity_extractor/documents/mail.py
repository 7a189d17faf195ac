"""EML -> a Document of the mail, and one for each attachment that can be read."""

from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.policy import default
from pathlib import PurePosixPath
from typing import Any

from entity_extractor.documents.given import Given, Refused
from entity_extractor.documents.limits import Limits
from entity_extractor.documents.mail_cost import check_cost
from entity_extractor.documents.writing import of_paragraphs, of_text
from entity_extractor.mentions import Document
from headwater.documents.decoding import charset_of
from headwater.documents.html import read_page
from headwater.errors import DataError

__all__ = ["HEADERS", "read_mail"]

HEADERS = ("From", "To", "Subject", "Date")
HEADER = 20_000  # characters of one header: 500 addresses
# The parser of the standard library reads headers by their grammar, which takes minutes for a hostile one.
POLICY = default.clone(header_factory=lambda name, value: value)
Reader = Callable[[Given], Iterator[Document | Refused]]


def read_mail(given: Given, limits: Limits, read: Reader) -> Iterator[Document | Refused]:
    """The mail, then what `read` makes of its attachments; one that is not read is a note of the mail.

    The text is the headers From, To, Subject and Date, and the plain part, else the HTML part. Raises DataError.
    """
    content = given.whole(limits)
    check_cost(content)
    try:
        mail = message_from_bytes(content, policy=POLICY)
        top, body, kind = _headers(mail), *_body(mail)
        attached = list(_attachments(mail))
    except DataError:
        raise
    except Exception as fault:
        raise DataError(
            f"expected a mail, got what cannot be read as one ({type(fault).__name__}): save it anew as .eml"
        ) from fault
    if not top and not body.strip():
        raise DataError("expected a mail with headers and text, got neither: save it anew as .eml")
    found, notes = _documents(given.name, attached, limits, read)
    yield _document(given.name, top, body, kind, limits, notes)
    yield from found


def _document(name: str, top: str, body: str, kind: str, limits: Limits, notes: list[str]) -> Document:
    if kind == "html":
        blocks = [block.text for block in read_page(body, whole=True).blocks]
        return of_paragraphs(name, "eml", [top, *blocks], limits, notes)
    return of_text(name, "eml", "\n\n".join(part for part in (top, body.strip()) if part), limits, notes)


def _headers(mail: EmailMessage) -> str:
    lines = ((name, _decoded(mail.get(name))) for name in HEADERS)
    return "\n".join(f"{name}: {value}" for name, value in lines if value)


def _decoded(value: Any) -> str:
    """A header in words: encoded words (RFC 2047) and bytes beyond ASCII, which are UTF-8 today."""
    raw = str(value or "")[:HEADER].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        return " ".join(str(make_header(decode_header(raw))).split())
    except (LookupError, ValueError):  # an encoding that nobody knows
        return " ".join(raw.split())


def _body(mail: EmailMessage) -> tuple[str, str]:
    """Its text and whether that is plain or html."""
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        if part is not None and (text := _text(part)).strip():
            return text, kind
    return "", "plain"


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        text = content.decode(charset_of(part.get_content_charset("utf-8")), "replace")
    except (LookupError, ValueError):
        text = content.decode("utf-8", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _attachments(mail: EmailMessage) -> Iterator[Given]:
    """Attachments under names that differ; what has no name is counted."""
    seen: dict[str, int] = {}
    for number, part in enumerate(mail.iter_attachments() if mail.is_multipart() else (), 1):
        inner = part.get_content_type() == "message/rfc822"
        name = _decoded(part.get_filename()) or (f"attachment-{number}" + (".eml" if inner else ""))
        name = PurePosixPath(name.replace("\\", "/")).name or f"attachment-{number}"
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            name = f"{PurePosixPath(name).stem} ({seen[name]}){PurePosixPath(name).suffix}"
        if inner:
            held: Any = part.get_payload()
            payload: Any = held[0].as_bytes() if isinstance(held, list) and held else b""
        else:
            payload = part.get_payload(decode=True)
        yield Given(name, payload if isinstance(payload, bytes) else b"", part.get_content_type())


def _documents(
    name: str, attached: list[Given], limits: Limits, read: Reader
) -> tuple[list[Document | Refused], list[str]]:
    """What the attachments hold, and a note of each that gave no document."""
    found: list[Document | Refused] = []
    notes = []
    for part in attached[: limits.attachments]:
        items = list(read(Given(f"{name}/{part.name}", part.content, part.content_type)))
        if any(isinstance(item, Document) for item in items):
            found += items
        else:
            why = next((item.why for item in items if isinstance(item, Refused)), "it holds no text")
            notes.append(f"the attachment {part.name} was left out: {why}")
    if left := len(attached) - limits.attachments:
        notes += [f"{left:,} more attachments were left out: {limits.advice}"] if left > 0 else []
    return found, notes
