"""Models are swapped under load, again and again: no request fails, and every answer is its model's own."""

from collections.abc import Callable

import pytest

from tests.api import test_swapping as swapping
from tests.faults.conftest import many
from tests.servers import Served

shop, running = swapping.shop, swapping.running


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_swaps_under_load_fail_no_request(
    shop: swapping.Shop, running: Served, told: Callable[[str, str, str], None]
) -> None:
    answers = swapping.swap_under_load(shop, running, many(100, 3))
    assert answers > many(500, 15)
    told(
        "a model is swapped 100 times while four clients ask", "0 failures, every answer of the model that it names",
        f"0 failures in {answers:,} answers, every one of the model that it names",
    )  # fmt: skip
