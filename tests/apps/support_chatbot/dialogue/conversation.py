"""A conversation with nearly the shipped policy, hand-made messages and a scripted search: no model, no index."""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from support_chatbot.content import Answer, Folder
from support_chatbot.dialogue import Policy, read_policy, step
from support_chatbot.risk.zones import Zones
from support_chatbot.turn import Message, Question, Quote, Reply, Slot, State, plain, state_of

FILE = Path(__file__).resolve().parents[4] / "apps" / "support_chatbot" / "northmere" / "policy.toml"
SHIPPED = read_policy(FILE)


def shortened() -> Policy:
    """The shipped policy, with one slot in block_card and no offer before cancel_transfer."""
    block, cancel = SHIPPED.forms["block_card"], SHIPPED.forms["cancel_transfer"]
    block = replace(block, slots=block.slots[:1], summary="Shall I stop your {card} now?", done="Stopped.")
    return replace(SHIPPED, forms={**SHIPPED.forms, "block_card": block, "cancel_transfer": replace(cancel, offer="")})


POLICY = shortened()
ZONES = Zones(answer=0.8, ask=0.6, find=0.5, out_of_scope="oos")
MONDAY = datetime(2026, 11, 23, 10, 0)
UNSURE = (("oos", 0.9),)

TITLES = {
    "card_arrival": "When your new card arrives",
    "card_linking": "Linking a card to the app",
    "exchange_rate": "How exchange rates work",
    "lost_or_stolen_card": "A lost or stolen card",
    "cancel_transfer": "Cancelling a transfer",
    "card_payment_not_recognised": "A card payment you do not recognise",
    "terminate_account": "Closing your account",
    "transfer_timing": "How long a transfer takes",
    "edit_personal_details": "Changing your details",
    "top_up_failed": "A top-up that failed",
    "getting_spare_card": "A spare card",
    "card_not_working": "When your card does not work",
}
FORMS = {
    "lost_or_stolen_card": "block_card",
    "cancel_transfer": "cancel_transfer",
    "card_payment_not_recognised": "dispute_payment",
    "terminate_account": "close_account",
    "edit_personal_details": "change_details",
    "top_up_failed": "top_up_problem",
    "card_not_working": "replacement_card",
}
TEXTS = {"transfer_timing": "A transfer of {amount|any amount} arrives within two hours. Call {phone}."}


def folder(**texts: str) -> Folder:
    """A folder of answers; `texts` replaces some."""
    said = {**{intent: f"About {intent}." for intent in TITLES}, **TEXTS, **texts}
    answers = {intent: Answer(intent, title, said[intent], FORMS.get(intent)) for intent, title in TITLES.items()}
    return Folder(FILE.parent, answers, (), "")


def sure(intent: str) -> tuple[tuple[str, float], ...]:
    return ((intent, 0.95), ("oos", 0.02))


def close(first: str, second: str) -> tuple[tuple[str, float], ...]:
    return ((first, 0.4), (second, 0.35), ("oos", 0.1))


def message(text: str, top: object = UNSURE, slots: tuple = (), **more: object) -> Message:
    """A message that is one question, or, with a mapping as `top`, one for each of its pieces of text.

    `slots` are (name, value, words); an act leaves no question.
    """
    pieces = top if isinstance(top, dict) else {} if more.get("act") or not text.strip() else {text: top}
    questions = tuple(
        Question(piece, text.index(piece), text.index(piece) + len(piece), likely) for piece, likely in pieces.items()
    )
    found = tuple(
        Slot(name, value, text.index(words), text.index(words) + len(words), words) for name, value, words in slots
    )
    return Message(text, str(more.pop("language", "en")), questions=questions, slots=found, **more)  # type: ignore[arg-type]


STOLEN = ("My card was stolen", sure("lost_or_stolen_card"))
TRANSFER = ("Please cancel my transfer", sure("cancel_transfer"))


@dataclass
class Talk:
    """A conversation: `says` sends a message, and takes the state through JSON as a store would."""

    policy: Policy = POLICY
    answers: Folder = field(default_factory=folder)
    help: dict[str, str] = field(default_factory=dict)
    state: State = field(default_factory=State)
    now: datetime | None = MONDAY
    searched: list[str] = field(default_factory=list)

    def says(self, text: str, top: object = UNSURE, slots: tuple = (), **more: object) -> Reply:
        return self.sends(message(text, top, slots, **more))

    def sends(self, said: Message) -> Reply:
        reply = step(self.state, said, self.policy, self.answers, ZONES, self.find, now=self.now)
        assert reply == step(self.state, said, self.policy, self.answers, ZONES, self.find, now=self.now)
        self.state = state_of(json.loads(json.dumps(plain(reply.state))))
        assert self.state == reply.state
        json.dumps(plain(reply))
        return reply

    def find(self, question: str) -> list[Quote]:
        self.searched.append(question)
        return [
            Quote(text, "An article", "help/article.md", "p1", 0.4 if text.startswith("far") else 0.9)
            for words, text in self.help.items()
            if words in question
        ]


def kinds(reply: Reply) -> list[str]:
    return [part.kind for part in reply.parts]
