"""The bot with a language model beside it, on the shipped models: its words where the quotes bear them, else the quotes."""

from dataclasses import replace
from pathlib import Path

import pytest

from headwater.errors import InputError
from support_chatbot.bot import Bot, open_bot
from support_chatbot.content.folder import NORTHMERE
from support_chatbot.content.templates import literal
from support_chatbot.dialogue.reading import policy_of
from support_chatbot.retrieval.phrasing import Phrasing
from support_chatbot.turn import State
from tests.apps.support_chatbot.language_model import Server

QUESTION = "Is my money safe if the bank goes bust? My e-mail is ann@example.org"


@pytest.fixture
def bot(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bot:
    monkeypatch.setenv("HEADWATER_HOME", str(tmp_path / "home"))
    opened = open_bot(NORTHMERE)
    settings = Phrasing(f"http://127.0.0.1:{server.server_port}/v1", "any", timeout=5.0)
    return replace(opened, policy=replace(opened.policy, phrasing=settings))


def test_its_words_are_used_where_a_quote_bears_them_and_the_sources_stay(bot: Bot, server: Server) -> None:
    server.text = "The Financial Services Compensation Scheme protects up to £120,000 for each Northmere customer."
    plain = replace(bot, policy=replace(bot.policy, phrasing=None)).reply(State(), QUESTION)
    reply = bot.reply(State(), QUESTION)
    assert plain.outcome == reply.outcome == "found"
    assert "\n\n" + literal(server.text) in reply.text and "> " not in reply.text
    assert reply.parts[0].quotes == plain.parts[0].quotes and "> " in plain.text
    asked = server.asked[-1][2]["messages"][1]["content"]
    assert "[email]" in asked and "ann@example.org" not in asked


def test_what_the_quotes_do_not_say_is_not_said(bot: Bot, server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.text = "The Financial Services Compensation Scheme protects up to £900,000 for each Northmere customer."
    reply = bot.reply(State(), QUESTION)
    assert "900,000" not in reply.text and "> " in reply.text
    assert "quotes were given as they are" in caplog.text
    before = len(server.asked)
    assert bot.reply(State(), "My card has not arrived yet").outcome == "answered"
    assert len(server.asked) == before  # an answer of the team needs no other words


def test_a_fault_in_its_table_is_told_with_the_others() -> None:
    import tomllib

    content = tomllib.loads((NORTHMERE / "policy.toml").read_text(encoding="utf-8"))
    assert policy_of({**content, "phrasing": {"url": "https://example.org/v1", "model": "m"}}).phrasing is not None
    with pytest.raises(InputError, match="phrasing: expected url"):
        policy_of({**content, "phrasing": {"url": "ftp://example.org", "model": "m"}})
    with pytest.raises(InputError, match=r"phrasing\.modle: unknown key; did you mean model"):
        policy_of({**content, "phrasing": {"url": "https://example.org/v1", "modle": "m"}})
