"""The outbox: one row an event, at least one delivery, retries that end, and a death that is kept."""

import math
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from headwater.errors import InputError
from headwater.store import Store, open_store, outbox
from headwater.store.outbox import Delivered, Message
from headwater.store.tables import OUTBOX

SENDER = """
import os, signal, sys
from headwater.store import open_store, outbox

url, moment, log = sys.argv[1:]
def send(message):
    with open(log, "a") as out:
        out.write(message.key + "\\n")
    os.kill(os.getpid(), signal.SIGKILL)

if moment == "before":
    sender = {"hook": lambda message: os.kill(os.getpid(), signal.SIGKILL)}
else:
    sender = {"hook": send}
outbox.deliver(open_store(url), sender, lease=0.5)
"""


def put(store: Store, key: str = "rule 7, story 1", payload: object = None, **options: object) -> bool:
    with store.write() as connection:
        return outbox.put(connection, options.pop("channel", "hook"), key, payload, **options)


def fails(message: Message) -> None:
    raise ConnectionError("503 Service Unavailable")


def test_a_message_is_sent_once_and_then_stands_as_sent(store: Store, clock) -> None:
    got: list[Message] = []
    assert put(store, payload={"title": "Gold surges", "rows": [1, 2.5, None, True]}, now=clock)
    assert outbox.deliver(store, {"hook": got.append}, now=clock) == Delivered(sent=1)
    assert outbox.deliver(store, {"hook": got.append}, now=clock) == Delivered()
    (message,) = got
    assert (message.channel, message.key, message.attempts) == ("hook", "rule 7, story 1", 1)
    assert message.payload == {"title": "Gold surges", "rows": [1, 2.5, None, True]}
    (stands,) = outbox.messages(store)
    assert (stands.state, stands.finished, stands.last_error) == ("sent", clock.moment, None)


def test_a_thousand_equal_events_of_four_threads_are_one_message(store: Store) -> None:
    with ThreadPoolExecutor(4) as threads:
        first = sum(threads.map(lambda _: put(store), range(1000)))
    assert first == 1
    assert len(outbox.messages(store)) == 1
    assert put(store, channel="other"), "the same key of another channel is another message"


def test_a_message_is_written_with_the_rows_it_is_about_or_not_at_all(store: Store) -> None:
    def event() -> None:
        with store.write() as connection:
            outbox.put(connection, "hook", "1", None)
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        event()
    assert outbox.messages(store) == []


def test_what_is_not_due_or_of_another_channel_waits(store: Store, clock) -> None:
    put(store, "later", due=clock.moment + timedelta(hours=1), now=clock)
    put(store, "other", channel="mail", now=clock)
    got: list[Message] = []
    assert outbox.deliver(store, {"hook": got.append}, now=clock) == Delivered()
    clock.forward(hours=1)
    assert outbox.deliver(store, {"hook": got.append}, now=clock) == Delivered(sent=1)
    assert outbox.deliver(store, {}, now=clock) == Delivered()
    assert [message.key for message in outbox.messages(store, "waiting")] == ["other"]


def test_oldest_first_and_no_more_than_the_limit(store: Store, clock) -> None:
    got: list[str] = []
    for key in "cab":
        put(store, key, now=clock)
        clock.forward(seconds=1)
    assert outbox.deliver(store, {"hook": lambda message: got.append(message.key)}, limit=2, now=clock).sent == 2
    assert got == ["c", "a"]


def test_a_dead_webhook_is_tried_again_later_and_later_and_then_no_more(url: str, clock) -> None:
    """Each attempt in a store opened anew: all that is known stands in it."""
    with open_store(url) as store:
        put(store, now=clock)
    waits = []
    for attempt in range(1, 9):
        with open_store(url) as store:
            done = outbox.deliver(store, {"hook": fails}, now=clock)
            assert done == (Delivered(failed=1) if attempt < 8 else Delivered(dead=1))
            (message,) = outbox.messages(store)
            assert (message.attempts, message.last_error) == (attempt, "ConnectionError: 503 Service Unavailable")
            if attempt < 8:
                waits.append((message.due - clock.moment).total_seconds())
                clock.forward(seconds=waits[-1] - 0.001)
                assert outbox.deliver(store, {"hook": fails}, now=clock) == Delivered(), "not before it is due"
                clock.forward(seconds=0.001)
    assert all(5 * 2**n <= wait <= 10 * 2**n for n, wait in enumerate(waits))
    clock.forward(days=1)
    with open_store(url) as store:
        assert outbox.deliver(store, {"hook": fails}, now=clock) == Delivered()
        (message,) = outbox.messages(store, "dead", "hook")
        assert message.finished is not None


def test_waits_are_the_same_every_time_apart_from_each_other_and_have_an_end(clock) -> None:
    one = Message(1, "hook", "1", None, clock.moment, clock.moment, 1, "waiting", None, None)
    assert outbox.retry_after(one) == outbox.retry_after(one)
    waits = {outbox.retry_after(replace(one, key=str(number))).total_seconds() for number in range(200)}
    assert len(waits) == 200
    assert min(waits) < 5.5 and max(waits) > 9.5
    assert outbox.retry_after(replace(one, attempts=10_000)) <= timedelta(hours=1)


def test_what_recovers_is_delivered_and_its_error_is_kept(store: Store, clock) -> None:
    put(store, now=clock)
    outbox.deliver(store, {"hook": fails}, now=clock)
    clock.forward(minutes=1)
    assert outbox.deliver(store, {"hook": lambda message: None}, now=clock) == Delivered(sent=1)
    (message,) = outbox.messages(store, "sent")
    assert message.attempts == 2 and "503" in message.last_error


def test_the_dead_are_revived_by_id_channel_or_all(store: Store, clock) -> None:
    for key, channel in (("1", "hook"), ("2", "hook"), ("3", "mail")):
        put(store, key, channel=channel, now=clock)
    assert outbox.deliver(store, {"hook": fails, "mail": fails}, attempts=1, now=clock) == Delivered(dead=3)
    first = outbox.messages(store)[0]
    assert outbox.revive(store, [first.id], now=clock) == 1
    assert outbox.revive(store, [first.id], now=clock) == 0, "it is not dead any more"
    assert outbox.revive(store, channel="hook", now=clock) == 1
    assert outbox.revive(store, now=clock) == 1
    assert {(message.state, message.attempts, message.finished) for message in outbox.messages(store)} == {
        ("waiting", 0, None)
    }
    assert outbox.deliver(store, dict.fromkeys(("hook", "mail"), lambda message: None), now=clock).sent == 3


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_while_sending_it_is_sent_again_after_the_lease(
    url: str, spawn: Callable, tmp_path, moment: str
) -> None:
    with open_store(url) as store:
        put(store)
        child = spawn(SENDER, url, moment, tmp_path / "log")
        child.communicate(timeout=120)
        assert child.returncode == -signal.SIGKILL
        assert (tmp_path / "log").exists() == (moment == "after")
        (held,) = outbox.messages(store)
        assert (held.state, held.attempts) == ("waiting", 1)
        got: list[str] = []
        sender = {"hook": lambda message: got.append(message.key)}
        with store.read() as connection:
            until = connection.execute(OUTBOX.select()).one().leased_until
        assert outbox.deliver(store, sender, now=lambda: until - timedelta(milliseconds=1)) == Delivered()
        assert outbox.deliver(store, sender, now=lambda: until) == Delivered(sent=1)
        assert got == [held.key], "the key tells the receiver that it is the same message"


def test_what_kills_its_sender_every_time_ends_as_dead_too(store: Store, clock) -> None:
    def deadly(message: Message) -> None:
        raise KeyboardInterrupt

    put(store, now=clock)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            outbox.deliver(store, {"hook": deadly}, attempts=3, lease=60, now=clock)
        clock.forward(seconds=60)
    assert outbox.deliver(store, {"hook": deadly}, attempts=3, now=clock) == Delivered(dead=1)
    (message,) = outbox.messages(store, "dead")
    assert message.last_error == "its sender stopped 3 times before it was done"


def stopped(message: Message) -> None:
    """A process that is stopped while it sends."""
    raise KeyboardInterrupt


def test_who_lost_the_lease_may_say_sent_but_not_failed(store: Store, clock) -> None:
    put(store, "1", now=clock)

    def slow_failure(message: Message) -> None:
        clock.forward(seconds=61)  # longer than the lease: another takes the message up, and is at it still
        with pytest.raises(KeyboardInterrupt):
            outbox.deliver(store, {"hook": stopped}, now=clock)
        raise ConnectionError("too late")

    outbox.deliver(store, {"hook": slow_failure}, lease=60, limit=1, now=clock)
    (message,) = outbox.messages(store)
    assert (message.state, message.attempts, message.last_error) == ("waiting", 2, None)


def test_deliverers_at_once_send_each_message_once(store: Store) -> None:
    for number in range(60):
        put(store, str(number))
    got: list[str] = []
    sender = {"hook": lambda message: got.append(message.key)}
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(lambda _: outbox.deliver(store, sender), range(4)))
    assert sum(one.sent for one in done) == 60
    assert sorted(got, key=int) == [str(number) for number in range(60)]


def test_sending_holds_no_lock(store: Store) -> None:
    put(store, "1")
    assert outbox.deliver(store, {"hook": lambda message: put(store, "2") or None}, limit=1) == Delivered(sent=1)
    assert len(outbox.messages(store, "waiting")) == 1


def test_personal_data_is_masked_in_every_text_unless_it_is_asked_for(store: Store) -> None:
    contact = {"customer": {"mail": "ann@example.org"}, "said": ["call +44 20 7946 0018", "é 🙂 \0 \ud800"]}
    put(store, "1", contact)
    put(store, "2", contact, masked=False, subject="customer-9")
    masked, whole = outbox.messages(store)
    assert masked.payload == {"customer": {"mail": "[email]"}, "said": ["call [phone]", "é 🙂 \ufffd \ufffd"]}
    assert whole.payload == {
        "customer": {"mail": "ann@example.org"},
        "said": ["call +44 20 7946 0018", "é 🙂 \ufffd \ufffd"],
    }
    with pytest.raises(InputError, match="expected a subject"):
        put(store, "3", contact, masked=False)


def test_an_error_that_quotes_what_it_was_given_is_masked_and_cut(store: Store, clock) -> None:
    def quotes(message: Message) -> None:
        raise ValueError("cannot parse ann@example.org\0" + "x" * 10_000)

    put(store, now=clock)
    outbox.deliver(store, {"hook": quotes}, now=clock)
    (message,) = outbox.messages(store)
    assert message.last_error.startswith("ValueError: cannot parse [email]\ufffdx")
    assert len(message.last_error) == 500


def test_what_cannot_be_written_is_refused(store: Store) -> None:
    for key, payload, expected in (
        ("", None, "key of 1 to 255"),
        ("k" * 256, None, "got 256"),
        ("1", math.nan, "JSON"),
        ("1", {1, 2}, "JSON"),
    ):
        with pytest.raises(InputError, match=expected):
            put(store, key, payload)
    assert outbox.messages(store) == []
