from pathlib import Path

import pytest

from headwater.errors import InputError
from headwater.store import open_store
from support_chatbot.bot import RISK
from support_chatbot.choices import choose_risk, choose_sources, chosen_risk, chosen_sources, standing_sources


def test_the_dial_is_where_it_was_put_for_whoever_opens_the_store(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "s.sqlite")) as store:
        assert chosen_risk(store) == RISK
        choose_risk(store, 0.05)
        choose_risk(store, 0.1)
    with open_store(str(tmp_path / "s.sqlite")) as store:
        assert chosen_risk(store) == 0.1


@pytest.mark.parametrize("risk", [0, 1, -0.1, 3])
def test_what_is_no_share_is_refused(tmp_path: Path, risk: float) -> None:
    with open_store(str(tmp_path / "s.sqlite")) as store, pytest.raises(InputError, match="between 0 and 1"):
        choose_risk(store, risk)


def test_a_folder_that_has_gone_is_known_but_not_searched(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    with open_store(str(tmp_path / "s.sqlite")) as store:
        choose_sources(store, [one, other])
        other.rmdir()
        assert chosen_sources(store) == (one, other)
        assert standing_sources(store) == (one,)


def test_folders_that_cannot_be_told_apart_or_are_not_there_are_refused(tmp_path: Path) -> None:
    for name in ("a/rates", "b/rates", "help"):
        (tmp_path / name).mkdir(parents=True)
    with open_store(str(tmp_path / "s.sqlite")) as store:
        for sources, fault in [
            ([tmp_path / "none"], "none at"),
            ([Path("a")], "whole path"),
            ([tmp_path / "a/rates", tmp_path / "b/rates"], "two called rates"),
            ([tmp_path / "help"], "two called help"),
        ]:
            with pytest.raises(InputError, match=fault):
                choose_sources(store, sources)
        assert chosen_sources(store) == ()
