from pathlib import Path

import pytest

from headwater.errors import StoreError
from headwater.store import open_store
from support_chatbot import dialled
from support_chatbot.choices import choose_risk
from support_chatbot.turn import State


class Said:
    """A bot that says which risk it was set to."""

    def __init__(self, risk: float) -> None:
        self.risk = risk

    def reply(self, state: State, text: str, **more: object) -> float:
        return self.risk


def test_a_server_follows_the_dial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[float] = []
    monkeypatch.setattr(dialled, "with_risk", lambda bot, risk: made.append(risk) or Said(risk))
    moment = [0.0]
    with open_store(str(tmp_path / "store.sqlite")) as store:
        bot = dialled.Dialled(Said(0), store, lambda: moment[0])  # type: ignore[arg-type]
        assert bot.reply(State(), "") == 0.02
        choose_risk(store, 0.05)
        assert bot.reply(State(), "") == 0.02  # asked a moment ago
        moment[0] += dialled.AGAIN
        assert [bot.reply(State(), ""), bot.reply(State(), "")] == [0.05, 0.05]
        moment[0] += dialled.AGAIN
        assert bot.reply(State(), "") == 0.05
        assert made == [0.02, 0.05]  # thresholds are drawn once a choice
        moment[0] += dialled.AGAIN

        def gone(store: object) -> float:
            raise StoreError("gone")

        monkeypatch.setattr(dialled, "chosen_risk", gone)
        assert bot.reply(State(), "") == 0.05
