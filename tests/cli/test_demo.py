"""`headwater demo`: the tables it prints; the whole of it is run by `make demo-check`."""

import io

from rich.console import Console

from headwater.cli.demo import daily, newest


def row(moment: str, label: str, text: str = "Acme rose") -> dict:
    company = {"start": 0, "end": 4, "label": label, "probability": 0.9, "text": "Acme"}
    place = {"start": 13, "end": 17, "label": "LOC", "probability": 0.9, "text": "Oslo"}
    return {
        "published": moment,
        "text": text,
        "sentiment": {"label": label, "probability": 0.9},
        "topics": [{"label": "markets", "probability": 0.8}, {"label": "earnings", "probability": 0.6}],
        "companies": [company, company],
        "entities": [company | {"label": "ORG"}, place, place],
    }


ROWS = [
    row("2026-11-17T08:00:00Z", "negative"),
    row("2026-11-18T08:00:00Z", "positive"),
    row("2026-11-18T09:00:00Z", "positive", "[bold]Acme[/bold] rose again"),
]


def printed(table) -> str:
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(table)
    return console.export_text()


def test_newest_first_with_each_name_once_and_no_markup_from_a_feed() -> None:
    text = printed(newest(ROWS, shown=2))
    assert text.index("11-18 09:00") < text.index("11-18 08:00")
    assert "11-17" not in text
    assert text.count("▲ Acme") == text.count("Oslo (LOC)") == 2
    assert "ORG" not in text  # it is a company, and stands there already
    assert text.count("markets,") == 2
    assert "[bold]Acme[/bold]" in text
    assert "▲ positive 0.90" in text


def test_days_count_every_sentiment() -> None:
    lines = {line.split("│")[1].strip(): line for line in printed(daily(ROWS)).splitlines() if "2026" in line}
    assert lines.keys() == {"2026-11-17", "2026-11-18"}
    counts = [cell.split()[0] for cell in lines["2026-11-18"].split("│")[2:5]]
    assert counts == ["0", "0", "2"]


def test_no_rows_are_no_error() -> None:
    assert "0 items" in printed(newest([]))
    assert "latest 0" in printed(daily([]))
