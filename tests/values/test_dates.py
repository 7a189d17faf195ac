"""Dates, case by case: the words that are found, and what they say in ISO 8601."""

import pytest

from headwater.values.dates import find_dates

CASES = [
    ("2024-05-01", [("2024-05-01", "2024-05-01")]),
    ("1 May 2024", [("1 May 2024", "2024-05-01")]),
    ("May 1, 2024", [("May 1, 2024", "2024-05-01")]),
    ("May 1st, 2024,", [("May 1st, 2024", "2024-05-01")]),
    ("the 3rd of May 2024", [("3rd of May 2024", "2024-05-03")]),
    ("1st day of May, 2024", [("1st day of May, 2024", "2024-05-01")]),
    ("1 MAY 2024", [("1 MAY 2024", "2024-05-01")]),
    ("01-May-2024", [("01-May-2024", "2024-05-01")]),
    ("Wednesday, 1 May 2024", [("Wednesday, 1 May 2024", "2024-05-01")]),
    ("Sept. 30, 2023", [("Sept. 30, 2023", "2023-09-30")]),
    ("29 February 2024", [("29 February 2024", "2024-02-29")]),
    ("29 February 2023", []),
    ("31 June 2024", []),
    ("01/05/2024", [("01/05/2024", "2024-05-01")]),
    ("05/13/2024", [("05/13/2024", "2024-05-13")]),
    ("1.5.2024", [("1.5.2024", "2024-05-01")]),
    ("1/5/24", [("1/5/24", "2024-05-01")]),
    ("1/5/71", [("1/5/71", "1971-05-01")]),
    ("2024/05/01", [("2024/05/01", "2024-05-01")]),
    ("May 2024", [("May 2024", "2024-05")]),
    ("in March, 2024", [("March, 2024", "2024-03")]),
    ("1 May", [("1 May", "--05-01")]),
    ("on Jan. 5", [("Jan. 5", "--01-05")]),
    ("29 February", [("29 February", "--02-29")]),
    ("5 march 2024", [("5 march 2024", "2024-03-05")]),
    ("3-5 May 2024", [("3-5 May 2024", "2024-05-03/2024-05-05")]),
    ("3 to 5 May 2024", [("3 to 5 May 2024", "2024-05-03/2024-05-05")]),
    ("May 3-5, 2024", [("May 3-5, 2024", "2024-05-03/2024-05-05")]),
    ("3 March to 5 April 2024", [("3 March", "--03-03"), ("5 April 2024", "2024-04-05")]),
    ("Q3 2024", [("Q3 2024", "2024-Q3")]),
    ("3Q24", [("3Q24", "2024-Q3")]),
    ("Q1'24", [("Q1'24", "2024-Q1")]),
    ("H1 2024", [("H1 2024", "2024-H1")]),
    ("the third quarter of 2024", [("third quarter of 2024", "2024-Q3")]),
    ("first half of fiscal 2024", [("first half of fiscal 2024", "2024-H1")]),
    ("third half of 2024", []),
    ("FY 2024", [("FY 2024", "FY2024")]),
    ("FY24", [("FY24", "FY2024")]),
    ("fiscal year 2023/24", [("fiscal year 2023/24", "FY2023/24")]),
    ("May", []),
    ("May I ask", []),
    ("you may 5", []),
    ("march 5 miles", []),
    ("the march 2024", []),
    ("2024", []),
    ("Monday", []),
    ("May 20 percent of them", []),
    ("October 5,000 people", []),
    ("24/7", []),
    ("version 1.5.24", []),
    ("10.1.1.12", []),
    ("call 020-05-2024-1", []),
    ("32/01/2024", []),
    ("yesterday", []),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_dates(text: str, expected: list[tuple[str, str]]) -> None:
    assert sorted((text[value.start : value.end], value.value) for value in find_dates(text)) == sorted(expected)


def test_the_order_of_figures_can_be_said() -> None:
    assert [value.value for value in find_dates("01/05/2024 and 13/05/2024", "MDY")] == ["2024-01-05", "2024-05-13"]
