import doctest

import pytest

from headwater.ui import colours, formats, texts, why


@pytest.mark.parametrize("module", [formats, colours, texts, why], ids=lambda module: module.__name__)
def test_examples_hold(module) -> None:
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0
    assert outcome.failed == 0
