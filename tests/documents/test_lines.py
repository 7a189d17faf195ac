import pytest

from headwater.documents.lines import Line, joined, paragraphs, reflowed


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        (["Deutsche", "Bank"], "Deutsche Bank"),
        (["work-", "ing"], "working"),
        (["Straßen-", "überquerung"], "Straßenüberquerung"),
        (["Coca-", "Cola"], "Coca-Cola"),
        (["A-", "380"], "A-380"),
        (["profit -", "Bank"], "profit - Bank"),
        (["over\u00ad", "Due"], "overDue"),
        (["德意志", "银行"], "德意志银行"),
        (["  two ", "  spaces  in"], "two spaces in"),
    ],
)
def test_lines_are_joined_without_breaking_a_name(lines: list[str], whole: str) -> None:
    assert joined(lines) == whole


def test_blank_lines_end_paragraphs() -> None:
    assert reflowed(["a", "b", " ", "", "c"]) == ["a b", "c"]
    assert reflowed([]) == []


def test_a_sentence_goes_on_at_the_top_of_the_next_column() -> None:
    columns = [Line("Deutsche", 100, 10), Line("Bank", 700, 10), Line("rose.", 688, 10), Line("Next", 700, 10)]
    assert list(paragraphs(columns)) == ["Deutsche Bank rose.", "Next"]
