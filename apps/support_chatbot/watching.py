"""What the settings page says: what each stop of the dial would mean, how live traffic looks, what the doctor finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from headwater.errors import InputError
from headwater.store import Store
from headwater.store.tables import CONVERSATION, TURN
from support_chatbot.bot import Bot
from support_chatbot.content import Finding, check_folder
from support_chatbot.content.sources import sources_of
from support_chatbot.risk.curve import RiskCurve, check_bundle, read_risk
from support_chatbot.risk.drift import MOST, Drift, drift
from support_chatbot.risk.standing import Standing, standing
from support_chatbot.risk.thresholds import answer_threshold, zones_for

__all__ = ["RISKS", "Live", "Stop", "curve_of", "findings", "look_at", "places", "questions_of", "shares", "stops"]

RISKS = (0.01, 0.02, 0.03, 0.05, 0.10)
BEGINS = (
    "answered",
    "found",
    "declined",
    "handed_over",
)  # what a reply to a question does, and none to a form's answer


@dataclass(frozen=True)
class Stop:
    """A position of the dial; `threshold` and `found` are None where the held-out questions cannot prove its risk."""

    risk: float
    threshold: float | None = None
    found: Standing | None = None


@dataclass(frozen=True)
class Live:
    """The last live questions, oldest first: how sure the bundle was, and whether it took them to be out of scope."""

    confidence: tuple[float, ...]
    out_of_scope: tuple[bool, ...]


def curve_of(bot: Bot) -> RiskCurve | str:
    """What was measured of the bot's model, or the sentence that says why there is nothing."""
    try:
        curve = read_risk(bot.folder.risk_file)
        check_bundle(curve, bot.classifier.bundle.digest, bot.classifier.model.variant)
    except InputError as fault:
        return str(fault)
    return curve


def stops(curve: RiskCurve, chosen: float) -> list[Stop]:
    """The dial's positions, strictest first, with the one that is chosen wherever it stands."""
    return [_stop(curve, risk) for risk in sorted({*RISKS, chosen})]


def _stop(curve: RiskCurve, risk: float) -> Stop:
    threshold = answer_threshold(curve, risk)
    return Stop(risk) if threshold is None else Stop(risk, threshold, standing(curve, zones_for(curve, risk)))


def questions_of(store: Store, digest: str, out_of_scope: str | None) -> Live:
    """The last questions that this bundle read. What was typed into a form, a yes or a name, is none of them."""
    bot, customer = TURN.alias("bot"), TURN
    reply = sa.and_(bot.c.conversation == customer.c.conversation, bot.c.number == customer.c.number + 1)
    chosen = (
        sa.select(customer.c.probability, customer.c.intent, bot.c.kinds, bot.c.intent)
        .join(bot, reply)
        .join(CONVERSATION, CONVERSATION.c.id == customer.c.conversation)
        .where(customer.c.probability.is_not(None), bot.c.kinds.is_not(None), CONVERSATION.c.bundle_digest == digest)
        .order_by(customer.c.id.desc())
        .limit(2 * MOST)
    )
    with store.read() as connection:
        rows = [row for row in connection.execute(chosen) if _is_question(row[2], row[3])][:MOST]
    rows.reverse()
    return Live(tuple(row[0] for row in rows), tuple(row[1] == out_of_scope for row in rows))


def _is_question(kinds: str, intent: str | None) -> bool:
    """A question between two intents has none of its own; one for a value has its form's."""
    return bool(set(kinds.split()) & set(BEGINS)) or (kinds == "asked" and intent is None)


def look_at(curve: RiskCurve, live: Live) -> Drift:
    """Live questions held against the held-out ones. Lengths are left out: what is stored is masked."""
    return drift(curve, live.confidence, live.out_of_scope)


def shares(values: Sequence[float]) -> list[float]:
    """The share of probabilities in each tenth from 0 to 1.

    >>> shares([0.95, 1.0, 0.05, 0.99])[-1]
    0.75
    """
    counts, _ = np.histogram(np.asarray(values, dtype=np.float64), bins=10, range=(0, 1))
    return (counts / max(1, len(values))).tolist()


def findings(bot: Bot, today: date) -> list[Finding]:
    """What the doctor says of the bot's folder."""
    head, known = bot.classifier.head, sources_of(bot.folder.policy_file)
    intents = [label for label in head.labels if label != head.out_of_scope]
    return check_folder(bot.folder, intents, known.slots, known.forms, facts=known.facts, today=today)


def places(bot: Bot, sources: Sequence[Path]) -> list[Path]:
    """All that is searched: the folder's own help centre, and what the team has added."""
    own = bot.folder.path / "help"
    return [*([own] if own.is_dir() else []), *sources]
