"""A language model for whoever asks for one."""

from collections.abc import Iterator

import pytest

from tests.apps.support_chatbot.language_model import Server
from tests.servers import answering


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    with answering(made):
        yield made
