import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from headwater.store import Store, open_store
from headwater.store.corrections import Correction, record
from headwater.store.tables import CONVERSATION, TURN
from support_chatbot.learning.live import read_live
from support_chatbot.learning.study import Asked, study
from support_chatbot.turn import Message, Question, plain

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = str(tmp_path / "store.sqlite") if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    with open_store(url) as opened:
        yield opened


def talk(
    store: Store, *turns: tuple[str, str, str | None], age: int = 1, act: str | None = None, thumbs: int | None = None
) -> int:
    """A conversation of (speaker, text, outcome), as the records write it; a bot's turn holds the message before it."""
    moment = NOW - timedelta(days=age)
    with store.write() as connection:
        row = {
            "key": f"secret-{secrets.token_hex(8)}", "channel": "web",
            "language": "en", "subject": "s", "known": False, "bundle": "", "bundle_version": "", "bundle_digest": "",
            "policy_digest": "", "turns": len(turns), "status": "open", "created": moment, "updated": moment,
        }  # fmt: skip
        number = connection.execute(CONVERSATION.insert().values(row).returning(CONVERSATION.c.id)).scalar_one()
        before = ""
        for at, (speaker, text, outcome) in enumerate(turns, 1):
            reply: dict[str, Any] | None = None
            if speaker == "bot":
                asked = tuple(
                    Question(part, before.index(part), before.index(part) + len(part)) for part in before.split(" | ")
                )
                reply = {"message": plain(Message(before, "en", act, asked)), "parts": []}
            connection.execute(TURN.insert().values(
                conversation=number, number=at, speaker=speaker, who="Maya" if speaker == "agent" else None, text=text,
                reply=reply, outcome=outcome, thumbs=thumbs if speaker == "bot" else None, subject="s", created=moment,
            ))  # fmt: skip
            before = text
    return number


def test_what_the_bot_could_not_answer_is_read(store: Store) -> None:
    one = talk(store, ("customer", "joint account with my wife", None), ("bot", "I cannot help.", "declined"))
    two = talk(
        store, ("customer", "is the lobby open | do you sell stamps", None), ("bot", "A colleague.", "handed_over")
    )
    three = talk(store, ("customer", "what is your swift code", None), ("bot", "See here.", "found"), thumbs=-1)
    talk(store, ("customer", "what about the mortgage", None), ("bot", "See here.", "found"), thumbs=1)
    talk(store, ("customer", "what about the weather", None), ("bot", "It rains.", "answered"))
    talk(store, ("customer", "let me talk to a person", None), ("bot", "Yes.", "handed_over"), act="human")
    talk(store, ("customer", "an old question of mine", None), ("bot", "No.", "declined"), age=40)
    assert read_live(store, 30, now=NOW).unanswered == (
        Asked("joint account with my wife", f"store {one} line 1"),
        Asked("is the lobby open", f"store {two} line 1"),
        Asked("do you sell stamps", f"store {two} line 1"),
        Asked("what is your swift code", f"store {three} line 1"),
    )
    assert len(read_live(store, 60, now=NOW).unanswered) == 5


def test_an_agents_reply_makes_a_conversation_and_its_question_counts_once(
    store: Store, classifier, embedder, zones
) -> None:
    number = talk(
        store, ("customer", "joint account with my wife", None), ("bot", "A colleague comes.", "handed_over"),
        ("agent", "You both apply for the joint account in the app.", None),
    )  # fmt: skip
    live = read_live(store, 30, now=NOW)
    assert live.unanswered == () and [talk.id for talk in live.conversations] == [f"store {number}"]
    assert [(said.speaker, said.who) for said in live.conversations[0].turns] == [("customer", ""), ("agent", "Maya")]
    found = study(live.conversations, classifier, embedder, zones.zone, unanswered=live.unanswered)
    assert (found.counts["questions"], found.counts["exchanges"]) == (1, 1)


def test_no_key_of_a_conversation_is_given_away(store: Store) -> None:
    talk(store, ("customer", "joint account with my wife", None), ("bot", "No.", "declined"))
    assert "secret" not in repr(read_live(store, 30, now=NOW))


def test_what_somebody_has_put_right_is_no_longer_open(store: Store) -> None:
    talk(store, ("customer", "where did it go then", None), ("bot", "No.", "declined"))
    talk(store, ("customer", "do you sell stamps", None), ("bot", "No.", "declined"))
    given = {
        "said": None,
        "who": "ann",
        "bundle": "b",
        "version": "1",
        "digest": "d",
        "head": "intent",
        "kind": "single",
    }
    for text, label in (("Where did it go then?", "card_arrival"), ("may I bring my dog", "oos")):
        record(store, Correction(text=text, right=label, **given), now=lambda: NOW)
    live = read_live(store, 30, "oos", now=NOW)
    assert [one.text for one in live.unanswered] == ["do you sell stamps", "may I bring my dog"] and live.corrected == 1
