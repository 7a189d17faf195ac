"""A bot's folder from a table of files, sound unless a test says otherwise."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ANSWER = """---
intent: {intent}
title: When your card arrives
links: [help/card-pin.md]
reviewed: 2026-11-22
---
Your card comes in 4 to 6 working days. Call {{phone}}.
"""
ARTICLE = """---
title: Your PIN
questions: ["How do I see my PIN?", "Can I change my PIN?"]
tags: [card]
reviewed: 2026-11-22
---
## See it

Open **Cards > Show PIN**.
"""
SOUND = {"answers/card_arrival.md": ANSWER.format(intent="card_arrival"), "help/card-pin.md": ARTICLE}


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """Write the sound folder with the files given on top; None takes one away."""

    def write(files: Mapping[str, str | bytes | None] | None = None) -> Path:
        for name, content in {**SOUND, **(files or {})}.items():
            if content is not None:
                file = tmp_path / "bot" / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content if isinstance(content, bytes) else content.encode())
        (tmp_path / "bot" / "answers").mkdir(parents=True, exist_ok=True)
        return tmp_path / "bot"

    return write


def answer(text: str, **keys: str) -> str:
    """The file of an answer; keys replace or add lines of its front matter."""
    meta = {"intent": "card_arrival", "title": "Arrival", "reviewed": "2026-11-22", **keys}
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in meta.items() if value) + f"---\n{text}\n"


def article(text: str, **keys: str) -> str:
    meta = {"title": "Limits", "questions": '["Which limits are there?"]', "reviewed": "2026-11-22", **keys}
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in meta.items() if value) + f"---\n{text}\n"


@pytest.fixture
def an_answer() -> Callable[..., str]:
    return answer


@pytest.fixture
def an_article() -> Callable[..., str]:
    return article
