"""Against a real server on this machine: honest, lying, slow, dripping, failing, talking nonsense."""

import time

import pytest

from headwater.errors import InputError
from support_chatbot.retrieval.phrasing import Phrased, Phrasing, phrase, phrasing_of
from support_chatbot.retrieval.support import claims, unsupported
from support_chatbot.turn import Quote

QUOTES = (
    Quote("A new card takes 5 working days in the UK.", "Cards", "help/cards.md#uk", "p1"),
    Quote("Elsewhere it takes fifteen working days and costs £8.50.", "Cards › Abroad", "help/cards.md#abroad", "p2"),
    Quote("You cannot track a card that goes abroad.", "Cards › Abroad", "help/cards.md#abroad", "p2"),
)
OWN = "\n".join(quote.text for quote in QUOTES)
QUESTION = "How long does a card take?"


@pytest.fixture
def settings(server) -> Phrasing:
    return Phrasing(f"http://127.0.0.1:{server.server_port}/v1", "any", timeout=1.0)


def test_off_gives_the_quotes(shipped):
    assert phrase(QUESTION, QUOTES, None, shipped) == Phrased(OWN)
    assert phrasing_of(None) is None is phrasing_of({})


def test_an_honest_answer_is_used(server, settings, shipped, monkeypatch):
    monkeypatch.setenv("PHRASING_KEY", "secret")
    server.text = "In the UK, a new card takes 5 working days. Elsewhere it takes 15 working days and costs £8.50."
    asking = Phrasing(settings.url + "/", "small-model", key_env="PHRASING_KEY")
    assert phrase(QUESTION, QUOTES, asking, shipped) == Phrased(server.text, by_model=True)
    ((path, headers, body),) = server.asked
    assert path == "/v1/chat/completions" and headers["Authorization"] == "Bearer secret"
    assert body["model"] == "small-model" and body["temperature"] == 0
    assert all(part in body["messages"][1]["content"] for part in (QUESTION, *(quote.text for quote in QUOTES)))


LIES = {
    "a number": "A new card takes 3 working days in the UK.",
    "a number in letters": "A new card takes three working days in the UK.",
    "a unit": "A new card takes 5 working weeks in the UK.",
    "a currency": "Elsewhere it takes fifteen working days and costs €8.50.",
    "an amount": "Elsewhere it takes fifteen working days and costs £18.50.",
    "a name": "A new card takes 5 working days in Germany.",
    "facts of two quotes, mixed": "A new card takes 15 working days in the UK.",
    "a day": "A new card takes 5 working days in the UK from Monday.",
    "a link": "A new card takes 5 working days in the UK, see https://evil.example/login.",
    "a denial": "You can track a card that goes abroad.",
    "the other way": "A new card never takes 5 working days in the UK.",
    "free": "Elsewhere it is free and takes fifteen working days.",
    "another matter": "A new card takes 5 working days in the UK. Interest is paid on savings each year.",
    "a greeting": "Have a lovely evening and take good care!",
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_not_used(server, settings, shipped, lie):
    server.text = LIES[lie]
    found = phrase(QUESTION, QUOTES, settings, shipped)
    assert found.text == OWN and not found.by_model
    assert found.reason.startswith("the model's words were not used: ")


def test_a_slow_endpoint_is_not_waited_for(server, settings, shipped):
    server.text, server.wait = "A new card takes 5 working days in the UK.", 3
    start = time.monotonic()
    found = phrase(QUESTION, QUOTES, settings, shipped)
    assert found == Phrased(OWN, reason="the endpoint did not answer within 1 s") and time.monotonic() - start < 2


def test_an_endpoint_that_drips_is_not_waited_for(server, settings, shipped):
    server.text, server.drip = "A new card takes 5 working days in the UK.", True
    start = time.monotonic()
    assert "within 1 s" in phrase(QUESTION, QUOTES, settings, shipped).reason and time.monotonic() - start < 2


@pytest.mark.parametrize(
    ("status", "raw", "reason"),
    [
        (500, b"{}", "HTTPStatusError"),
        (302, b"", "HTTPStatusError"),
        (200, b"<html>", "no chat completion"),
        (200, b'{"choices": []}', "no chat completion"),
        (200, b'{"choices": [{"message": {"content": null}}]}', "no chat completion"),
        (200, b"[]", "no chat completion"),
        (200, b"x" * 200_000, "no chat completion"),
        (200, b'{"choices": [{"message": {"content": "NONE"}}]}', "finds no answer"),
        (200, b'{"choices": [{"message": {"content": ""}}]}', "it says nothing"),
    ],
)
def test_a_failing_endpoint_gives_the_quotes(server, settings, shipped, status, raw, reason):
    server.status, server.raw = status, raw
    found = phrase(QUESTION, QUOTES, settings, shipped)
    assert found.text == OWN and reason in found.reason


def test_nobody_there_gives_the_quotes(shipped):
    found = phrase(QUESTION, QUOTES, Phrasing("http://127.0.0.1:9/v1", "any"), shipped)
    assert found.text == OWN and "ConnectError" in found.reason


def test_settings_that_cannot_be_used_are_told():
    for wrong in ({"url": "ftp://x", "model": "m"}, {"url": "http://x"}, {"url": "http://x", "model": "m", "key": "s"}):
        with pytest.raises(InputError, match="phrasing: expected"):
            phrasing_of(wrong)
    with pytest.raises(InputError, match="timeout"):
        phrasing_of({"url": "http://x", "model": "m", "timeout": 0})


def test_claims_are_equal_however_they_are_written():
    assert claims("£1,250.00 in five days") == claims("1250 pounds in 5 days")
    assert claims("每月1元，五天") == {"每"} - {"每"} | {"1", "5", "元", "天", "月"}
    assert claims("Ask Northmere Bank at help@bank.example.") == {"Northmere", "Bank", "help@bank.example"}


def test_a_name_may_come_from_the_title(shipped):
    quotes = (Quote("It pays 3.1 % a year.", "The Saver", "help/saver.md", "p"),)
    assert unsupported("The Saver pays 3.1 % a year.", quotes, shipped, bound=0.5) is None
    assert unsupported("The Saver pays 3.1 % a year.", (), shipped) == "there is no quote to stand on"
