"""A small bot for the tests of tests: the real engine and nearly the shipped policy, over messages read by a table."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from support_chatbot.dialogue import step
from support_chatbot.turn import Quote, Reply, State
from tests.apps.support_chatbot.dialogue.conversation import POLICY, TITLES, ZONES, close, folder, message, sure

READ: dict[str, Any] = {
    "I lost my card": sure("lost_or_stolen_card"),
    "Where is my card?": sure("card_arrival"),
    "How do rates work?": sure("exchange_rate"),
    "my card": close("card_arrival", "card_linking"),
}
ACTS = {"yes": "yes", "no": "no", "cancel": "cancel", "human": "human", "hello": "greeting"}


@dataclass(frozen=True)
class SmallBot:
    """As much of a Bot as a runner needs; `read` gives the intents of a text, any other text has none."""

    read: Any = field(default_factory=lambda: READ)
    policy: Any = POLICY
    folder: Any = field(default_factory=folder)
    classifier: Any = field(
        default_factory=lambda: SimpleNamespace(head=SimpleNamespace(labels=(*TITLES, "oos"), out_of_scope="oos"))
    )

    def reply(self, state: State, text: str, *, picked: str | None = None, now: datetime | None = None) -> Reply:
        slots = tuple(("card_kind", kind, kind) for kind in ("debit", "virtual") if kind in text)
        said = message(text, self.read.get(text, (("oos", 0.9),)), slots, act=ACTS.get(text), picked=picked)
        return step(state, said, self.policy, self.folder, ZONES, self.find, now=now)

    def find(self, question: str) -> list[Quote]:
        return [Quote("Fees are low.", "Fees", "help/fees.md#all", "p", 0.9)] if "fee" in question else []

    def reading(self, **more: Any) -> "SmallBot":
        return replace(self, read={**self.read, **more})
