"""The webhook: signed as the standard's own library reads it, tried again, and never sent anywhere else."""

import json
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from headwater.errors import InputError
from headwater.store import Store, outbox
from headwater.store.outbox import Delivered
from support_chatbot.records.conversations import Conversations
from support_chatbot.records.handover import Courier, Webhook, webhook_from
from tests.apps.support_chatbot.records.conftest import EMAIL, SECRET, Receiver


def hand_over(store: Store, echo) -> str:
    talks = Conversations(store)
    key = talks.begin("web", "en", "customer-9")
    talks.say(key, "where is my card", echo.reply)
    talks.say(key, f"human please, I am {EMAIL}", echo.reply)
    return key


def test_a_hand_over_arrives_signed_and_once(store: Store, echo, receiver: Receiver) -> None:
    key = hand_over(store, echo)
    courier = Courier(store, Webhook(receiver.url, SECRET))
    assert (courier.once(), courier.once()) == (Delivered(sent=1), Delivered())
    ((path, headers, body),) = receiver.got
    content = Verifier(SECRET).verify(body, headers)
    assert path == "/hook" and headers["content-type"] == "application/json"
    assert headers["webhook-id"] == f"handoff/{key}/4"
    assert content["type"] == "conversation.handed_over"
    assert datetime.fromisoformat(content["timestamp"]) <= datetime.now(UTC)
    data = content["data"]
    assert set(data) == {"session", "channel", "language", "reason", "summary", "slots", "wait", "transcript"}
    assert data["slots"] == {"email": EMAIL, "order": "A-17"}
    assert [turn["text"] for turn in data["transcript"]][2:] == [
        "human please, I am [email]",
        "A colleague will be with you.",
    ]
    with pytest.raises(WebhookVerificationError):
        Verifier(SECRET).verify(body.replace(b"A-17", b"A-18"), headers)


def test_what_fails_is_tried_again_under_the_same_id_and_a_new_time(store: Store, echo, clock, receiver) -> None:
    hand_over(store, echo)
    receiver.statuses = [500, 302, 200]
    clock.moment = datetime.now(UTC)
    courier = Courier(store, Webhook(receiver.url, SECRET), now=clock)
    assert courier.once() == Delivered(failed=1)
    assert "the webhook answered 500" in outbox.messages(store)[0].last_error
    assert courier.once() == Delivered(), "not due yet"
    clock.forward(hours=1)
    assert courier.once() == Delivered(failed=1)
    assert "answered 302" in outbox.messages(store)[0].last_error
    clock.forward(hours=1)
    assert courier.once() == Delivered(sent=1)
    assert [path for path, _, _ in receiver.got] == ["/hook"] * 3, "a redirect is not followed"
    ids, times = zip(*((h["webhook-id"], h["webhook-timestamp"]) for _, h, _ in receiver.got), strict=True)
    assert len(set(ids)) == 1 and len(set(times)) == 3


def test_a_receiver_that_hangs_is_left_and_one_that_is_not_there_is_said(store: Store, echo, receiver) -> None:
    hand_over(store, echo)
    receiver.seconds = 5
    began = time.monotonic()
    assert Courier(store, Webhook(receiver.url, SECRET, seconds=0.2)).once() == Delivered(failed=1)
    assert time.monotonic() - began < 3
    assert "ReadTimeout" in outbox.messages(store)[0].last_error
    hand_over(store, echo)
    assert Courier(store, Webhook("http://127.0.0.1:9/", SECRET)).once() == Delivered(failed=1)


def test_channels_that_are_not_sent_stay(store: Store, echo, receiver: Receiver) -> None:
    talks = Conversations(store, ("handoff", "chat"))
    key = talks.begin("web")
    talks.say(key, "human please", echo.reply)
    assert Courier(store, Webhook(receiver.url, SECRET, ("chat",))).once() == Delivered(sent=1)
    content = json.loads(receiver.got[0][2])
    assert content["type"] == "conversation.replied"
    assert (content["data"]["session"], content["data"]["turn"], content["data"]["outcome"]) == (key, 2, "handed_over")


def test_a_thread_delivers_when_it_is_woken_and_stops(store: Store, echo, receiver: Receiver) -> None:
    courier = Courier(store, Webhook(receiver.url, SECRET), every=60)
    courier.start()
    hand_over(store, echo)
    courier.wake()
    end = time.monotonic() + 10
    while not receiver.got and time.monotonic() < end:
        time.sleep(0.01)
    began = time.monotonic()
    courier.stop()
    assert time.monotonic() - began < 5 and len(receiver.got) == 1
    assert [message.state for message in outbox.messages(store)] == ["sent"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"url": "ftp://x"}, "an http or https URL"),
        ({"url": "hook"}, "an http or https URL"),
        ({"url": "http://[::1"}, "an http or https URL"),
        ({"secret": "not base64!"}, "a secret in base64"),
        ({"secret": "c2hvcnQ="}, "at least 24 bytes, got 5"),
        ({"channels": ("mail",)}, "channels of handoff, chat, got mail"),
        ({"channels": ()}, "channels of handoff, chat"),
    ],
)
def test_settings_that_cannot_be(settings: dict, said: str) -> None:
    with pytest.raises(InputError, match=said) as refused:
        Webhook(**({"url": "http://localhost/", "secret": SECRET} | settings))
    assert settings.get("secret", SECRET) not in str(refused.value)


def test_the_environment_sets_it() -> None:
    given = {"HEADWATER_SUPPORT_WEBHOOK": "http://10.0.0.7/hook", "HEADWATER_SUPPORT_WEBHOOK_SECRET": SECRET}
    assert webhook_from({}) is None
    assert webhook_from(given) == Webhook("http://10.0.0.7/hook", SECRET)
    sends = {"HEADWATER_SUPPORT_WEBHOOK_SENDS": "handoff, chat"}
    assert webhook_from(given | sends).channels == ("handoff", "chat")
    assert SECRET not in repr(webhook_from(given))
    with pytest.raises(InputError, match="HEADWATER_SUPPORT_WEBHOOK_SECRET: expected the secret"):
        webhook_from({"HEADWATER_SUPPORT_WEBHOOK": "http://10.0.0.7/hook"})
