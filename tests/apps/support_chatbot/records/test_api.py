"""The endpoint over real sockets: in order, once, for each session its own, and every fault with its status."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from headwater.api.app import create_app
from headwater.api.service import Limits
from headwater.serving.model import Model
from headwater.store import Store, outbox
from headwater.store.retention import erase
from support_chatbot.api import chat_router
from support_chatbot.records.conversations import Conversations
from support_chatbot.records.desk import Desk
from support_chatbot.records.handover import Courier, Webhook
from tests.apps.support_chatbot.records.conftest import EMAIL, ORIGIN, SECRET, Echo, Receiver
from tests.servers import served

SESSION = "session-of-ann-0001"


@pytest.fixture
def serve(small_model: Model) -> Iterator[Callable[..., str]]:
    """Serve the bot on a socket of its own: serve(bot, store, courier, keys) -> URL."""
    with ExitStack() as started:

        def start(
            bot: Echo, store: Store, courier: Courier | None = None, keys: tuple[str, ...] = (), **limits: int
        ) -> str:
            app = create_app([small_model], Limits(**limits), keys, workers=1)
            app.include_router(chat_router(bot, Conversations(store), courier, ORIGIN))
            return started.enter_context(served(app, timeout_keep_alive=60)).url

        yield start


def say(url: str, text: str, key: str | None = None, **content: object) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return httpx.post(url + "/v1/chat", json={"text": text, **content}, headers=headers, timeout=30)


def test_a_message_is_answered_with_all_that_a_page_shows(serve, store: Store, echo: Echo) -> None:
    url = serve(echo, store)
    first = say(url, "find the fees", channel="web", language="en")
    assert first.status_code == 200, first.text
    content = first.json()
    session = content.pop("session")
    quote = {"text": "Cards come by post.", "title": "Delivery", "link": "help/delivery.md", "passage": "delivery#1",
             "score": 0.8}  # fmt: skip
    assert content == {
        "turn": 2, "outcome": "found", "handoff": None, "actions": [], "status": "open", "quick_replies": [],
        "sources": [{"link": "help/delivery.md", "title": "Delivery"}],
        "parts": [{"kind": "found", "text": "1: find the fees", "intent": None, "quotes": [quote] * 2, "choices": []}],
    }  # fmt: skip
    asked = say(url, "ask me", session=session).json()
    assert asked["turn"] == 4 and asked["session"] == session
    assert [choice["intent"] for choice in asked["quick_replies"]] == ["card_arrival", "lost_card"]
    assert say(url, "that one", session=session, picked="lost_card").json()["parts"][0]["intent"] == "lost_card"
    said = httpx.get(f"{url}/v1/chat/{session}").json()
    assert (said["session"], said["status"]) == (session, "open")
    assert [(turn["turn"], turn["speaker"], turn["outcome"]) for turn in said["turns"]] == [
        (1, "customer", None), (2, "bot", "found"), (3, "customer", None), (4, "bot", "under_way"),
        (5, "customer", None), (6, "bot", "clarified"),
    ]  # fmt: skip
    talk = Conversations(store).conversation(session)
    assert (talk.channel, talk.language, talk.origin) == ("web", "en", ORIGIN)


def test_a_message_that_comes_again_is_answered_as_it_was_stored(serve, store: Store, echo: Echo) -> None:
    url = serve(echo, store)
    first = say(url, f"form {EMAIL}", "k1", session=SESSION)
    again = say(url, f"form {EMAIL}", "k1", session=SESSION)
    assert first.json()["parts"][0]["text"] == f"Is {EMAIL} right?"
    assert again.json()["parts"][0]["text"] == "Is [email] right?"
    assert again.json() | {"parts": None} == first.json() | {"parts": None}
    assert ("idempotent-replayed" in first.headers, again.headers["idempotent-replayed"]) == (False, "true")
    assert echo.calls == 1
    assert say(url, "yes", session=SESSION).json()["actions"][0]["slots"]["email"] == EMAIL


def test_a_subject_is_hashed_and_erased(serve, store: Store, echo: Echo) -> None:
    url = serve(echo, store)
    say(url, "hello", session=SESSION, subject="customer-9")
    assert say(url, "hello", session=SESSION, subject="customer-8").status_code == 409
    erase(store, "customer-9")
    assert httpx.get(f"{url}/v1/chat/{SESSION}").status_code == 404


def test_a_hand_over_reaches_the_webhook_while_the_app_runs(
    serve, store: Store, echo: Echo, receiver: Receiver
) -> None:
    url = serve(echo, store, Courier(store, Webhook(receiver.url, SECRET), every=60))
    answer = say(url, "human please", session=SESSION).json()
    assert (answer["status"], answer["outcome"]) == ("handed_over", "handed_over")
    assert answer["handoff"] == {"reason": "asked", "wait": "2 minutes"}
    end = time.monotonic() + 10
    while not any(message.state == "sent" for message in outbox.messages(store)) and time.monotonic() < end:
        time.sleep(0.02)
    assert len(receiver.got) == 1
    Desk(Conversations(store)).take(SESSION, "ann")
    silent = say(url, "are you there", session=SESSION).json()
    assert (silent["parts"], silent["outcome"], silent["turn"], silent["status"]) == ([], None, 3, "handed_over")


def test_thumbs(serve, store: Store, echo: Echo) -> None:
    url = serve(echo, store)
    say(url, "hello", session=SESSION)
    path = f"{url}/v1/chat/{SESSION}/thumbs"
    assert httpx.post(path, json={"turn": 2, "thumbs": "up"}).status_code == 200
    assert httpx.get(f"{url}/v1/chat/{SESSION}").json()["turns"][1]["thumbs"] == 1
    assert httpx.post(path, json={"turn": 1, "thumbs": "up"}).status_code == 400
    assert httpx.post(path, json={"turn": 2, "thumbs": "sideways"}).status_code == 422
    assert httpx.post(path, json={"turn": 2**63, "thumbs": "up"}).status_code == 422  # no database holds it


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        ({"text": ""}, 422, "text"),
        ({"text": "x" * 4001}, 422, "text"),
        ({"text": "a", "session": "guess"}, 400, "16 to 64 letters"),
        ({"text": "a", "colour": "red"}, 422, "colour"),
        ({"text": "a", "subject": " "}, 400, "expected the id of a subject"),
        ({}, 422, "text"),
    ],
)
def test_a_fault_of_the_caller_has_its_status(serve, store: Store, echo: Echo, content, status, said) -> None:
    answer = httpx.post(serve(echo, store) + "/v1/chat", json=content)
    assert (answer.status_code, said in answer.json()["error"]) == (status, True), answer.text


def test_the_gate_of_the_models_stands_before_it_too(serve, store: Store, echo: Echo) -> None:
    url = serve(echo, store, keys=("secret",), body=2000)
    assert say(url, "hello").status_code == 401
    headers = {"Authorization": "Bearer secret"}
    assert httpx.post(url + "/v1/chat", json={"text": "hello"}, headers=headers).status_code == 200
    assert httpx.post(url + "/v1/chat", json={"text": "x" * 3000}, headers=headers).status_code == 413
    text = httpx.get(url + "/metrics", headers=headers).text
    assert 'headwater_requests_total{route="/v1/chat",status="200"} 1.0' in text
    assert "/v1/chat/{session}/thumbs" in httpx.get(url + "/openapi.json").json()["paths"]


def test_messages_of_one_session_are_answered_one_after_the_other(serve, store: Store) -> None:
    url = serve(Slow(), store)

    async def all_at_once() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            posts = [client.post("/v1/chat", json={"text": f"m {n}", "session": SESSION}) for n in range(20)]
            return await asyncio.gather(*posts)

    answers = [answer.json() for answer in asyncio.run(all_at_once())]
    assert sorted(answer["turn"] for answer in answers) == list(range(2, 41, 2))
    assert sorted(int(answer["parts"][0]["text"].split(":")[0]) for answer in answers) == list(range(1, 21))


class Slow(Echo):
    def reply(self, *given, **options):
        time.sleep(0.005)
        return super().reply(*given, **options)


SESSIONS, TURNS = 200, 10


def test_two_hundred_sessions_of_ten_turns_lose_nothing_and_mix_nothing_up(serve, store: Store) -> None:
    """Every tenth message is sent twice under its key at once, as an impatient client does."""
    url = serve(Echo(), store)

    async def talk(client: httpx.AsyncClient, number: int) -> list[dict]:
        session, got = f"session-number-{number:04}", []
        for turn in range(TURNS):
            content = {"text": f"s{number} t{turn}", "session": session, "subject": f"customer-{number}"}
            headers = {"Idempotency-Key": f"key-{turn}"}
            posts = [
                client.post("/v1/chat", json=content, headers=headers) for _ in range(1 + (turn == number % TURNS))
            ]
            answers = await asyncio.gather(*posts)
            assert {answer.status_code for answer in answers} == {200}, answers[0].text
            assert len({answer.json()["parts"][0]["text"] for answer in answers}) == 1
            got.append(answers[0].json())
        return got

    async def everybody() -> list[list[dict]]:
        limits = httpx.Limits(max_connections=250)
        async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as client:
            return await asyncio.gather(*(talk(client, number) for number in range(SESSIONS)))

    talks = Conversations(store)
    for number, answers in enumerate(asyncio.run(everybody())):
        expected = [f"{turn + 1}: s{number} t{turn}" for turn in range(TURNS)]
        assert [answer["parts"][0]["text"] for answer in answers] == expected
        session = f"session-number-{number:04}"
        assert {answer["session"] for answer in answers} == {session}
        turns = talks.transcript(session)
        assert [turn.text for turn in turns[1::2]] == expected
        assert [turn.text for turn in turns[::2]] == [f"s{number} t{turn}" for turn in range(TURNS)]
        assert talks.state(session).turns == TURNS
