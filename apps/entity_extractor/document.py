"""A document as text: what was pasted, or the content of a text file."""

from headwater.errors import InputError

__all__ = ["LONGEST", "decode"]

LONGEST = 200_000  # characters a page can highlight and still scroll smoothly; longer files go by `headwater score`
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def decode(content: bytes) -> str:
    """Bytes of a text file -> text: by its byte order mark, or as UTF-8. Raises InputError naming the first wrong byte."""
    encoding = next((name for mark, name in MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as fault:
        raise InputError(
            f"expected text in UTF-8, got another byte at {fault.start:,}: save the file as UTF-8"
        ) from fault
    if "\x00" in text:
        raise InputError(
            "expected text, got a file with zero bytes, as programs and pictures have: save it as plain text"
        )
    return text
