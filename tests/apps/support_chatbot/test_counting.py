"""Words in writing with spaces and without."""

import pytest

from support_chatbot.counting import count_words


@pytest.mark.parametrize(
    ("text", "words"),
    [("", 0), ("…!?", 0), ("I'd say so", 3), ("好", 1), ("我的卡丢了", 3), ("PIN码忘了", 3), ("my_card 2", 3)],
)
def test_how_many(text: str, words: int) -> None:
    assert count_words(text) == words
