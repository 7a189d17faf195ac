"""A language model for whoever asks for one."""

import threading
from collections.abc import Iterator

import pytest

from tests.apps.support_chatbot.language_model import Server


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()
