import pytest

from headwater.values.tickers import find_tickers

CASES = [
    ("Tesla (NASDAQ: TSLA) rose", [("NASDAQ: TSLA", "XNAS:TSLA")]),
    ("Nasdaq: AAPL", [("Nasdaq: AAPL", "XNAS:AAPL")]),
    ("Deutsche Bank (NYSE:DB)", [("NYSE:DB", "XNYS:DB")]),
    ("(SET: PTT)", [("SET: PTT", "XBKK:PTT")]),
    ("(PSE: ABC)", [("PSE: ABC", "ABC")]),  # Manila's or Prague's
    ("up $AAPL today", [("$AAPL", "AAPL")]),
    ("BP.L fell", [("BP.L", "XLON:BP")]),
    ("0700.HK", [("0700.HK", "XHKG:0700")]),
    ("DBKGn.DE", [("DBKGn.DE", "XETR:DBKGn")]),
    ("in $M", []),
    ("$USD 5", []),
    ("US$K", []),
    ("the U.S. rose", []),
    ("SET: PTT", []),
    ("all is set: no", []),
    ("as: b", []),
    ("NYSE: rises", []),
    ("$20", []),
    ("No. 10.T", []),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_tickers(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(text[value.start : value.end], value.value) for value in find_tickers(text)] == expected
