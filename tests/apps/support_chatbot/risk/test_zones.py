import pytest

from support_chatbot.risk.zones import ANSWER, ASK, SEARCH, Zones

ZONES = Zones(answer=0.8, ask=0.6, find=0.5, out_of_scope="oos")


@pytest.mark.parametrize(
    ("top", "zone"),
    [
        ((("a", 0.8), ("b", 0.1)), ANSWER),
        ((("a", 0.79), ("b", 0.1)), ASK),
        ((("oos", 0.9), ("a", 0.05), ("b", 0.05)), SEARCH),
        ((("a", 0.3), ("oos", 0.3), ("b", 0.3)), ASK),  # what is out of scope does not stand between two intents
        ((("a", 0.7),), SEARCH),  # one intent alone is no choice
        ((), SEARCH),
    ],
)
def test_zones(top: tuple, zone: str) -> None:
    assert ZONES.zone(top) == zone


def test_without_an_out_of_scope_label_any_label_is_answered() -> None:
    assert Zones(0.8, 0.6, 0.5).zone([("oos", 0.9)]) == ANSWER


def test_the_closest_are_two_and_in_scope() -> None:
    assert ZONES.closest([("a", 0.4), ("oos", 0.3), ("b", 0.2), ("c", 0.1)]) == ("a", "b")
