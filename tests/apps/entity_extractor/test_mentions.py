import pytest

from entity_extractor.mentions import Mention, check
from headwater.errors import DataError


def test_mentions_are_put_in_order():
    assert check("Oslo or Rome", [Mention(8, 12, "LOC"), Mention(0, 4, "LOC")]) == (
        Mention(0, 4, "LOC"),
        Mention(8, 12, "LOC"),
    )


@pytest.mark.parametrize(
    "mention", [Mention(0, 0, "LOC"), Mention(3, 2, "LOC"), Mention(-1, 2, "LOC"), Mention(0, 5, "LOC")]
)
def test_one_outside_of_the_text_is_refused(mention):
    with pytest.raises(DataError, match="a.txt: expected spans inside its 4 characters"):
        check("Oslo", [mention], "a.txt")


def test_overlaps_are_refused_with_both_named():
    with pytest.raises(DataError, match="ORG at 0-9 and LOC at 5-9 overlap"):
        check("Bank Oslo", [Mention(0, 9, "ORG"), Mention(5, 9, "LOC")])
