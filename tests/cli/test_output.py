"""What verbs print: values as JSON has them."""

from datetime import UTC, datetime

from headwater.cli.output import plain


def test_times_are_written_wherever_they_stand() -> None:
    noon = datetime(2026, 11, 12, 12, 0, 0, 250_000, tzinfo=UTC)
    held = {"at": noon, "led": [{"at": (noon, None)}], "n": 1, "text": "x"}
    said = "2026-11-12T12:00:00+00:00"
    assert plain(held) == {"at": said, "led": [{"at": [said, None]}], "n": 1, "text": "x"}
