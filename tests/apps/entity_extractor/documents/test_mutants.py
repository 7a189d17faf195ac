"""Damaged files of every kind: each gives Documents or a DataError, soon, and in little memory.

HEADWATER_MUTANTS=10000 tries more than the 200 of each kind.
"""

import os
import resource
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from entity_extractor.documents import read_documents, where
from entity_extractor.documents.limits import Limits
from headwater.errors import DataError
from tests.apps.entity_extractor.documents.files import member, one_of_each, packed
from tests.documents.pdf_files import placed_pdf

EXAMPLES = int(os.environ.get("HEADWATER_MUTANTS", "200"))
SECONDS = 5.0  # of the processor for one file; a whole one takes 0.01
MEMORY = 1_000_000  # kB that the process may grow by
BODY, PARTS = "word/document.xml", "word/_rels/document.xml.rels"
LIMITS = Limits(size=1_000_000, characters=1_000_000, unpacked=5_000_000, pages=50, seconds=4.0)
WHOLE = one_of_each()
LINES = [(20, 0, "Report"), (12, 30, "Angela Moreau of Deutsche"), (12, 14, "Bank")]
# Most damage to a packed file is found by its checksum: here it is done before the packing, to reach the reader behind.
INSIDE: dict[str, tuple[str, bytes, Callable[[bytes], bytes]]] = {
    **{name: (name, content, bytes) for name, content in WHOLE.items()},
    "the pages of a PDF": ("a.pdf", placed_pdf([LINES, LINES], plain=True), bytes),
    "the XML of a DOCX": (
        "a.docx", member(WHOLE["a.docx"], BODY), lambda content: packed(WHOLE["a.docx"], {BODY: content}),
    ),
    "the parts of a DOCX": (
        "a.docx", member(WHOLE["a.docx"], PARTS), lambda content: packed(WHOLE["a.docx"], {PARTS: content}),
    ),
}  # fmt: skip


def mutants(content: bytes) -> st.SearchStrategy[bytes]:
    """The file with a few stretches cut out, doubled, or written over."""
    place = st.integers(0, len(content) - 1)
    change = st.tuples(
        place, st.integers(0, 40), st.binary(max_size=12), st.sampled_from(["write", "cut", "double", "end"])
    )
    return st.lists(change, min_size=1, max_size=4).map(lambda changes: _changed(content, changes))


def _changed(content: bytes, changes: list[tuple[int, int, bytes, str]]) -> bytes:
    for at, length, new, how in changes:
        if how == "write":
            content = content[:at] + new + content[at + len(new) :]
        elif how == "cut":
            content = content[:at] + content[at + length :]
        elif how == "double":
            content = content[: at + length] + content[at:]
        else:
            content = content[:at] or content
    return content


@pytest.mark.slow
@pytest.mark.parametrize("case", INSIDE)
def test_damaged_files_give_documents_or_say_why(case: str) -> None:
    name, whole, finished = INSIDE[case]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(mutants(whole))
    def check(content: bytes) -> None:
        began = time.process_time()
        try:
            for document in read_documents(name, finished(content), limits=LIMITS):
                assert document.text.strip()
                document.text.encode()
                assert where(document, len(document.text)).paragraph == len(document.paragraphs)
                assert all(document.text[part.start : part.end] for part in document.paragraphs)
            said = name
        except DataError as fault:
            said = str(fault)
        assert said.startswith(name)
        assert time.process_time() - began < SECONDS

    check()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY
