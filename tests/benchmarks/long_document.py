"""A PDF of 300 pages by one command: seconds, the most memory, and what was found.

    python tests/benchmarks/long_document.py [--json] [--pages 300]      (needs HEADWATER_DATA; 2 minutes)

The pages hold articles of Reuters-21578, some 3,000 characters each. The command is `entity-extractor run`, a process of its own, with
the shipped model, values, company links and entities, from PDF to JSONL and a table of entities.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path
from typing import Any

from headwater.data.catalogue import named_rows
from tests.documents.pdf_files import pdf

__all__ = ["pages_of"]

PAGE = 3_000  # characters
MAIN = "import sys; from entity_extractor.cli import app; app(sys.argv[1:], prog_name='entity-extractor')"


def pages_of(articles: list[str], count: int) -> list[str]:
    """So many pages of running text, in lines as a page has them."""
    text = "\n\n".join("\n".join(textwrap.wrap(" ".join(one.split()), 95)) for one in articles)
    lines, pages, page, size = text.split("\n"), [], [], 0
    for line in lines:
        page.append(line)
        size += len(line)
        if size > PAGE:
            pages.append("\n".join(page))
            page, size = [], 0
        if len(pages) == count:
            break
    return pages


def measured(count: int) -> dict[str, Any]:
    articles = [re.sub(r"[^\x20-\x7e]|[()\\]", " ", row.text) for row in named_rows("reuters21578_modapte:train")[0]]
    pages = pages_of(articles, count)
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder) / "report.pdf", Path(folder) / "out.jsonl"
        file.write_bytes(pdf(*pages))
        words = ["run", str(file), "-o", str(out), "--entities", str(out.with_suffix(".csv")), "--json"]
        began = time.monotonic()
        process = subprocess.Popen([sys.executable, "-c", MAIN, *words], stdout=subprocess.PIPE)
        said, _, usage = process.stdout.read(), *os.wait4(process.pid, 0)[1:]
        seconds = time.monotonic() - began
        (row,) = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    assert all(row["text"][one["start"] : one["end"]] == one["text"] for one in row["entities"])
    return {
        "pages": len(pages),
        "characters": len(row["text"]),
        "seconds": round(seconds, 1),
        "peak_mb": round(usage.ru_maxrss / 1024),
        "load": round(os.getloadavg()[0], 1),
        "counts": json.loads(said),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--pages", type=int, default=300)
    given = parser.parse_args()
    found = measured(given.pages)
    sys.stdout.write(
        json.dumps(found, indent=2) + "\n" if given.json else "".join(f"{k}: {v}\n" for k, v in found.items())
    )


if __name__ == "__main__":
    main()
