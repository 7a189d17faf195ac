import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from support_chatbot.commands.doctor import doctor

app = typer.Typer()
app.command()(doctor)
POLICY = {"policy.toml": '[facts]\nphone = "0117 496 0123"\n'}


@pytest.fixture
def bundle(tiny: Callable, tmp_path: Path) -> Path:
    """A tiny bundle; its labels are the intents."""
    return tiny(tmp_path / "bundle", "sentiment").folder


def intents_of(bundle: Path) -> list[str]:
    return json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))["heads"][0]["labels"]


def sound(bundle: Path, an_answer: Callable) -> dict[str, str | None]:
    answers = {f"answers/{intent}.md": an_answer("Call {phone}.", intent=intent) for intent in intents_of(bundle)}
    return {**POLICY, **answers, "answers/card_arrival.md": None}


def run(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_sound_folder_ends_with_0(make: Callable, bundle: Path, an_answer: Callable) -> None:
    result = run(make(sound(bundle, an_answer)), "--bundle", bundle)
    assert (result.exit_code, result.stdout) == (0, "nothing was found\n")


def test_errors_end_with_1(make: Callable, bundle: Path) -> None:
    result = run(make({**POLICY, "help/bad.md": "x"}), "--bundle", bundle)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].startswith("answers:1: error: the intent ")
    assert "answers/card_arrival.md:2: error: intent: the model has no 'card_arrival'" in result.stdout
    assert "help/bad.md:1: error: expected front matter" in result.stdout
    assert lines[-1] == f"errors: {len(lines) - 1}, warnings: 0"


def test_warnings_alone_end_with_0_and_json_says_all(make: Callable, bundle: Path, an_answer: Callable) -> None:
    intent = intents_of(bundle)[0]
    old = {f"answers/{intent}.md": an_answer("Call [red]{phone}[/red].", intent=intent, reviewed="2001-01-01")}
    result = run(make({**sound(bundle, an_answer), **old}), "--bundle", bundle, "--json")
    assert result.exit_code == 0
    said = json.loads(result.stdout)
    assert (said["errors"], said["warnings"]) == (0, 1)
    assert said["findings"][0] == {
        "file": f"answers/{intent}.md",
        "line": 4,
        "severity": "warning",
        "code": "stale",
        "words": "reviewed 2001-01-01, more than a year ago; read it again and set the date",
    }
