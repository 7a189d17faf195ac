from headwater.bundle import Threshold
from headwater.serving import Prediction
from support_chatbot.confidence import PLAIN, middle, stops
from support_chatbot.single_turn import ASKED, HANDED_OVER, UNDERSTOOD, Turn, chosen, decide, readable, tally

TOP = (("card_arrival", 0.5), ("oos", 0.3), ("lost_or_stolen_card", 0.15))


def prediction(label: str = "card_arrival", probability: float = 0.5) -> Prediction:
    return Prediction(label, probability, top=TOP)


def test_it_answers_from_the_threshold_on() -> None:
    assert decide(prediction(), 0.5, "oos").outcome == UNDERSTOOD
    assert decide(prediction(), 0.51, "oos").outcome == ASKED


def test_it_asks_between_the_two_likeliest_intents_in_scope() -> None:
    assert decide(prediction(), 0.9, "oos").options == ("card_arrival", "lost_or_stolen_card")


def test_out_of_scope_hands_over_however_unsure() -> None:
    assert decide(prediction("oos", 0.2), 0.9, "oos").outcome == HANDED_OVER


def test_a_bundle_without_out_of_scope_never_hands_over() -> None:
    assert decide(prediction("oos", 0.95), 0.9, None).outcome == UNDERSTOOD


def test_a_picked_intent_is_understood_and_neither_hands_over() -> None:
    turn = Turn("hm", decide(prediction(), 0.9, "oos"))
    picked = chosen(turn, "lost_or_stolen_card")
    assert (picked.reply.outcome, picked.reply.intent, picked.reply.probability) == (
        UNDERSTOOD,
        "lost_or_stolen_card",
        0.15,
    )
    assert picked.picked
    assert chosen(turn, None).reply.outcome == HANDED_OVER
    assert tally([turn, picked]) == {UNDERSTOOD: 1, ASKED: 1, HANDED_OVER: 0}


def test_labels_read_as_words() -> None:
    assert readable("Refund_not_showing_up") == "refund not showing up"


def test_the_dial_has_the_measured_stops_boldest_first() -> None:
    measured = (Threshold(0.01, 0.05, 0.9, 0.5), Threshold(0.05, 0.05, 0.4, 0.9), Threshold(0.02, 0.05, 0.7, 0.8))
    positions = stops(measured)
    assert [stop.risk for stop in positions] == [0.05, 0.02, 0.01]
    assert middle(positions).least == 0.7


def test_without_thresholds_the_dial_is_a_plain_probability() -> None:
    assert [stop.least for stop in stops(())] == list(PLAIN)
    assert middle(stops(())).risk is None
