"""A passcode that a customer tells stands nowhere in the store, and in nothing that is sent."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from headwater.serving import Prediction
from headwater.store import open_store
from support_chatbot.dialogue import step
from support_chatbot.records.conversations import Conversations
from support_chatbot.turn import Reply, State
from support_chatbot.understanding import understand
from tests.apps.support_chatbot.dialogue.conversation import MONDAY, POLICY, ZONES, folder, sure

CLASSIFIER = SimpleNamespace(
    head=SimpleNamespace(out_of_scope="oos"),
    predict=lambda texts: [Prediction("a", 0.9, top=sure("terminate_account")) for _ in texts],
)


def answer(state: State, text: str) -> Reply:
    said = understand(text, CLASSIFIER, today=MONDAY.date())  # type: ignore[arg-type]
    return step(state, said, POLICY, folder(), ZONES, lambda question: (), now=MONDAY)


@pytest.mark.parametrize("last", ["a person please", "yes"])
def test_neither_the_state_nor_a_hand_over_holds_it(tmp_path: Path, last: str) -> None:
    with open_store(str(tmp_path / "store.sqlite")) as store:
        talks = Conversations(store, sends=("handoff", "chat"))
        key = talks.begin("web", "en", None)
        for text in (
            "close my account",
            "yes",
            "12-34-56 12345678",
            "my pin is 48215937 and the code is 55920143",
            last,
        ):
            talks.say(key, text, answer)
        if last != "yes":
            talks.hear(key, "the code is 60418827")
        with store.read() as connection:
            names = sa.inspect(connection).get_table_names()
            rows = [str(row) for name in names for row in connection.execute(sa.text(f'SELECT * FROM "{name}"'))]
    assert any("[code]" in row for row in rows)
    assert not any(code in row for row in rows for code in ("48215937", "55920143", "60418827"))
