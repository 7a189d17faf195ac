"""A bot that follows the team's dial while it serves: a page turns it, and every server of the same store obeys."""

import time
from collections.abc import Callable
from datetime import datetime

from headwater.errors import StoreError
from headwater.store import Store
from support_chatbot.bot import Bot, with_risk
from support_chatbot.choices import chosen_risk
from support_chatbot.turn import Reply, State

__all__ = ["Dialled"]

AGAIN = 2.0  # seconds until the store is asked again


class Dialled:
    """Answers as `bot` does, at the risk that the store holds; while the store cannot be read, at the last one known."""

    def __init__(self, bot: Bot, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self.bot, self.store, self.clock = bot, store, clock
        self._held: tuple[float, Bot, float] | None = None  # risk, the bot at it, when the store was asked

    def reply(self, state: State, text: str, *, picked: str | None = None, now: datetime | None = None) -> Reply:
        """The reply at the dial's present choice; see `Bot.reply`."""
        return self._now().reply(state, text, picked=picked, now=now)

    def _now(self) -> Bot:
        held, moment = self._held, self.clock()
        if held is not None and moment - held[2] < AGAIN:
            return held[1]
        try:
            risk = chosen_risk(self.store)
        except StoreError:
            if held is None:
                raise
            risk = held[0]
        bot = held[1] if held is not None and held[0] == risk else with_risk(self.bot, risk)
        self._held = (risk, bot, moment)  # one assignment: threads see the old three or the new
        return bot
