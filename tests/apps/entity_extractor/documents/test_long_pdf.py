"""A report of 300 pages with a picture on each is read page by page, in the memory of a few."""

import random
import tracemalloc
from pathlib import Path

import pytest

from entity_extractor.documents import read_documents, read_pages
from tests.documents.pdf_files import assembled, streamed

PAGES = 300
PICTURE = 60_000  # bytes of each: 18 MB in all


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    noise = random.Random(7)
    kids = " ".join(f"{4 + 3 * i} 0 R" for i in range(PAGES))
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {PAGES} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    picture = "/Type /XObject /Subtype /Image /Width 200 /Height 300 /ColorSpace /DeviceGray /BitsPerComponent 8"
    for i in range(PAGES):
        at = 4 + 3 * i
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {at + 1} 0 R "
            f"/Resources << /Font << /F1 3 0 R >> /XObject << /P {at + 2} 0 R >> >> >>".encode()
        )
        words = (
            f"BT /F1 12 Tf 72 800 Td (Angela Moreau joined Deutsche) Tj 0 -14 Td (Bank on page {i + 1}.) Tj ET /P Do"
        )
        bodies += [streamed(words.encode() + b"\n" * 20_000), streamed(noise.randbytes(PICTURE), picture)]
    path = tmp_path_factory.mktemp("pdf") / "report.pdf"
    path.write_bytes(assembled(bodies))
    return path


def test_pages_come_one_by_one_in_little_memory(report: Path) -> None:
    tracemalloc.start()
    try:
        for number, page in enumerate(read_pages("report.pdf", report), 1):
            assert page.text == f"Angela Moreau joined Deutsche Bank on page {number}."
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert number == PAGES
    assert peak < 8_000_000  # bytes, of a file of 24,000,000


def test_whole_it_has_every_page_in_its_place(report: Path) -> None:
    [document] = read_documents("report.pdf", report)
    assert [page.number for page in document.pages] == list(range(1, PAGES + 1))
    assert [document.text[page.start : page.end][-5:] for page in document.pages[::100]] == ["ge 1.", " 101.", " 201."]
    assert document.notes == ()
