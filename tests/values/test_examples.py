"""The examples in the docstrings, and the small promises of the package."""

import doctest
import importlib
import pkgutil

import pytest

import headwater.names
import headwater.values
from headwater.values import KINDS, find_values
from headwater.values.currencies import ALONE, BESIDE, SYMBOLS

MODULES = ["headwater.names", "headwater.values", *(f"headwater.values.{found.name}" for found in pkgutil.iter_modules(headwater.values.__path__))]  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert len(MODULES) > 8
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_kinds_are_those_that_are_read() -> None:
    text = "EUR 3m, 3 %, 1 May 2024, 5 kg, NYSE: DB, US0378331005, DE89370400440532013000, 7LTWFZYICNSX8D621K86, 4111111111111111"
    assert sorted(value.kind for value in find_values(text)) == list(KINDS)
    assert [value.kind for value in find_values(text, ["date"])] == ["date"]


def test_every_sign_is_of_a_code_that_counts_beside_a_number() -> None:
    assert set(SYMBOLS.values()) | ALONE <= BESIDE
