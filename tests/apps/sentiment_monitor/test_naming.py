import pytest

from sentiment_monitor.naming import short

WREN = 'Peel slashes its target and drops its "buy". "We were wrong," its analyst writes. "Equity holders will be fortunate."'


@pytest.mark.parametrize(
    ("title", "longest", "said"),
    [
        ("Shares fell", 11, "Shares fell"),
        ("Shares \n fell", 11, "Shares fell"),
        ("Shares fell, and fell", 13, "Shares fell\xa0…"),
        ("Shares fell... and fell", 16, "Shares fell\xa0…"),
        (WREN, 100, 'Peel slashes its target and drops its "buy". "We were wrong," its analyst writes.\xa0…'),
        ("“Equity holders will be fortunate”", 20, "“Equity holders\xa0…”"),
        ("央行宣布下调利率以支持经济增长", 10, "央行宣布下调利率\xa0…"),
    ],
)
def test_a_title_is_cut_where_a_reader_would(title: str, longest: int, said: str) -> None:
    assert short(title, longest) == said
    assert len(short(title, longest)) <= longest + 1  # the mark that ends a quotation
