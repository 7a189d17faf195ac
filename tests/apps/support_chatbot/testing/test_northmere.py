"""The dialogues that ship, held with the shipped models, answers and help centre: `support-chatbot test`."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from headwater.home import home
from support_chatbot.bot import Bot, open_bot
from support_chatbot.cli import app
from support_chatbot.content.folder import NORTHMERE
from support_chatbot.testing.cases import NOON, read_cases
from support_chatbot.turn import State

runner = CliRunner()


@pytest.fixture(scope="module", autouse=True)
def one_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home for all of this file: the help centre is indexed once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADWATER_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("HEADWATER_SUPPORT", raising=False)
        yield home()


@pytest.fixture(scope="module")
def bot(one_home: Path) -> Bot:
    return open_bot(NORTHMERE)


def test_the_shipped_dialogues_pass_and_reach_everything(bot: Bot, tmp_path: Path) -> None:
    report = tmp_path / "junit.xml"
    done = runner.invoke(app, ["test", "--json", "--min-coverage", "1", "--junit", str(report)])
    content = json.loads(done.stdout)
    assert [(case["name"], case["differences"]) for case in content["cases"] if not case["passed"]] == []
    assert done.exit_code == 0, {kind: reach["missed"] for kind, reach in content["coverage"].items()}
    suites = ElementTree.fromstring(report.read_bytes())
    assert sum(int(suite.get("tests", 0)) for suite in suites) == content["passed"]


def test_enough_of_them_are_conversations() -> None:
    cases = read_cases(NORTHMERE / "dialogues")
    assert sum(len(case.turns) > 1 for case in cases) >= 44


def test_a_failing_dialogue_is_explained_and_ends_with_one(bot: Bot, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(
        "- name: Wrong\n  turns:\n    - user: I lost my card\n      intent: exchange_rate\n", encoding="utf-8"
    )
    done = runner.invoke(app, ["test", "--dialogues", str(file)], env={"COLUMNS": "200"})
    assert done.exit_code == 1
    assert "wrong.yaml:4: intent: expected exchange_rate, got lost_or_stolen_card" in done.stdout
    assert "1 dialogues, 1 turns: 0 passed, 1 failed" in done.stdout


def test_faults_of_a_file_are_told_with_their_lines(bot: Bot, tmp_path: Path) -> None:
    file = tmp_path / "faulty.yaml"
    file.write_text("- name: a\n  turns:\n    - user: b\n      intend: c\n", encoding="utf-8")
    done = runner.invoke(app, ["test", "--dialogues", str(file)], env={"COLUMNS": "200"})
    assert done.exit_code == 1
    assert "faulty.yaml:4: error: intend: unknown key of a turn; did you mean 'intent'?" in done.stderr


def test_a_replay_against_another_policy(bot: Bot, tmp_path: Path) -> None:
    other = tmp_path / "bot"
    shutil.copytree(NORTHMERE, other)
    policy = (other / "policy.toml").read_text(encoding="utf-8")
    (other / "policy.toml").write_text(policy.replace("after_missed = 3 ", "after_missed = 1 "), encoding="utf-8")
    file = tmp_path / "talks.jsonl"
    said = ["How do I change my PIN?", "Who painted the Mona Lisa?"]
    file.write_text(json.dumps({"conversation": "a", "turns": said}), encoding="utf-8")
    done = runner.invoke(app, ["replay", str(file), "--folder", str(other), "--json"])
    content = json.loads(done.stdout)
    assert (content["turns"], content["same"], content["outcomes"]) == (2, 1, [["declined", "handed_over", 1]])
    shown = runner.invoke(app, ["replay", str(file), "--folder", str(other)], env={"COLUMNS": "200"})
    assert "a turn 2: 'Who painted the Mona Lisa?': outcome: declined -> handed_over" in shown.stdout
    assert "1 of 1 conversations differ" in shown.stdout
    assert "expected either a FILE" in runner.invoke(app, ["replay"]).stderr


@pytest.mark.parametrize("text", ["a" * 100_000, "card " * 30_000, "?" * 5_000, "\n" * 500, "\ud800", "1" * 9_000])
def test_whatever_is_sent_gets_a_reply(bot: Bot, text: str) -> None:
    reply = bot.reply(State(), text, now=NOON)
    assert reply.parts
    assert not reply.actions
