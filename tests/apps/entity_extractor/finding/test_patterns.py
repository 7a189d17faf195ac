import time

import pytest

from entity_extractor.finding.patterns import find_patterns
from entity_extractor.finding.setup import PatternRule
from headwater.errors import InputError


def found(regex, text, **more):
    return [(one.text, one.value) for one in find_patterns(PatternRule("it", "X", regex, **more), text)]


@pytest.mark.parametrize(
    ("regex", "text", "expected"),
    [
        (r"[A-Z]{2}-\d{4}", "see AB-1234 and CD-5678", [("AB-1234", ""), ("CD-5678", "")]),
        (r"no\. (?P<mention>\d+)", "contract no. 77", [("77", "")]),
        (r"no\. (?P<mention>0*(?P<value>\d+))", "contract no. 0077", [("0077", "77")]),
        (r"(?P<mention>x)?y", "y xy", [("x", "")]),
        (r"(?i)acme\b", "ACME, Acmes", [("ACME", "")]),
        (r"\p{Lu}\p{Ll}+(?=-Gruppe)", "Überwald-Gruppe", [("Überwald", "")]),
    ],
)
def test_patterns(regex, text, expected):
    assert found(regex, text) == expected


def test_a_catastrophic_pattern_is_an_error_that_names_it_and_never_a_hang():
    before = time.perf_counter()
    with pytest.raises(InputError, match=r"pattern it: expected to read 61 characters within 0\.2 seconds.*aa"):
        found(r"(?:a|aa)+$", "a" * 60 + "b", seconds=0.2)
    assert time.perf_counter() - before < 5


def test_many_matches_that_are_slow_together_are_too_slow():
    with pytest.raises(InputError, match=r"20,000 characters within 0\.001 seconds"):
        found("x", "x" * 20_000, seconds=0.001)
