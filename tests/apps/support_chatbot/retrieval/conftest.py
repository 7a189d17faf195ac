"""A small help centre, a tiny embedder that knows a few words, and the shipped one."""

from collections.abc import Callable
from pathlib import Path

import pytest

import headwater
from headwater.serving import Embedder

SHIPPED = Path(__file__).resolve().parents[4] / "models" / "sentences" / "bundle"
DELIVERY = """---
title: When your card arrives
questions:
  - where is my new card
  - How long does the post take?
tags: [plastic]
---
We post every new card the day after you order it.

## In the UK
It takes **5 working days**. You can [track it](https://track.example/x) in the app.

## Abroad
- Europe: 10 working days.
- Elsewhere: 15 working days, and it costs £8.50.
"""
RATES = "question,answer\nWhat does the Saver pay?,The Saver pays 3.1 % AER. It is variable.\n怎样挂失银行卡？,请在手机应用中点击“冻结银行卡”。我们会在5个工作日内寄出新卡。\n"


@pytest.fixture
def small(tmp_path: Path, tiny: Callable) -> Embedder:
    """Random weights: for what does not depend on meaning."""
    tiny(tmp_path / "tiny", "vector")
    return headwater.load(tmp_path / "tiny")


@pytest.fixture(scope="session")
def shipped() -> Embedder:
    return headwater.load(SHIPPED)


@pytest.fixture
def help_centre(tmp_path: Path) -> Path:
    folder = tmp_path / "help"
    folder.mkdir()
    (folder / "card-delivery.md").write_text(DELIVERY, encoding="utf-8")
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    return folder
