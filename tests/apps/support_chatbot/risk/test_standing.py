"""The curve and where the bot stands, by hand."""

import numpy as np
import pytest

from headwater.intervals import wilson
from support_chatbot.risk.curve import FindScores
from support_chatbot.risk.standing import area, points, standing
from support_chatbot.risk.zones import Zones
from tests.apps.support_chatbot.risk.test_thresholds import curve


def five():
    """Sure and right, right, wrong, an out-of-scope question taken for an intent, and one that is recognised."""
    return curve(
        [9900, 8000, 8000, 5000, 9000],
        [1, 1, 0, 0, 1],
        pair=[9950, 9000, 9500, 7000, 500],
        among=np.array([True, True, True, False, False]),
        top_outside=np.array([False, False, False, False, True]),
        outside=np.array([False, False, False, True, True]),
        find=FindScores(np.array([6000, 2000]), np.array([7000])),
    )


def test_points_fall_from_the_strictest():
    found = points(five())
    assert [(point.answers, point.wrong) for point in found] == [(1, 0), (3, 1), (4, 2)]
    assert [point.coverage for point in found] == [0.2, 0.6, 0.8]
    assert found[1].risk == wilson(1, 3)
    assert [point.threshold for point in found] == sorted((point.threshold for point in found), reverse=True)


def test_the_area_by_hand():
    # k = 1: 0; k = 2: half an error of the two equally sure; k = 3: 1/3; k = 4: 2/4
    assert area(five()) == pytest.approx((0 + 0.25 + 1 / 3 + 0.5) / 4)
    order = np.array([4, 2, 0, 3, 1])
    assert area(five().take(order)) == pytest.approx(area(five()))
    assert area(five().take(np.array([4]))) == 0.0


def test_where_it_stands():
    found = standing(five(), Zones(0.9, 0.9, 0.5, "oos"))
    assert (found.answered, found.asked, found.searched) == (0.2, 0.4, 0.4)
    assert found.wrong == wilson(0, 1)
    assert found.asked_in_vain == wilson(0, 2)
    assert found.quoted_in_vain == wilson(1, 2)
    assert found.in_scope_answered == pytest.approx(1 / 3)
    assert standing(five(), Zones(2.0, 2.0, 2.0, "oos")).wrong is None
    assert standing(five(), Zones(0.9, 0.9, 2.0, "oos")).quoted_in_vain is None
