"""Regular expressions of people, by the library regex, which stops where one takes too long.

The span is what the pattern matched, or its group `mention` where it has one; group `value` is the value.
"""

import time
from collections.abc import Iterator
from functools import lru_cache

import regex

from entity_extractor.finding.setup import PatternRule
from entity_extractor.mentions import Mention
from headwater.errors import InputError

__all__ = ["find_patterns"]


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern)


def find_patterns(rule: PatternRule, text: str) -> Iterator[Mention]:
    """What the pattern matches in a paragraph. Raises InputError, which names it, where it took longer than its `seconds`."""
    source = f"pattern:{rule.name}"
    compiled = _compiled(rule.regex)
    named, valued = ("mention" in compiled.groupindex), ("value" in compiled.groupindex)
    begun = time.thread_time()
    try:
        for match in compiled.finditer(text, timeout=rule.seconds):  # the library's limit is of one match
            if time.thread_time() - begun > rule.seconds:
                raise TimeoutError
            start, end = match.span("mention") if named else match.span()
            if start < end:
                value = (match["value"] or "") if valued else ""
                yield Mention(start, end, rule.type, text[start:end], 1.0, source, value)
    except TimeoutError as fault:
        raise InputError(
            f"pattern {rule.name}: expected to read {len(text):,} characters within {rule.seconds:g} seconds, and it took "
            f"longer: {rule.regex!r} tries too many ways; avoid repeats inside repeats such as (a+)+, or raise its `seconds`"
        ) from fault
