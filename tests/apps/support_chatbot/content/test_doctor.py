import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from support_chatbot.commands.doctor import doctor
from support_chatbot.content.folder import NORTHMERE

app = typer.Typer()
app.command()(doctor)
LINES = (NORTHMERE / "policy.toml").read_text(encoding="utf-8").splitlines()
OWN = ("intents = ", '  "unable_to', '  "verify_source')  # lines with intents of Northmere's own model
POLICY = {"policy.toml": "\n".join(line for line in LINES if not line.startswith(OWN))}


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


def test_a_policy_with_which_no_bot_opens_is_an_error(make: Callable, bundle: Path, an_answer: Callable) -> None:
    files = sound(bundle, an_answer)
    wrong = POLICY["policy.toml"].replace('"Europe/London"', '"Mars/Base"').replace("after = 2 ", "after = 0 ")
    result = run(make({**files, "policy.toml": wrong}), "--bundle", bundle)
    assert result.exit_code == 1
    assert "policy.toml:1: error: languages.after: expected at least 1, got 0" in result.stdout
    assert "policy.toml:1: error: time_zone: expected a name" in result.stdout
    result = run(make({**files, "policy.toml": "\n".join(LINES)}), "--bundle", bundle)
    assert "hand_over.always: verify_source_of_funds is no intent of the model" in result.stdout
    result = run(make({**files, "policy.toml": wrong.replace("valid = 30", "valid = true")}), "--bundle", bundle)
    assert "policy.toml:1: error: filling.valid: expected a whole number, got True" in result.stdout
