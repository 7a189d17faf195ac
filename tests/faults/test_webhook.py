"""A webhook that refuses, hangs and answers 500: tried ever later, through restarts, to the dead letter, revived, and delivered as it should."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from headwater.store import open_store, outbox
from tests.apps.support_chatbot.records import conftest as records
from tests.apps.support_chatbot.records.test_handover import hand_over
from tests.faults.conftest import many

receiver, echo = records.receiver, records.echo
ATTEMPTS, REFUSING = 8, "http://127.0.0.1:9/hook"
# Delivers once, at the moment that it is told, in a process that has seen nothing before.
PROGRAM = """
import json, sys
from dataclasses import asdict
from datetime import datetime
from headwater.store import open_store
from support_chatbot.records.handover import Courier, Webhook

place, url, secret, moment, seconds = sys.argv[1:]
with open_store(place) as store:
    courier = Courier(store, Webhook(url, secret, seconds=float(seconds)), now=lambda: datetime.fromisoformat(moment))
    print("ready", flush=True)
    print(json.dumps(asdict(courier.once())))
"""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_dead_webhook_gets_every_hand_over_in_the_end(
    tmp_path: Path, echo, receiver: records.Receiver, told: Callable[[str, str, str], None]
) -> None:
    place, moment, waits = str(tmp_path / "store.sqlite"), datetime.now(UTC) + timedelta(minutes=1), []
    with open_store(place) as store:
        sent = [f"handoff/{hand_over(store, echo)}/4" for _ in range(many(20, 3))]
        for attempt in range(1, ATTEMPTS + 1):
            if attempt == 2:  # the process dies while it waits for an answer: its lease has to end, its attempt counts
                _kill_one(place, receiver, moment)
                moment += timedelta(minutes=2)
            _worsen(receiver, attempt)
            done = _deliver(place, REFUSING if attempt % 3 == 1 else receiver.url, moment)
            assert done["sent"] == 0 < done["failed"] + done["dead"]
            waits += [(m.attempts, (m.due - moment).total_seconds()) for m in outbox.messages(store, "waiting")]
            moment = max([m.due for m in outbox.messages(store, "waiting")], default=moment) + timedelta(seconds=1)
        assert all(0.5 * least(n) <= wait <= least(n) + 1 for n, wait in waits), "10 s doubling, less up to a half"
        dead = outbox.messages(store, "dead")
        assert len(dead) == len(sent) and all(message.last_error for message in dead)
        assert _deliver(place, receiver.url, moment + timedelta(days=9)) == {"sent": 0, "failed": 0, "dead": 0}
        tried = Counter(headers["webhook-id"] for _, headers, _ in receiver.got)
        assert set(tried) == set(sent) and max(tried.values()) <= ATTEMPTS
        receiver.got.clear()
        receiver.statuses, receiver.seconds = [200], 0.0
        assert _revive(place) == len(sent)
        later = datetime.now(UTC) + timedelta(minutes=1)
        repeated = _kill_after_it_was_taken(place, receiver, later)
        done = _deliver(place, receiver.url, later + timedelta(minutes=2))
        assert (done["sent"], _deliver(place, receiver.url, later + timedelta(days=1))["sent"]) == (len(sent), 0)
        got = Counter(headers["webhook-id"] for _, headers, _ in receiver.got)
        assert got == Counter(sent) + Counter([repeated]), (
            "once each, and again where the sender could not write it down"
        )
        assert {message.state for message in outbox.messages(store)} == {"sent"}
    told(
        "the webhook refuses, hangs and answers 500, the sender is killed on the way, 20 hand-overs",
        "8 tries ever later, then dead; revived, each once, and twice only where the sender died before it could write it down",
        f"{len(waits)} waits of 5 s to {max(wait for _, wait in waits):,.0f} s, {len(dead)} dead and revived, {len(sent)} delivered, 1 of them twice under one id",
    )  # fmt: skip


def least(attempts: int) -> float:
    return min(10.0 * 2.0 ** (attempts - 1), 3600.0)


def _worsen(receiver: records.Receiver, attempt: int) -> None:
    """Every third time it hangs, every third it answers 500; in between nobody listens."""
    receiver.statuses, receiver.seconds = [500], 3.0 if attempt % 3 == 2 and attempt < 4 else 0.0


def _start(place: str, url: str, moment: datetime, seconds: float = 1.0) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    words = [sys.executable, "-c", PROGRAM, place, url, records.SECRET, moment.isoformat(), str(seconds)]
    child = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE)
    assert child.stdout is not None and child.stdout.readline() == b"ready\n"
    return child


def _deliver(place: str, url: str, moment: datetime) -> dict[str, int]:
    with _start(place, url, moment) as child:
        out, _ = child.communicate(timeout=120)
    assert child.returncode == 0
    return json.loads(out)


def _kill_one(place: str, receiver: records.Receiver, moment: datetime) -> None:
    """kill -9 a sender once the receiver has a message of its; the receiver would have refused it."""
    receiver.statuses, receiver.seconds, before = [500], 10.0, len(receiver.got)
    with _start(place, receiver.url, moment, 30.0) as child:
        _until(lambda: len(receiver.got) > before)
        os.kill(child.pid, signal.SIGKILL)


def _kill_after_it_was_taken(place: str, receiver: records.Receiver, moment: datetime) -> str:
    """The same where the receiver takes the message: the sender dies before it hears of that. The message's id."""
    receiver.seconds = 10.0
    with _start(place, receiver.url, moment, 30.0) as child:
        _until(lambda: receiver.got)
        os.kill(child.pid, signal.SIGKILL)
    receiver.seconds = 0.0
    return receiver.got[0][1]["webhook-id"]


def _until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.01)


def _revive(place: str) -> int:
    words = [sys.executable, "-m", "headwater", "store", "revive", "--channel", "handoff", "--store", place, "--json"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return int(json.loads(subprocess.run(words, env=environment, capture_output=True, check=True).stdout)["messages"])
