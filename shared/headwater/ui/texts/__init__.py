"""The catalogue: every word that the pages show, once in English and once in Chinese.

`en.toml` and `zh.toml` hold the same keys in the same order. A view asks by key, `t("nav.home")`, and never
holds a sentence of its own, so that a translator needs these two files and no Python.
"""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

__all__ = ["LANGUAGES", "Catalogue", "catalogue", "keys"]

LANGUAGES = {"en": "English", "zh": "中文"}


@dataclass(frozen=True)
class Catalogue:
    """The texts of one language. Calling it with a key and values gives the text.

    >>> catalogue("en")("sentiment.sure", label="negative", percent="94 %")
    'negative, 94 % sure'
    """

    language: str
    texts: dict[str, str]

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of `key`, its {names} filled in. Raises KeyError for a key that is not in the catalogue."""
        return self.texts[key].format(**values)

    def count(self, key: str, number: int, /, **values: object) -> str:
        """The text of `key` for a number of things: `key.one` for 1 (where there is one), else `key.many`."""
        form = f"{key}.one" if number == 1 and f"{key}.one" in self.texts else f"{key}.many"
        return self(form, number=f"{number:,}", **values)

    def joined(self, *sentences: str) -> str:
        """Whole sentences in a row, those that are empty left out; Chinese has no space behind its stop.

        >>> catalogue("en").joined("One.", "", "Two."), catalogue("zh").joined("一。", "二。")
        ('One. Two.', '一。二。')
        """
        return ("" if self.language == "zh" else " ").join(filter(None, sentences))

    def get(self, key: str, otherwise: str) -> str:
        """The text of `key`, or `otherwise`: for names that come from outside, such as a model's labels."""
        return self.texts.get(key, otherwise)


@lru_cache
def catalogue(language: str) -> Catalogue:
    """The catalogue of a language in LANGUAGES."""
    if language not in LANGUAGES:
        raise KeyError(f"expected a language of {', '.join(LANGUAGES)}, got {language!r}")
    source = Path(__file__).with_name(f"{language}.toml").read_text(encoding="utf-8")
    return Catalogue(language, dict(_flat(tomllib.loads(source))))


def keys(language: str) -> list[str]:
    """Every key of a language, in the order of its file."""
    return list(catalogue(language).texts)


def _flat(table: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """{"nav": {"home": "Home"}} -> [("nav.home", "Home")]."""
    pairs: list[tuple[str, str]] = []
    for key, value in table.items():
        pairs += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, value)]
    return pairs
