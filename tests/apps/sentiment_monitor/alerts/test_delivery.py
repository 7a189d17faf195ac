"""Real addresses of Apprise, on a server of this machine."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from headwater.errors import InputError, ServerError
from headwater.store import Store
from headwater.store.news import NEWS_STORY
from headwater.store.outbox import messages, revive
from sentiment_monitor.alerts.book import Stored
from sentiment_monitor.alerts.channels import Channels, channels_from, send
from sentiment_monitor.alerts.delivery import Courier
from sentiment_monitor.alerts.rule import Alert, Change, Rule
from sentiment_monitor.alerts.wording import Note, leaders, note, plain_number, worded
from tests.servers import answering

pytest.importorskip("apprise")
REASON = {"code": "surge", "sentiment": "negative", "stories": 14, "hours": 2, "expected": 3.1, "p": 0.0004}
RULE = Rule("topic", "topic", channels=("desk",))


class Hook(ThreadingHTTPServer):
    """Takes what is posted, or answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.taken: list[dict] = []
        self.asked, self.status, self.moved = 0, 200, ""

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.server_port}/hook?secret=tea"


class Answering(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked += 1
        if self.server.status == 200:
            self.server.taken.append(json.loads(body))
        self.send_response(self.server.status)
        if self.server.moved:
            self.send_header("Location", self.server.moved)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook()
    with answering(server):
        yield server


def opened(store: Store, noon: datetime, rule: Rule = RULE) -> None:
    """An alert that two stories led, written with its messages."""
    stories = [
        {"title": title, "at": noon, "seen": noon, "latest": noon, "items": items}
        for title, items in (("Once", 1), ("Often\nsaid", 9), ("Twice", 2), ("Also twice", 2))
    ]
    with store.write() as connection:
        connection.execute(NEWS_STORY.insert(), stories)
    alert = Alert("topic", "topic", "legal", noon, noon, 2, REASON, (1, 2, 3, 4))
    assert len(Stored(store).write([rule], [Change("opened", alert, noon)])) == 1


def test_an_alert_comes_in_words(store: Store, noon: datetime, hook: Hook) -> None:
    opened(store, noon)
    courier = Courier(store, Channels({"desk": (hook.address,)}))
    assert courier.once().sent == 1 and courier.once().sent == 0
    (taken,) = hook.taken
    assert (taken["title"], taken["type"]) == ("Warning: Law and regulation", "warning")
    assert taken["message"] == (
        "14 negative stories in 2 h where 3.1 were expected, p = 0.0004; led by “Often said”, “Also twice”, “Twice”\n"
        "Since 2026-11-11 12:00 UTC · rule “topic” · alert 1"
    )


def test_what_fails_is_tried_again_and_kept_at_last(store: Store, noon: datetime, hook: Hook) -> None:
    opened(store, noon)
    hook.status = 500
    later = [noon + timedelta(days=30)]
    courier = Courier(store, Channels({"desk": (hook.address,)}), now=lambda: later[0])
    for attempt in range(8):
        done = courier.once()
        assert (done.failed, done.dead) == ((1, 0) if attempt < 7 else (0, 1))
        assert courier.once().sent == 0 and hook.asked == attempt + 1  # not before it is due
        later[0] += timedelta(hours=1)
    (dead,) = messages(store, "dead")
    assert "channel desk: expected every address" in dead.last_error and "tea" not in dead.last_error
    hook.status = 200
    assert revive(store, now=lambda: later[0]) == 1 and courier.once().sent == 1 and len(hook.taken) == 1


def test_one_channel_that_fails_does_not_double_another(store: Store, noon: datetime, hook: Hook) -> None:
    opened(store, noon, Rule("topic", "topic", channels=("desk", "gone")))
    later = [noon + timedelta(days=30)]
    courier = Courier(store, Channels({"desk": (hook.address,)}), now=lambda: later[0])
    assert (courier.once().sent, courier.once().sent) == (1, 0)
    later[0] += timedelta(hours=1)
    assert courier.once().failed == 1 and len(hook.taken) == 1
    (waiting,) = messages(store, "waiting")
    assert "expected a channel of the channels file, got 'gone': there are desk" in waiting.last_error


def test_redirects_are_not_followed(hook: Hook) -> None:
    other = Hook()
    hook.status, hook.moved = 307, f"http://127.0.0.1:{other.server_port}/"
    with pytest.raises(ServerError, match="channel desk"):
        send(Channels({"desk": (hook.address,)}), "desk", Note("a", "b"), 1)
    other.server_close()
    assert hook.asked == 1 and other.asked == 0


def test_channels_of_a_file_and_of_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "channels.toml"
    path.write_text(
        'language = "zh"\n[channels]\nDesk = "json://a"\nmail = ["json://b", "json://c"]\n', encoding="utf-8"
    )
    assert channels_from(path, {}) == Channels({"desk": ("json://a",), "mail": ("json://b", "json://c")}, "zh")
    given = {"HEADWATER_ALERT_CHANNELS": str(path), "HEADWATER_ALERT_CHANNEL_DESK": "json://d"}
    assert channels_from(None, given).addresses["desk"] == ("json://d",)
    assert channels_from(None, {}) == Channels({})
    assert "json" not in repr(channels_from(path, {}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[channels]\ndesk = 'nothing://secret'", "channel desk: expected an address that Apprise knows, number 1"),
        ("[channels]\ndesk = ['json://a', 'secret']", "number 2 is none"),
        ("[channels]\ndesk = []", "channels.desk: expected an address"),
        ("[channels]\n'a b' = 'json://a'", "expected a name of up to 64"),
        ("channels = 3", "expected a table"),
        ("language = 'fr'", "expected one of en, zh"),
        ("language", "expected TOML"),
    ],
)
def test_channels_that_cannot_be(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "channels.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said) as refused:
        channels_from(path, {})
    assert "secret" not in str(refused.value)


def test_both_languages_and_names() -> None:
    payload = {"alert": 7, "change": "raised", "rule": "r", "dimension": "company", "value": "siemens", "severity": 3,
               "opened": "2026-11-11T12:00:00+00:00", "reason": REASON}  # fmt: skip
    assert note(payload, [], "en", {"siemens": "Siemens"}).title == "Alarm (it was less severe before): Siemens"
    assert note(payload, ["A"], "zh").body.startswith(
        "2 小时内有 14 篇负面报道，预期 3.1 篇，p = 0.0004；主要报道：《A》\n"
    )
    assert note(payload | {"dimension": "all", "value": "", "change": "opened"}, []).title == "Alarm: All news"
    assert worded(REASON | {"stories": 1, "sentiment": "unsure"}).startswith("1 unsure story in 2 h")
    assert [plain_number(n) for n in (0.0, 0.05, 9.96, 10.4, 1e-12)] == ["0", "0.05", "10", "10", "1e-12"]


def test_no_stories_no_leaders(store: Store) -> None:
    assert leaders(store, []) == [] and leaders(store, [7]) == []
