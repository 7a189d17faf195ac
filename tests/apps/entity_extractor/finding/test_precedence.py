"""Who wins where two found something at one place: a case a rule, each worked by hand."""

import random

import pytest

from entity_extractor.finding.precedence import Candidate, resolve
from entity_extractor.mentions import Mention, check


def at(start, end, label, rank=10, role="claims", probability=1.0, source="s", model=False, link=""):
    return Candidate(Mention(start, end, label, "", probability, source, "", link), rank, role, model)


CASES = {
    "nothing": ([], {}, []),
    "apart, both stay, in order": ([at(5, 9, "B"), at(0, 4, "A")], {}, [(0, 4, "A"), (5, 9, "B")]),
    "touching is no overlap": ([at(0, 4, "A"), at(4, 8, "B")], {}, [(0, 4, "A"), (4, 8, "B")]),
    "the higher rank wins though shorter": ([at(0, 9, "A", 10), at(3, 5, "B", 20)], {}, [(3, 5, "B")]),
    "the higher rank wins though less probable": ([at(0, 4, "A", 10), at(0, 4, "B", 20, probability=0.2)], {}, [(0, 4, "B")]),
    "of equal rank the longer": ([at(0, 4, "A"), at(2, 9, "B", probability=0.1)], {}, [(2, 9, "B")]),
    "of equal length the more probable": ([at(0, 4, "A", probability=0.5), at(0, 4, "B", probability=0.6)], {}, [(0, 4, "B")]),
    "then the earlier": ([at(2, 6, "A"), at(0, 4, "B")], {}, [(0, 4, "B")]),
    "then the first type": ([at(0, 4, "B"), at(0, 4, "A")], {}, [(0, 4, "A")]),
    "a loser is lost whole": ([at(0, 9, "A", 10), at(0, 2, "B", 20)], {}, [(0, 2, "B")]),
    "what a loser overlapped may stay": ([at(0, 4, "A", 30), at(3, 8, "B", 20), at(7, 12, "C", 10)], {}, [(0, 4, "A"), (7, 12, "C")]),
    "one that fills yields to any rank": ([at(0, 9, "A", 99, "fills"), at(8, 10, "B", 1)], {}, [(8, 10, "B")]),
    "one that fills stays in a gap": ([at(0, 4, "A", 1, "fills"), at(5, 9, "B", 9)], {}, [(0, 4, "A"), (5, 9, "B")]),
    "of two that fill the higher rank": ([at(0, 9, "A", 1, "fills"), at(0, 2, "B", 2, "fills")], {}, [(0, 2, "B")]),
    "retypes a model's very span": ([at(0, 4, "ORG", model=True), at(0, 4, "BANK", 1, "retypes")], {}, [(0, 4, "BANK")]),
    "retypes no longer one": ([at(0, 9, "ORG", model=True), at(0, 4, "BANK", 99, "retypes")], {}, [(0, 9, "ORG")]),
    "retypes no shorter one": ([at(0, 4, "ORG", model=True), at(0, 9, "BANK", 99, "retypes")], {}, [(0, 4, "ORG")]),
    "retypes nothing but a model's": ([at(0, 4, "ORG"), at(0, 4, "BANK", 99, "retypes")], {}, [(0, 4, "ORG")]),
    "retypes, and adds nothing": ([at(0, 4, "BANK", 99, "retypes")], {}, []),
    "of two that retype the higher rank": (
        [at(0, 4, "ORG", model=True), at(0, 4, "X", 1, "retypes"), at(0, 4, "Y", 2, "retypes")], {}, [(0, 4, "Y")]),
    "of equal rank the first by name": (
        [at(0, 4, "ORG", model=True), at(0, 4, "X", 1, "retypes", source="b"), at(0, 4, "Y", 1, "retypes", source="a")], {}, [(0, 4, "Y")]),
    "what was retyped keeps the model's rank": (
        [at(0, 4, "ORG", 10, model=True), at(0, 4, "X", 99, "retypes"), at(2, 6, "V", 20)], {}, [(2, 6, "V")]),
    "below the minimum of its type": ([at(0, 4, "A", probability=0.4), at(5, 9, "B", probability=0.4)], {"A": 0.5}, [(5, 9, "B")]),
    "at the minimum": ([at(0, 4, "A", probability=0.5)], {"A": 0.5}, [(0, 4, "A")]),
    "what is below is in nobody's way": ([at(0, 9, "A", 30, probability=0.4), at(0, 4, "B", 10)], {"A": 0.5}, [(0, 4, "B")]),
    "the minimum is of the new type": (
        [at(0, 4, "ORG", model=True, probability=0.6), at(0, 4, "BANK", 1, "retypes")], {"ORG": 0.9, "BANK": 0.5}, [(0, 4, "BANK")]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_precedence(name):
    candidates, minimum, expected = CASES[name]
    assert [(one.start, one.end, one.label) for one in resolve(candidates, minimum)] == expected
    assert resolve(candidates[::-1], minimum) == resolve(candidates, minimum), (
        "the order of the sources counts for nothing"
    )


def test_a_retyped_span_is_the_models_with_a_link():
    (found,) = resolve([at(0, 4, "ORG", model=True, source="entities"), at(0, 4, "BANK", 1, "retypes", link="Q66048")])
    assert (found.source, found.link, found.label) == ("entities", "Q66048", "BANK")


def test_any_candidates_are_kept_apart_and_in_any_order_alike():
    draw = random.Random(7)
    for _ in range(200):
        candidates = [
            at(start, start + draw.randint(1, 8), draw.choice("ABC"), draw.randint(0, 3), draw.choice(["claims", "fills"]), draw.random())
            for start in (draw.randint(0, 40) for _ in range(draw.randint(0, 25)))
        ]  # fmt: skip
        kept = resolve(candidates)
        check("x" * 60, kept)
        assert resolve(draw.sample(candidates, len(candidates))) == kept
        best = min(
            candidates,
            key=lambda one: (one.role == "fills", -one.rank, one.mention.start - one.mention.end),
            default=None,
        )
        assert best is None or any(one.start < best.mention.end and best.mention.start < one.end for one in kept)  # fmt: skip
