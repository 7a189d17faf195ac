"""What the operators' desk shows, decided without a page: whose turn it is, what was understood, what was put right."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from headwater.store.corrections import Correction
from support_chatbot.records.desk import Desk, Page
from support_chatbot.records.rows import Conversation, Turn

__all__ = [
    "SHELVES",
    "STEP",
    "Line",
    "Shelf",
    "counts",
    "handed",
    "holder",
    "lines",
    "on_shelf",
    "pages",
    "waiting",
]

STEP = 10  # conversations of a page of the list
# The shelves of the list, and what each asks of records.Desk.page.
SHELVES: dict[str, dict[str, str]] = {
    "waiting": {"handoff": "waiting"},
    "taken": {"handoff": "taken"},
    "bot": {"status": "open"},
    "closed": {"status": "closed"},
    "all": {},
}
Shelf = str


@dataclass(frozen=True)
class Line:
    """A turn as the desk shows it. `top` are the intents of each question of a customer's turn, likeliest first.

    `act` is what the message was as a whole, as a wish for a person, and "" where it was a question. `right` is the
    intent that somebody has put in the place of what was understood.
    """

    turn: Turn
    top: tuple[tuple[str, float], ...] = ()
    right: str | None = None
    act: str = ""

    @property
    def correctable(self) -> bool:
        """Whether the bundle has read it: only then is there something to put right."""
        return self.turn.speaker == "customer" and self.turn.intent is not None


def on_shelf(desk: Desk, shelf: Shelf, words: str = "", reason: str | None = None, page: int = 0) -> Page:
    """One page of a shelf."""
    asked = SHELVES[shelf]
    return desk.page(**asked, words=words.strip() or None, reason=reason, limit=STEP, offset=page * STEP)


def counts(desk: Desk) -> dict[Shelf, int]:
    """How many conversations each shelf holds."""
    return {shelf: desk.page(**asked, limit=1).total for shelf, asked in SHELVES.items()}


def pages(total: int) -> int:
    """How many pages a list of `total` has; an empty one has one.

    >>> pages(0), pages(10), pages(11)
    (1, 1, 2)
    """
    return max(1, -(-total // STEP))


def holder(talk: Conversation, who: str) -> str:
    """Who has a conversation: waiting, mine, other, bot or closed."""
    if talk.status == "closed":
        return "closed"
    if talk.taken_by is not None:
        return "mine" if talk.taken_by == who else "other"
    return "waiting" if talk.handoff == "waiting" else "bot"


def waiting(talk: Conversation, now: datetime) -> timedelta | None:
    """How long the customer has waited; None for who does not wait."""
    if talk.handoff != "waiting" or talk.waiting_since is None:
        return None
    return max(now - talk.waiting_since, timedelta(0))


def words_of(turns: Sequence[Turn]) -> str:
    """What the customer asked first and said last, in one line."""
    said = [" ".join(turn.text.split()) for turn in turns if turn.speaker == "customer"]
    return " … ".join(dict.fromkeys([*said[:1], *said[-1:]]))


def short(text: str, longest: int = 160) -> str:
    """A text cut at a word, for a list.

    >>> short("my card is lost", 10)
    'my card …'
    """
    return text if len(text) <= longest else text[:longest].rsplit(" ", 1)[0] + " …"


def handed(turns: Sequence[Turn]) -> Mapping[str, Any]:
    """The parts of the latest hand-over, as its reply was written down; empty where the bot has handed nothing over."""
    told = ((turn.reply or {}).get("handoff") for turn in reversed(turns))
    return next((handoff for handoff in told if handoff), {})


def lines(turns: Sequence[Turn], corrections: Iterable[Correction] = ()) -> list[Line]:
    """Turns with what the bot understood, which it wrote down with its reply, and with what was put right since."""
    right = {(one.text, one.said): str(one.right) for one in corrections}  # the last of several counts
    after = {turn.number: turn for turn in turns}
    found = []
    for turn in turns:
        reply = after.get(turn.number + 1)
        asked = turn.speaker == "customer" and reply is not None and reply.speaker == "bot"
        message = ((reply.reply or {}).get("message") or {}) if asked else {}
        top = next((question["top"] for question in message.get("questions") or () if question.get("top")), ())
        right_one = right.get((turn.text, turn.intent)) if turn.speaker == "customer" else None
        # What is unlikelier than 1 % tells the agent nothing; the likeliest is always told.
        shown = tuple(
            (str(name), float(share)) for name, share in [*top[:1], *(pair for pair in top[1:3] if pair[1] >= 0.01)]
        )
        found.append(Line(turn, shown, right_one, message.get("act") or ""))
    return found
