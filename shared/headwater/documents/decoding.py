"""Bytes of a text file -> text: by its byte order mark, as UTF-8, or as a page of the web declares."""

import codecs
import re

from headwater.errors import DataError

__all__ = ["charset_of", "decode", "decode_html"]

MARKS = (  # UTF-32 first: its mark in little-endian order begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
CHARSET = re.compile(rb"""<meta[^>]*charset\s*=\s*["']?([\w.:-]+)""", re.I)
# Codecs of Python that are no encodings of files; two of them take hours for a few megabytes.
NO_CHARSETS = frozenset(("idna", "punycode", "raw_unicode_escape", "undefined", "unicode_escape", "utf-7"))
DECLARED = 1024  # bytes in which browsers look for it


def charset_of(name: str) -> str:
    """Python's name of an encoding that a file may be in. Raises LookupError for another.

    >>> charset_of("Latin-1")
    'iso8859-1'
    """
    known = codecs.lookup(name).name
    if known.replace("-", "_") in NO_CHARSETS or known in NO_CHARSETS:
        raise LookupError(f"{name} is no encoding of files")
    return known


def decode(content: bytes, encoding: str = "utf-8") -> str:
    """Text with line ends as "\\n": in what its mark says, else in `encoding`; to guess would show what nobody wrote.

    Raises DataError, naming the first wrong byte, for another encoding, and for zero bytes, which no text has.

    >>> decode(b"\\xff\\xfeA\\x00\\r\\x00\\n\\x00")
    'A\\n'
    """
    encoding = next((name for mark, name in MARKS if content.startswith(mark)), encoding)
    try:
        text = content.decode(charset_of(encoding))
    except (LookupError, UnicodeError) as fault:
        expected = "UTF-8" if encoding.startswith("utf-8") else encoding
        place = f"another byte at {fault.start:,}" if isinstance(fault, UnicodeDecodeError) else "other bytes"
        raise DataError(f"expected {expected}, got {place}: save the file as UTF-8 (in Excel: CSV UTF-8)") from fault
    if "\0" in text:
        raise DataError("expected text, got a binary file, with zero bytes: save it as plain text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode_html(content: bytes, charset: str = "") -> str:
    """A page as text: in `charset`, which the server named, else in what the page declares, else in UTF-8."""
    declared = CHARSET.search(content[:DECLARED])
    return decode(content, charset or (declared[1].decode() if declared else "utf-8"))
