"""What the bot makes of a question: it understood, it asks between two intents, or it hands over."""

from collections.abc import Sequence
from dataclasses import dataclass

from headwater.serving import Prediction

__all__ = ["ASKED", "HANDED_OVER", "UNDERSTOOD", "Reply", "Turn", "chosen", "decide", "readable", "tally"]

UNDERSTOOD, ASKED, HANDED_OVER = "understood", "asked", "handed_over"


@dataclass(frozen=True)
class Reply:
    """`outcome` is one of the three above; `options` the intents offered when it asks, likeliest first."""

    outcome: str
    intent: str
    probability: float
    options: tuple[str, ...] = ()
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Turn:
    """A question and the reply. `picked` is True where the customer chose the intent by a button."""

    text: str
    reply: Reply
    picked: bool = False


def decide(prediction: Prediction, least: float, out_of_scope: str | None) -> Reply:
    """Read a prediction under the least probability of an answer.

    Out of scope hands over at any probability: a guess between two intents would not help. Below `least` the bot
    asks between the two likeliest intents that are in scope.
    """
    found = (prediction.label, prediction.probability)
    if prediction.label == out_of_scope:
        return Reply(HANDED_OVER, *found, top=prediction.top)
    if prediction.probability >= least:
        return Reply(UNDERSTOOD, *found, top=prediction.top)
    closest = tuple(label for label, _ in prediction.top if label != out_of_scope)[:2]
    return Reply(ASKED, *found, options=closest, top=prediction.top)


def chosen(turn: Turn, intent: str | None) -> Turn:
    """The turn after the customer picked one of the intents that were offered, or None: neither of them."""
    old = turn.reply
    if intent is None:
        return Turn(turn.text, Reply(HANDED_OVER, old.intent, old.probability, top=old.top), picked=True)
    probability = dict(old.top).get(intent, old.probability)
    return Turn(turn.text, Reply(UNDERSTOOD, intent, probability, top=old.top), picked=True)


def readable(intent: str) -> str:
    """A label as words.

    >>> readable("reverted_card_payment?")
    'reverted card payment'
    """
    return intent.replace("_", " ").strip(" ?").lower()


def tally(turns: Sequence[Turn]) -> dict[str, int]:
    """How many turns ended in each outcome."""
    return {
        outcome: sum(turn.reply.outcome == outcome for turn in turns) for outcome in (UNDERSTOOD, ASKED, HANDED_OVER)
    }
