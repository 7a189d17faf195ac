"""PDF files written by hand: what a test knows of them, it wrote."""

import zlib
from collections.abc import Sequence

__all__ = ["assembled", "pdf", "placed_pdf", "streamed"]

PICTURE = b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>\nstream\n\x7f\nendstream"


def pdf(*pages: str, pictures: bool = False) -> bytes:
    """A PDF with lines of 12 points, 14 apart; a page without text holds a picture if there are `pictures`."""
    return placed_pdf([[(12, 14, line) for line in page.split("\n") if line] for page in pages], pictures=pictures)


def placed_pdf(
    pages: Sequence[Sequence[tuple[float, float, str]]], *, pictures: bool = False, plain: bool = False
) -> bytes:
    """A PDF of lines as (size of letters, distance from the line above, words), compressed unless `plain`."""
    count = len(pages)
    kids = " ".join(f"{5 + 2 * i} 0 R" for i in range(count))
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        PICTURE,
    ]
    for number, lines in enumerate(pages):
        drawn = " ".join(f"/F1 {size} Tf 0 -{gap} Td ({words}) Tj" for size, gap, words in lines)
        stream = f"BT 72 800 Td {drawn} ET" if lines else ("q 500 0 0 800 0 0 cm /P1 Do Q" if pictures else "")
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {6 + 2 * number} 0 R /Resources "
            f"<< /Font << /F1 3 0 R >> {'/XObject << /P1 4 0 R >>' if pictures and not lines else ''} >> >>".encode()
        )
        drawing = stream.encode("cp1252")
        bodies.append(streamed(drawing) if plain else streamed(zlib.compress(drawing), "/Filter /FlateDecode"))
    return assembled(bodies)


def streamed(content: bytes, more: str = "") -> bytes:
    """An object that is a stream."""
    return f"<< /Length {len(content)} {more} >>\nstream\n".encode() + content + b"\nendstream"


def assembled(bodies: Sequence[bytes]) -> bytes:
    """Objects numbered from 1, the first one the catalogue, with the table of their places."""
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"trailer << /Size {len(bodies) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF"
    return bytes(out) + f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}{end}".encode()
