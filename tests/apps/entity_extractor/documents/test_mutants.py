"""Damaged files of every kind: each gives Documents or a DataError, soon, and in little memory.

HEADWATER_MUTANTS=10000 tries more than the 2,000 of each kind.
"""

import os
import resource
import time

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from entity_extractor.documents import read_documents, where
from entity_extractor.documents.limits import Limits
from headwater.errors import DataError
from tests.apps.entity_extractor.documents.files import one_of_each

EXAMPLES = int(os.environ.get("HEADWATER_MUTANTS", "2000"))
SECONDS = 5.0  # of one file; a whole one takes 0.01
MEMORY = 1_000_000  # kB that the process may grow by
LIMITS = Limits(size=1_000_000, characters=1_000_000, unpacked=5_000_000, pages=50, seconds=4.0)
WHOLE = one_of_each()


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
@pytest.mark.parametrize("name", WHOLE)
def test_damaged_files_give_documents_or_say_why(name: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(mutants(WHOLE[name]))
    def check(content: bytes) -> None:
        began = time.monotonic()
        try:
            for document in read_documents(name, content, limits=LIMITS):
                assert document.text.strip()
                document.text.encode()
                assert where(document, len(document.text)).paragraph == len(document.paragraphs)
                assert all(document.text[part.start : part.end] for part in document.paragraphs)
        except DataError as fault:
            assert str(fault).startswith(name)
        assert time.monotonic() - began < SECONDS

    check()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY
