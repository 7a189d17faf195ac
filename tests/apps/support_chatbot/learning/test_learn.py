import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner

from headwater.errors import InputError
from headwater.store import open_store
from support_chatbot.bot import RISK
from support_chatbot.choices import choose_risk
from support_chatbot.commands.learn import learn
from support_chatbot.learning.proposals import write_proposals
from support_chatbot.learning.reading import read_proposals


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, classifier, embedder, zones):
    """`learn` with models whose answers can be told, in a folder of its own."""
    classifier.head = SimpleNamespace(name="intent", out_of_scope="oos")
    monkeypatch.setattr("headwater.serving.load", lambda folder: embedder if "sentences" in str(folder) else classifier)
    monkeypatch.setattr("support_chatbot.bot.zones_at", lambda folder, classifier, risk: (zones, None))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bot" / "answers").mkdir(parents=True)
    monkeypatch.setenv("HEADWATER_SUPPORT", str(tmp_path / "bot"))
    app = typer.Typer()
    app.command()(learn)

    def call(*arguments: str):
        done = CliRunner().invoke(app, list(arguments))
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return json.loads(done.stdout) if "--json" in arguments else done.output

    return call


def test_from_transcripts_to_training_data(run, written: Path, tmp_path: Path) -> None:
    said = run(str(written), "--json")
    assert (said["rows"], said["faults"], said["examples"], len(said["clusters"])) == (50, [], 1, 1)
    file = tmp_path / "proposals.yaml"
    file.write_text(
        file.read_text().replace("status: proposed", "status: accepted").replace("account_joint_partner", "joint")
    )
    decided = read_proposals(file)
    assert "review proposals.yaml" in run(str(written))
    assert read_proposals(file) == decided
    applied = run("--apply", "--json")["applied"]
    rows = [json.loads(line) for line in Path(applied["training"]).read_text().splitlines()]
    assert {row["label"] for row in rows} == {"card_arrival", "joint"} and applied["rows"] == 6
    assert [Path(path).name for path in applied["drafts"]] == ["card_arrival.md", "joint.md"]


def test_a_faulty_file_of_proposals_is_said_and_left_as_it_is(run, written: Path, tmp_path: Path) -> None:
    file = tmp_path / "proposals.yaml"
    file.write_text("known: [oops\n")
    with pytest.raises(Exception, match="it is no YAML"):
        run(str(written))
    assert file.read_text() == "known: [oops\n"


def test_faults_are_shown_and_words_can_be_mapped(run, written: Path, tmp_path: Path) -> None:
    odd = tmp_path / "odd.csv"
    shutil.copy(written, odd)
    odd.write_text(odd.read_text().replace(",customer,", ",guest,").replace("text", "message", 1))
    said = run(str(odd), "--column", "text=message", "--speaker", "guest=customer", "--json")
    assert said["faults"] == [] and said["conversations"] == 16
    assert "line 2: expected a speaker" in run(str(odd), "--column", "text=message")
    with pytest.raises(InputError, match="--column: expected two words as text=message, got 'text'"):
        run(str(odd), "--column", "text")


def test_an_empty_store_teaches_nothing_and_a_missing_one_is_an_error(run, tmp_path: Path) -> None:
    with open_store(str(tmp_path / "store.sqlite")):
        pass
    said = run("--from-store", "--store", str(tmp_path / "store.sqlite"), "--json")
    assert (said["conversations"], said["unanswered"], said["clusters"]) == (0, 0, [])
    with pytest.raises(Exception, match="missing.sqlite"):
        run("--from-store", "--store", str(tmp_path / "missing.sqlite"))


def test_something_must_be_asked_for(run) -> None:
    with pytest.raises(InputError, match="expected TRANSCRIPTS, --from-store or --apply"):
        run()


def test_it_learns_by_the_thresholds_that_the_dial_has_set(
    run, written: Path, tmp_path: Path, monkeypatch, zones
) -> None:
    asked: list[float] = []
    monkeypatch.setattr(
        "support_chatbot.bot.zones_at", lambda folder, classifier, risk: (asked.append(risk), (zones, None))[1]
    )
    with open_store(str(tmp_path / "store.sqlite")) as store:
        choose_risk(store, 0.07)
    run(str(written), "--json")
    run("--from-store", "--store", str(tmp_path / "store.sqlite"), "--json")
    assert asked == [RISK, 0.07]


def test_a_file_that_is_read_twice_is_written_the_same(run, written: Path, tmp_path: Path) -> None:
    run(str(written), "--json")
    file = tmp_path / "proposals.yaml"
    before = file.read_bytes()
    write_proposals(read_proposals(file), file)
    assert file.read_bytes() == before
    run(str(written), "--json")
    assert file.read_bytes() == before
