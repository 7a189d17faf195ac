"""Conversations: what belongs together is written together, once, in order, and without personal data."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from headwater.errors import InputError
from headwater.store import Store, outbox
from headwater.store.retention import Retention, erase, expire
from headwater.store.tables import CONVERSATION, HANDOFF, METADATA
from support_chatbot.records import conversations as module
from support_chatbot.records.conversations import Conversations
from support_chatbot.records.desk import Desk
from support_chatbot.records.rows import Closed, Conflict, UnknownConversation
from support_chatbot.turn import State, plain
from tests.apps.support_chatbot.records.conftest import EMAIL, ORIGIN, begun

ACCOUNT = "55779911"


def everything(store: Store) -> str:
    """All rows of all tables, as text."""
    with store.read() as connection:
        return str([connection.execute(table.select()).all() for table in METADATA.sorted_tables])


def test_a_turn_is_two_rows_and_the_next_state(talks: Conversations, echo, clock) -> None:
    key = begun(talks)
    assert talks.state(key) == State()
    clock.forward(seconds=5)
    stored, reply = talks.say(key, "where is my card", echo.reply)
    assert (stored.key, stored.number, stored.bot.number, stored.status, stored.repeated) == (key, 1, 2, "open", False)
    assert talks.state(key) == reply.state == State(turns=1, topic="card_arrival")
    customer, bot = talks.transcript(key)
    assert (customer.speaker, customer.text, customer.intent, customer.probability) == (
        "customer", "where is my card", "card_arrival", 0.75,
    )  # fmt: skip
    assert (bot.speaker, bot.text, bot.outcome, bot.kinds) == ("bot", "1: where is my card", "answered", "answered")
    assert bot.milliseconds > 0 and bot.reply["parts"] == [{**plain(reply.parts[0]), "quotes": [], "choices": []}]
    assert bot.reply["message"]["questions"][0]["top"] == [["card_arrival", 0.75], ["lost_card", 0.125]]
    talk = talks.conversation(key)
    assert (talk.turns, talk.status, talk.known, talk.origin, talk.updated) == (2, "open", False, ORIGIN, clock.moment)


def test_signs_that_no_database_takes_do_not_lose_a_turn(talks: Conversations, echo) -> None:
    def remembers(state: State, text: str):
        reply = echo.reply(state, text)
        return replace(reply, state=replace(reply.state, recent=(text,), slots={"name": text}))

    key = talks.begin("we\0b", "e\0n")
    talks.say(key, "where\0 is \ud800 it", remembers)
    assert talks.state(key).recent == ("where\ufffd is \ufffd it",) and talks.conversation(key).channel == "we\ufffdb"


def test_a_repeated_key_gives_what_was_stored_and_changes_nothing(talks: Conversations, echo, store: Store) -> None:
    key = begun(talks)
    first, _ = talks.say(key, "one", echo.reply, idempotency="a")
    talks.say(key, "two", echo.reply, idempotency="b")
    before = everything(store)
    again, reply = talks.say(key, "one", echo.reply, idempotency="a")
    assert (again, reply) == (replace(first, repeated=True), None)
    assert talks.write(key, echo.reply(State(), "x"), idempotency="a", milliseconds=1) == again
    assert everything(store) == before
    assert echo.calls == 3, "the bot was not asked again"
    other = begun(talks)
    assert not talks.say(other, "one", echo.reply, idempotency="a")[0].repeated, "a key is of its conversation alone"
    with pytest.raises(InputError, match="idempotency key of 1 to 255"):
        talks.say(key, "x", echo.reply, idempotency="k" * 256)


def test_of_equal_messages_at_once_one_is_answered_and_all_get_its_answer(talks: Conversations, echo) -> None:
    key = begun(talks)
    with ThreadPoolExecutor(8) as threads:
        done = list(threads.map(lambda _: talks.say(key, "one", echo.reply, idempotency="a")[0], range(40)))
    assert sum(not stored.repeated for stored in done) == 1
    assert len({(stored.number, stored.bot.text) for stored in done}) == 1
    assert [turn.text for turn in talks.transcript(key)] == ["one", "1: one"]


def test_turns_at_once_on_one_conversation_lose_and_mix_nothing(talks: Conversations, echo) -> None:
    key, texts = begun(talks), [f"message {number}" for number in range(40)]
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(lambda text: talks.say(key, text, echo.reply), texts))
    turns = talks.transcript(key)
    assert sorted(turn.text for turn in turns[::2]) == sorted(texts)
    assert [turn.text for turn in turns[1::2]] == [f"{n}: {turn.text}" for n, turn in enumerate(turns[::2], 1)]
    assert [turn.number for turn in turns] == list(range(1, 81))
    assert all(stored.bot.text.endswith(f": {text}") for (stored, _), text in zip(done, texts, strict=True))
    assert talks.state(key).turns == 40


def test_who_writes_on_an_old_state_is_told(talks: Conversations, echo) -> None:
    key = begun(talks)
    talks.write(key, echo.reply(State(), "one"), milliseconds=1, after=0)
    with pytest.raises(Conflict, match="read its state again"):
        talks.write(key, echo.reply(State(), "two"), milliseconds=1, after=0)
    assert [turn.text for turn in talks.transcript(key)] == ["one", "1: one"]


def test_a_write_that_fails_half_way_leaves_nothing(
    talks: Conversations, echo, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = begun(talks)
    before = everything(store)

    def put(*_: object, **__: object) -> None:
        raise RuntimeError("the outbox is on fire")

    with monkeypatch.context() as patch:
        patch.setattr(module.outbox, "put", put)
        with pytest.raises(RuntimeError):
            talks.say(key, "human please", echo.reply)
    assert everything(store) == before
    assert talks.say(key, "human please", echo.reply)[0].number == 1


def test_a_form_goes_on_with_values_that_are_written_down_nowhere_else(
    talks: Conversations, echo, store: Store
) -> None:
    key = begun(talks)
    stored, reply = talks.say(key, f"form for {EMAIL}, sort code and account 20-00-00 {ACCOUNT}", echo.reply)
    assert reply.parts[0].text == f"Is {EMAIL} right?" and stored.bot.text == "Is [email] right?"
    said = talks.transcript(key)[0]
    slot = stored.bot.reply["message"]["slots"][0]
    assert said.text[slot["start"] : slot["end"]] == slot["text"] == slot["value"] == "[email]"
    assert EMAIL in everything(store), "the state has it, while it is asked for"
    done, reply = talks.say(key, "yes", echo.reply)
    assert EMAIL in reply.text
    assert done.bot.text == "It is [email] now, for [account]."
    assert done.bot.reply["actions"] == [["address", {"email": "[email]", "account": "[account]"}]]
    talks.say(key, "human please", echo.reply)
    with store.read() as connection:
        kept = connection.execute(sa.select(CONVERSATION.c.state)).scalar_one()
        handed = connection.execute(HANDOFF.select()).one()
    assert EMAIL not in str(kept) and kept["status"] == "handed_over"
    assert (handed.summary, handed.slots) == ("[email] wants a person", {"email": "[email]", "order": "A-17"})


def test_a_hand_over_and_its_message_stand_together_and_once(talks: Conversations, echo, store: Store) -> None:
    key = begun(talks, "customer-9")
    talks.say(key, "where is my card", echo.reply)
    stored, _ = talks.say(key, "human please", echo.reply)
    assert stored.status == talks.conversation(key).status == talks.state(key).status == "handed_over"
    talks.say(key, "human now", echo.reply)
    (message,) = outbox.messages(store)
    assert (message.channel, message.key) == ("handoff", f"{key}/4")
    content = message.payload["data"]
    assert message.payload["type"] == "conversation.handed_over"
    assert content["slots"] == {"email": EMAIL, "order": "A-17"}, "who takes over needs them"
    assert [(turn["speaker"], turn["text"]) for turn in content["transcript"]] == [
        ("customer", "where is my card"), ("bot", "1: where is my card"),
        ("customer", "human please"), ("bot", "A colleague will be with you."),
    ]  # fmt: skip
    assert (content["session"], content["reason"], content["wait"]) == (key, "asked", "2 minutes")


def test_what_nobody_delivers_is_not_put_into_the_outbox_and_replies_are_where_it_is_asked(store, clock, echo) -> None:
    for sends, expected in (
        ((), []),
        (("chat",), ["chat", "chat"]),
        (("handoff", "chat"), ["chat", "handoff", "chat"]),
    ):
        talks = Conversations(store, sends, clock)
        key = begun(talks)
        talks.say(key, "where is my card", echo.reply)
        talks.say(key, "human please", echo.reply)
        mine = [message.channel for message in outbox.messages(store) if message.key.startswith(key)]
        assert mine == expected


def test_erasure_and_expiry_reach_all_of_it(talks: Conversations, echo, store: Store, clock) -> None:
    known, unknown, other = begun(talks, "customer-9"), begun(talks), begun(talks, "customer-8")
    for key in (known, unknown, other):
        talks.say(key, f"form for {EMAIL} zebra-{key}", echo.reply)
        talks.say(key, "human please", echo.reply)
    Desk(talks).correct(known, 1, "lost_card", "ann")
    assert sum(erase(store, "customer-9").values()) == 1 + 4 + 1 + 1 + 1
    with pytest.raises(UnknownConversation, match="was erased"):
        talks.say(known, "still here?", echo.reply)
    assert sum(erase(store, unknown).values()) == 1 + 4 + 1 + 1
    assert known not in everything(store) and unknown not in everything(store) and other in everything(store)
    clock.forward(days=8)
    key = begun(talks)
    talks.say(key, f"form for {EMAIL}", echo.reply)
    clock.forward(days=8)
    assert expire(store, Retention(states=7), clock)["states"] == 2
    assert talks.state(key) == State(turns=1), "forgotten, and it goes on"
    assert talks.say(key, "where is my card", echo.reply)[0].bot.text == "2: where is my card"


def test_a_subject_that_becomes_known_later_takes_all_with_it_once(talks: Conversations, echo, store: Store) -> None:
    key = begun(talks)
    talks.say(key, "human please", echo.reply)
    assert begun(talks, "customer-9", key=key) == key
    assert talks.conversation(key).known
    assert begun(talks, "customer-9", key=key) == begun(talks, key=key) == key
    with pytest.raises(Conflict, match="another subject"):
        begun(talks, "customer-8", key=key)
    assert erase(store, "customer-9") == {"conversation": 1, "correction": 0, "handoff": 1, "outbox": 1, "turn": 2}


@pytest.mark.parametrize(
    "key", ["short", "x" * 65, "with a blank in it", "../../../etc/passwd", "é" * 20, "a" * 20 + "\n"]
)
def test_a_session_that_could_be_guessed_or_abused_is_refused(talks: Conversations, key: str) -> None:
    with pytest.raises(InputError, match="16 to 64 letters"):
        begun(talks, key=key)


def test_a_person_has_it_and_the_bot_is_silent_until_it_is_closed(talks: Conversations, echo) -> None:
    key, desk = begun(talks), Desk(talks)
    talks.say(key, "human please", echo.reply)
    desk.take(key, "ann")
    calls = echo.calls
    stored, reply = talks.say(key, f"my address is {EMAIL}", echo.reply, idempotency="a")
    assert (stored.number, stored.bot, reply, echo.calls) == (3, None, None, calls)
    assert desk.answer(key, "ann", "Hello, I am Ann").number == 4
    talks.say(key, "account 12345678, sort code 12-34-56", echo.reply)
    assert desk.answer(key, "ann", "So 12-34-56 12345678?").text == "So [account]?"
    assert talks.transcript(key)[4].text == "account [account]"
    again, _ = talks.say(key, "x", echo.reply, idempotency="a")
    assert (again.number, again.bot, again.repeated) == (3, None, True), "the agent's answer is not the bot's"
    assert [(t.speaker, t.who, t.text) for t in talks.transcript(key)[2:4]] == [
        ("customer", None, "my address is [email]"), ("agent", "ann", "Hello, I am Ann"),
    ]  # fmt: skip
    desk.close(key, "ann")
    for late in (lambda: talks.say(key, "late", echo.reply), lambda: talks.hear(key, "late"),
                 lambda: desk.answer(key, "ann", "late"), lambda: desk.take(key, "ann")):  # fmt: skip
        with pytest.raises(Closed):
            late()


def test_what_the_bot_closed_the_customer_may_reopen(talks: Conversations, echo) -> None:
    key = begun(talks)
    reply = echo.reply(State(), "hello and goodbye")
    closing = replace(reply, state=replace(reply.state, status="closed", slots={"email": EMAIL}))
    assert talks.write(key, closing, milliseconds=1).status == "closed"
    assert talks.state(key) == State(turns=1, topic="card_arrival", status="closed"), "and no values"
    stored, _ = talks.say(key, "where is my card", lambda state, text: echo.reply(replace(state, status="open"), text))
    assert (stored.status, talks.conversation(key).status) == ("open", "open")


def test_a_bot_that_was_asked_while_a_person_took_over_does_not_answer(talks: Conversations, echo) -> None:
    key, desk = begun(talks), Desk(talks)

    def slow(state: State, text: str):
        desk.take(key, "ann")
        return echo.reply(state, text)

    stored, reply = talks.say(key, "where is my card", slow)
    assert (stored.bot, reply) == (None, None)
    assert [turn.speaker for turn in talks.transcript(key)] == ["customer"]


def test_thumbs_are_for_replies_of_the_bot(talks: Conversations, echo) -> None:
    key = begun(talks)
    talks.say(key, "one", echo.reply)
    for thumbs in (1, -1, None):
        talks.thumbs(key, 2, thumbs)
        assert talks.transcript(key)[1].thumbs == thumbs
    for number, thumbs, said in ((1, 1, "a reply of the bot, got 1"), (9, 1, "got 9"), (2, 5, "got 5")):
        with pytest.raises(InputError, match=said):
            talks.thumbs(key, number, thumbs)
