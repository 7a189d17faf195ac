"""The desk: who waits longest comes first, one agent has a conversation, and a corrected intent is there to train on."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from headwater.errors import InputError
from headwater.store import Store
from headwater.store.corrections import recorded
from support_chatbot.records.conversations import Conversations
from support_chatbot.records.desk import Desk
from support_chatbot.records.rows import Conflict
from tests.apps.support_chatbot.records.conftest import EMAIL, begun


@pytest.fixture
def desk(talks: Conversations) -> Desk:
    return Desk(talks)


def said(talks: Conversations, echo, clock, *texts: str, channel: str = "web") -> str:
    key = talks.begin(channel, "en")
    for text in texts:
        clock.forward(minutes=1)
        talks.say(key, text, echo.reply)
    return key


def test_who_waits_comes_first_the_longest_before_all_then_the_latest(talks, desk, echo, clock) -> None:
    old = said(talks, echo, clock, "where is my card")
    first = said(talks, echo, clock, "human please")
    second = said(talks, echo, clock, "find 100%_off", "human please", channel="app")
    late = said(talks, echo, clock, "where is my card")
    talks.say(first, "where is my card", echo.reply)
    keys = [talk.key for talk in desk.page().conversations]
    assert keys == [first, second, late, old]
    assert [talk.key for talk in desk.queue().conversations] == [first, second]
    page = desk.page(limit=2, offset=1)
    assert ([talk.key for talk in page.conversations], page.total) == ([second, late], 4)
    talk = desk.queue().conversations[0]
    assert (talk.reason, talk.summary, talk.wait, talk.handoff) == (
        "asked", f"{EMAIL} wants a person".replace(EMAIL, "[email]"), "2 minutes", "waiting",
    )  # fmt: skip
    for filters, expected in (
        ({"status": "open"}, [late, old]), ({"channel": "app"}, [second]), ({"reason": "asked"}, [first, second]),
        ({"words": "100%_OFF"}, [second]), ({"words": "100__off"}, []), ({"language": "de"}, []),
        ({"since": clock.moment}, [first, late]), ({"taken_by": "ann"}, []),
    ):  # fmt: skip
        assert [talk.key for talk in desk.page(**filters).conversations] == expected, filters
    with pytest.raises(InputError, match="page of 1 to 500"):
        desk.page(limit=0)


def test_of_agents_who_come_at_once_one_has_it(talks, desk, echo, clock) -> None:
    key = said(talks, echo, clock, "human please")

    def take(who: str) -> str | None:
        try:
            return desk.take(key, who).taken_by
        except Conflict:
            return None

    with ThreadPoolExecutor(4) as threads:
        (winner,) = filter(None, threads.map(take, [f"agent-{number}" for number in range(20)]))
    assert desk.take(key, winner).handoff == "taken"
    assert desk.queue().total == 0
    assert [talk.key for talk in desk.page(taken_by=winner).conversations] == [key]
    with pytest.raises(Conflict, match=f"was taken over by {winner}"):
        desk.take(key, "somebody")
    with pytest.raises(Conflict, match="expected its agent"):
        desk.answer(key, "somebody", "hello")
    with pytest.raises(InputError, match="an empty one"):
        desk.answer(key, winner, " ")
    with pytest.raises(InputError, match="name of an agent"):
        desk.take(key, " ")


def test_a_conversation_that_nobody_handed_over_can_be_taken_and_closed(talks, desk, echo, clock) -> None:
    key = said(talks, echo, clock, f"form {EMAIL}")
    talk = desk.take(key, "ann")
    assert (talk.status, talk.handoff, talk.reason, talk.taken_by) == ("handed_over", "taken", "agent", "ann")
    assert talks.state(key).forms == ()
    assert desk.answer(key, "ann", f"I write to {EMAIL}").text == "I write to [email]"
    desk.close(key, "ann")
    talk = talks.conversation(key)
    assert (talk.status, talk.handoff) == ("closed", "closed")


def test_a_corrected_intent_is_a_correction_of_the_bundle_that_answered(talks, desk, echo, store: Store) -> None:
    key = begun(talks, "customer-9")
    talks.say(key, f"where is my card, {EMAIL}", echo.reply)
    labels = ["card_arrival", "lost_card"]
    for number in (1, 2):
        desk.correct(key, number, "lost_card", "ann", labels=labels)
    first, second = recorded(store, head="intent", bundle="support-intent")
    assert (first.text, first.said, first.right, first.who) == (
        "where is my card, [email]",
        "card_arrival",
        "lost_card",
        "ann",
    )
    assert (first.confidence, first.version, first.digest, first.source) == (0.75, "1", "d" * 64, "support-chatbot")
    assert second.text == first.text
    with pytest.raises(InputError, match="expected labels of card_arrival, lost_card, got nonsense"):
        desk.correct(key, 1, "nonsense", "ann", labels=labels)
    with pytest.raises(InputError, match="expected the number of a customer's turn"):
        desk.correct(key, 7, "lost_card", "ann")
