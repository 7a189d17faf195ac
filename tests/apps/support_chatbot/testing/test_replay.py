"""Logged conversations answered again: from a store, from a file, and what counts as a difference."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from headwater.errors import InputError
from headwater.store import open_store
from support_chatbot.records.conversations import Conversations
from support_chatbot.testing.logs import Logged, Said, from_file, from_store, seen
from support_chatbot.testing.replay import replay, summary
from support_chatbot.turn import State
from tests.apps.support_chatbot.dialogue.conversation import close, folder, sure
from tests.apps.support_chatbot.testing.small_bot import SmallBot

OLD = SmallBot()
TALK = Logged("a", tuple(Said(text) for text in ("Where is my card?", "How do rates work?", "hello")))


def ways(bot: SmallBot, talk: Logged = TALK) -> list[tuple[int, str, bool]]:
    [found] = replay([talk], bot, before=OLD)
    return [(change.turn, change.way, change.follows) for change in found.changes]


def test_the_same_bot_says_the_same() -> None:
    assert ways(OLD) == []
    content = summary(replay([TALK], OLD, before=OLD))
    assert (content["turns"], content["same"], content["changed"]) == (3, 3, 0)


def test_each_turn_differs_in_one_way() -> None:
    other = OLD.reading(**{"How do rates work?": sure("transfer_timing")})
    assert ways(other) == [(2, "intent", False)]
    worded = replace(OLD, folder=folder(exchange_rate="Rates float."))
    assert ways(worded) == [(2, "words", False)]
    unsure = OLD.reading(**{"Where is my card?": close("card_arrival", "card_linking")})
    assert ways(unsure) == [(1, "outcome", False)]


def test_what_follows_a_difference_is_counted_apart() -> None:
    talk = Logged("b", (Said("I lost my card"), Said("the debit one"), Said("yes")))
    lost = OLD.reading(**{"I lost my card": sure("card_arrival")})
    assert ways(lost, talk)[0] == (1, "intent", False)
    assert all(follows for _, _, follows in ways(lost, talk)[1:])
    content = summary(replay([talk, TALK], lost, before=OLD))
    assert (content["conversations"], content["changed"], content["intent"]) == (2, 1, 1)
    assert content["after a difference"] == 2
    assert content["intents"] == [["lost_or_stolen_card", "card_arrival", 1]]
    assert content["changes"][0]["before"]["intent"] == "lost_or_stolen_card"


def test_a_changed_outcome_says_what_became_of_what() -> None:
    unsure = OLD.reading(**{"Where is my card?": (("oos", 0.9),)})
    content = summary(replay([TALK, TALK], unsure, before=OLD))
    assert content["outcomes"] == [["answered", "declined", 2]]
    assert content["intents"] == [["card_arrival", "oos", 2]]


def test_a_masked_value_is_no_difference_of_the_bot() -> None:
    before = seen(OLD.reply(State(), "my mail is ann@example.org"))
    other = replace(before, text="other")
    masked = Logged("c", (Said("my mail is [email]", seen=other), Said("and now?", seen=other)))
    [found] = replay([masked], OLD)
    assert [change.way for change in found.changes] == ["masked", "masked"]  # what came after it hangs on it, too


def test_a_turn_without_anything_to_compare_with_is_not_counted() -> None:
    [found] = replay([TALK], OLD)
    assert (found.turns, found.changes) == (0, ())


def test_conversations_of_a_store(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "s.sqlite")) as store:
        talks = Conversations(store)
        for key, texts in {
            "first-session-0001": ("Where is my card?", "my mail is ann@example.org"),
            "second-session-002": ("my card", "the first one", "human", "hello"),
            "third-session-0003": (),
        }.items():
            talks.begin("web", "en", key=key)
            for text in texts:
                talks.say(key, text, lambda state, said: OLD.reply(state, said))
        logged = {talk.key: talk for talk in from_store(store)}
        assert set(logged) == {"first-session-0001", "second-session-002"}
        assert [said.text for said in logged["first-session-0001"].said] == ["Where is my card?", "my mail is [email]"]
        assert [said.masked for said in logged["first-session-0001"].said] == [False, True]
        content = summary(replay(logged.values(), OLD))
        assert (content["turns"], content["outcome"], content["intent"]) == (6, 0, 0)
        assert len(list(from_store(store, limit=1))) == 1
        unsure = OLD.reading(**{"Where is my card?": (("oos", 0.9),)})
        assert summary(replay(logged.values(), unsure))["outcomes"] == [["answered", "declined", 1]]


def test_a_file_of_conversations(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    rows = [
        {"conversation": "a", "turns": ["b", {"user": "", "picked": "card_arrival"}]},
        {"conversation": 2, "turns": ["c"]},
    ]
    file.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    first, second = from_file(file)
    assert first == Logged("a", (Said("b"), Said("", "card_arrival")))
    assert second.key == "2"


@pytest.mark.parametrize(
    "line",
    ["[]", "{", '{"conversation": "a"}', '{"conversation": "a", "turns": []}', '{"conversation": "a", "turns": [1]}'],
)
def test_a_line_that_is_no_conversation_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"conversation": "a", "turns": ["b"]}\n' + line, encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.jsonl:2: expected"):
        from_file(file)


def test_no_file_and_no_conversation(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        from_file(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n", encoding="utf-8")
    with pytest.raises(InputError, match="got none"):
        from_file(tmp_path / "empty.jsonl")
