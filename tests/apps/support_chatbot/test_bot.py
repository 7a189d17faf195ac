"""The bot opened on tiny bundles; the rooms that read messages and search are stood in for."""

import shutil
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from headwater.errors import InputError, StoreError
from headwater.serving import load
from support_chatbot.bot import WARMING, open_bot
from support_chatbot.content.folder import NORTHMERE
from support_chatbot.retrieval.update import Rejected
from support_chatbot.turn import Message, Question, Quote, State

SEEN: list[tuple[str, date, str | None]] = []


def understand(text: str, classifier: object, *, today: date, picked: str | None = None) -> Message:
    SEEN.append((text, today, picked))
    return Message(text, "en", "human" if text == "human" else None, (Question(text, 0, len(text), (("oos", 0.9),)),))


class Index:
    def __init__(self, folder: Path, embedder: object) -> None:
        self.folder, self.sources = folder, list[Path]()

    def update(self, sources: list[Path]) -> None:
        self.sources = list(sources)
        if any(source.name == "busy" for source in sources):
            raise StoreError("another process updates the index")

    def rejected(self) -> list[Rejected]:
        files = [path for source in self.sources for path in sorted(source.rglob("*.pdf"))]
        return [Rejected(path.name, "it is no PDF") for path in files]

    def search(self, text: str) -> list[str]:
        return [text]


def quotes_for(question: str, hits: list[str], embedder: object) -> tuple[Quote, ...]:
    return (Quote(f"About {hits[0]}.", "Help", "help/a.md", "p", 0.9),)


@pytest.fixture
def classifier(tiny: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setitem(sys.modules, "support_chatbot.understanding", SimpleNamespace(understand=understand))
    rooms = SimpleNamespace(open_index=Index, quotes_for=quotes_for)
    monkeypatch.setitem(sys.modules, "support_chatbot.retrieval", rooms)
    monkeypatch.setenv("HEADWATER_HOME", str(tmp_path / "home"))
    return load(tiny(tmp_path / "bundle", "sentiment").folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Northmere's folder without help articles, and a policy that names no intent: the tiny bundle has others."""
    root = tmp_path / "bot"
    shutil.copytree(NORTHMERE / "answers", root / "answers")
    lines = (NORTHMERE / "policy.toml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(("intents = ", '  "unable_to', '  "verify_source'))]
    (root / "policy.toml").write_text("\n".join(kept), encoding="utf-8")
    return root


def test_without_a_help_centre_it_answers_and_says_what_it_lacks(classifier: object, folder: Path) -> None:
    bot = open_bot(folder, classifier=classifier)  # type: ignore[arg-type]
    lacks = "\n".join(map(str, bot.lacks))
    for what in ("answers to ", "a help centre", "measured thresholds"):
        assert what in lacks
    assert bot.find("anything") == ()
    reply = bot.reply(State(), "human", now=datetime(2026, 7, 1, 7, 30, tzinfo=UTC))
    assert reply.handoff is not None
    assert reply.handoff.wait == "The wait is about 3 minutes."  # half past eight in London
    assert bot.reply(State(), "human", now=datetime(2026, 7, 1, 7, 30)).handoff.wait != reply.handoff.wait  # type: ignore[union-attr]


def test_without_measured_thresholds_the_bundles_nearest_stand_in(classifier: Any, folder: Path) -> None:
    (held,) = classifier.bundle.calibration(classifier.model.variant, "sentiment").thresholds
    assert held.risk == 0.05
    for risk in (0.03, 0.05, 0.2):
        assert open_bot(folder, classifier=classifier, risk=risk).zones.answer == held.threshold


def test_the_day_is_the_banks(classifier: object, folder: Path) -> None:
    bot = open_bot(folder, classifier=classifier)  # type: ignore[arg-type]
    assert SEEN[-1][0] == WARMING[-1]  # the first customer does not wait for tables to load
    bot.reply(State(), "hm", picked="card_arrival", now=datetime(2026, 7, 1, 23, 30, tzinfo=UTC))
    assert SEEN[-1] == ("hm", date(2026, 7, 2), "card_arrival")


def test_help_and_other_sources_are_searched(classifier: object, folder: Path) -> None:
    (folder / "help").mkdir()
    bot = open_bot(folder, classifier=classifier, embedder=object(), sources=[folder / "more"])  # type: ignore[arg-type]
    assert bot.index.sources == [folder / "help", folder / "more"]  # type: ignore[union-attr]
    assert "a help centre" not in "".join(map(str, bot.lacks))
    assert "> About Where?." in bot.reply(State(), "Where?").text


def test_what_is_searched_has_an_index_of_its_own(classifier: object, folder: Path) -> None:
    (folder / "help").mkdir()
    one, two, again = (
        open_bot(folder, classifier=classifier, embedder=object(), sources=sources).index.folder  # type: ignore[arg-type]
        for sources in ([], [folder / "more"], [])
    )
    assert one == again != two
    assert one.parent == two.parent


def test_an_index_that_is_busy_is_searched_as_it_stands(classifier: object, folder: Path) -> None:
    bot = open_bot(folder, classifier=classifier, embedder=object(), sources=[folder / "busy"])  # type: ignore[arg-type]
    assert "the newest help articles: another process updates the index" in map(str, bot.lacks)
    assert bot.find("x")


def test_a_policy_of_another_model_is_refused(classifier: object) -> None:
    with pytest.raises(InputError, match=r"hand_over.always: unable_to_verify_identity is no intent of the model"):
        open_bot(NORTHMERE, classifier=classifier)  # type: ignore[arg-type]


def test_help_that_cannot_be_read_is_told(classifier: object, folder: Path) -> None:
    (folder / "help").mkdir()
    for name in ("a.pdf", "b.pdf"):
        (folder / "help" / name).write_text("no PDF", encoding="utf-8")
    bot = open_bot(folder, classifier=classifier, embedder=object())  # type: ignore[arg-type]
    told = "2 files of its help, which cannot be read; the first is a.pdf: it is no PDF"
    assert told in map(str, bot.lacks)
