"""A store on each database, a clock, and a small bot whose every answer can be told beforehand."""

import base64
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from headwater.store import Store
from support_chatbot.records.conversations import Conversations
from support_chatbot.records.rows import Origin
from support_chatbot.turn import Choice, Form, Handoff, Message, Part, Question, Quote, Reply, Slot, State
from tests.clock import Clock
from tests.servers import answering

ORIGIN = Origin("support-intent", "1", "d" * 64, "p" * 64)
EMAIL = "ann@example.org"
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


class Echo:
    """A bot that counts its turns aloud and does what the first word says.

    find: a quote; ask: between two intents; form: asks to confirm an address; yes: has done it; that: of the two, one; no way: declines;
    human: hands over; hello: small talk; anything else is answered.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds, self.calls = seconds, 0

    def reply(self, state: State, text: str, *, picked: str | None = None, now: object = None) -> Reply:
        self.calls += 1
        word, turns = text.split()[0].lower(), state.turns + 1
        heard = f"{turns}: {text}"
        following = replace(state, turns=turns, topic="card_arrival")
        start = text.find(EMAIL)
        slots = (Slot("email", EMAIL, start, start + len(EMAIL), EMAIL),) if start >= 0 else ()
        act = {"human": "human", "yes": "yes", "hello": "greeting"}.get(word)
        asked = () if act else (Question(text, 0, len(text), (("card_arrival", 0.75), ("lost_card", 0.125))),)
        handoff = None
        if word == "find":
            quote = Quote("Cards come by post.", "Delivery", "help/delivery.md", "delivery#1", 0.8)
            part = Part("found", heard, quotes=(quote, quote))
        elif word == "ask":
            part = Part("asked", heard, choices=(Choice("Arrival", "card_arrival"), Choice("Loss", "lost_card")))
        elif word == "form":
            part = Part("confirming", f"Is {EMAIL} right?")
            form = Form("address", "change_address", {"email": EMAIL, "account": "20-00-00 55779911"}, confirming=True)
            following = replace(following, forms=(form,), slots={"email": EMAIL})
        elif word == "yes":
            filled = state.forms[-1].filled
            part = Part("done", f"It is {filled['email']} now, for {filled['account']}.", "change_address")
            following = replace(following, forms=())
            return Reply(Message(text, "en", act), (part,), following, actions=(("address", filled),))
        elif word == "human":
            part = Part("handed_over", "A colleague will be with you.")
            told = {"email": EMAIL, "order": "A-17"}
            parts = {"topic": state.topic, "tasks": (("change_address", told),), "recent": (f"I am {EMAIL}",)}
            handoff = Handoff("asked", f"{EMAIL} wants a person", told, "2 minutes", **parts)
            following = replace(following, status="handed_over", slots={"email": EMAIL})
        else:
            kind = {"no": "declined", "hello": "small_talk", "that": "clarified"}.get(word, "answered")
            part = Part(kind, heard, picked or "card_arrival")
        return Reply(Message(text, "en", act, asked, slots, picked), (part,), following, handoff)


@pytest.fixture
def clock() -> Clock:
    return Clock(day=2)


@pytest.fixture
def talks(store: Store, clock: Clock) -> Conversations:
    return Conversations(store, now=clock)


@pytest.fixture
def echo() -> Echo:
    return Echo()


def begun(talks: Conversations, subject: str | None = None, **options: object) -> str:
    return talks.begin("web", "en", subject, origin=ORIGIN, **options)


def said(talks: Conversations, *texts: str) -> str:
    """The key of a conversation in which the customer said this."""
    key = talks.begin("web", "en", origin=ORIGIN)
    for text in texts:
        talks.say(key, text, Echo().reply)
    return key


class Receiver:
    """A server that keeps what it is sent and answers with `statuses`, the last for ever."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.statuses, self.seconds = [200], 0.0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                time.sleep(outer.seconds)
                self.send_response(outer.statuses.pop(0) if len(outer.statuses) > 1 else outer.statuses[0])
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                outer.got.append((self.path, {}, b""))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    with answering(made.server):
        yield made
