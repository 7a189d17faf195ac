"""Two models side by side: differences worked by hand, their order, paired intervals, and one text without gold."""

import json

import pytest

from entity_extractor.mentions import Annotated, Mention
from entity_extractor.reports.compare import agreement, compare
from entity_extractor.reports.report import report
from entity_extractor.reports.tables import to_html, to_json, to_markdown
from headwater.errors import DataError

pytest.importorskip("nervaluate")

TEXT = "Ann Lee of Acme Steel met Bo in Oslo"
ANN, ACME, BO, OSLO = Mention(0, 7, "PER"), Mention(11, 21, "ORG"), Mention(26, 28, "PER"), Mention(32, 36, "LOC")


def reading(*rows):
    return [Annotated(str(number), TEXT, tuple(row)) for number, row in enumerate(rows)]


GOLD = reading([ANN, ACME, BO, OSLO], [ANN])
FIRST = reading([ANN, ACME, BO], [])
SECOND = reading([Mention(0, 3, "PER"), ACME, OSLO], [ANN])


def test_differences_of_scores_are_those_of_two_reports():
    found = compare(GOLD, FIRST, SECOND)
    for scheme, measures in found.overall.items():
        first, second = (report(GOLD, side).overall[scheme] for side in (FIRST, SECOND))
        for name, interval in measures.items():
            assert interval.value == pytest.approx(getattr(second, name).value - getattr(first, name).value)
            assert interval.low <= interval.value <= interval.high
    # LOC: the first found none (0), the second all (1); ORG: both all.
    assert found.types["LOC"]["f1"].value == 1
    assert found.types["ORG"]["f1"].value == 0


def test_where_they_differ_the_seconds_worst_first():
    found = compare(GOLD, FIRST, SECOND).differences
    said = [(one.document, one.text, one.worse) for one in found]
    assert said == [("0", "Bo", 1), ("0", "Ann Lee", 0.5), ("0", "Oslo", -1), ("1", "Ann Lee", -1)]
    assert (found[1].first, found[1].second) == ((ANN,), (Mention(0, 3, "PER"),))
    assert found[0].before == "Ann Lee of Acme Steel met " and found[0].after == " in Oslo"


def test_a_model_against_itself_has_no_difference():
    found = compare(GOLD, FIRST, FIRST)
    assert found.differences == ()
    assert {(i.value, i.low, i.high) for row in found.overall.values() for i in row.values()} == {(0, 0, 0)}


def test_pairing_narrows_the_interval():
    """Both are right on half of 40 documents; the second loses one more: the pair differs by little, for sure."""
    gold = reading(*[[ANN]] * 40)
    first = reading(*[[ANN] if at % 2 else [] for at in range(40)])
    second = reading(*[[ANN] if at % 2 and at > 1 else [] for at in range(40)])
    paired = compare(gold, first, second).overall["strict"]["recall"]
    alone = report(gold, second).overall["strict"].recall
    assert paired.value == pytest.approx(-1 / 40)
    assert paired.high - paired.low < (alone.high - alone.low) / 2


def test_one_text_without_gold():
    found = agreement(FIRST[0], SECOND[0])
    assert found.both == (ACME,)
    assert found.share == pytest.approx(2 / 6)
    assert [one.text for one in found.differences] == ["Ann Lee", "Bo", "Oslo"]
    assert {one.worse for one in found.differences} == {0}
    assert agreement(Annotated("a", "x"), Annotated("a", "x")).share == 1
    with pytest.raises(DataError, match="same text"):
        agreement(Annotated("a", "x"), Annotated("a", "y"))


def test_files():
    found = compare(GOLD, FIRST, SECOND)
    assert len(json.loads(to_json(found))["differences"]) == 4
    assert "| 0 | Ann Lee of Acme Steel met [Bo] in Oslo | PER Bo | PER Bo | none | +1 |" in to_markdown(found)
    assert "<td>[Ann Lee] of Acme Steel met Bo in Oslo</td>" in to_html(found)
