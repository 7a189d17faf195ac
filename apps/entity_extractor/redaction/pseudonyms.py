"""What stands in the place of a name or value: "[PER 1]", "Person A", or a name of the same kind that nobody has.

A second way of writing the same name gets its own replacement, or restoring could not be exact: "[PER 1.2]" is how
"Liam" stands for the "Liam O'Connell" of "[PER 1]".
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from entity_extractor.redaction.key import Entry, Key
from entity_extractor.redaction.occurrences import PEOPLE
from entity_extractor.redaction.wording import PARTICLES, UNSPACED, fold, words
from headwater.errors import InputError

__all__ = ["LITERAL", "LOOKALIKE", "replacement"]

LITERAL = "TEXT"  # the kind of what only looks like a replacement
NOUNS = {"PER": "Person", "PERSON": "Person", "ORG": "Organisation", "LOC": "Place", "GPE": "Place", "MISC": "Name"}
# Everything of the form of a key's replacements is escaped in every text, whether the key has it yet or not.
PLACEHOLDER = r"\[[A-Z][A-Z0-9-]* \d+(?:\.\d+)?\]"
SPOKEN = "|".join(sorted({form for noun in NOUNS.values() for form in (noun, noun.upper())}))
LOOKALIKE = {style: re.compile(PLACEHOLDER) for style in ("placeholder", "realistic")}
# Beside a Chinese sign too: where that is taken, a bracket stands there, and the lookalike alone.
LOOKALIKE["letter"] = re.compile(
    rf"{PLACEHOLDER}|(?<![^\W_{UNSPACED}])(?:{SPOKEN}) [A-Z]{{1,3}}\d*(?![^\W_{UNSPACED}])"
)
TRIES = 40
LOCALE = "en_GB"


def replacement(key: Key, kind: str, entity: str, original: str) -> Entry:
    """The entry of a way of writing an entity, which the key makes where it has none yet."""
    known = key.by_original.get((kind, entity, original))
    if known:
        return known
    number, way = key.number(kind, entity)
    text = None
    if kind != LITERAL and key.style == "realistic":
        text = _realistic(key, kind, entity, original)
    elif kind in NOUNS and key.style == "letter":
        text = _cased(f"{NOUNS[kind]} {_letters(number)}{way if way > 1 else ''}", original)
    if text is None or text in key.by_replacement:
        label = re.sub(r"[^A-Z0-9]+", "-", kind.upper()).strip("-")
        label = label if label[:1].isalpha() else f"X{label}"
        text = f"[{label} {number}.{way}]" if way > 1 else f"[{label} {number}]"
        while text in key.by_replacement:  # two kinds that are written alike: "a b" and "a-b"
            way += 1
            text = f"[{label} {number}.{way}]"
    return key.add(Entry(text, original, kind, entity, number))


def _letters(number: int) -> str:
    """1 -> A, 26 -> Z, 27 -> AA, as columns of a sheet are named."""
    out = ""
    while number:
        number, digit = divmod(number - 1, 26)
        out = chr(65 + digit) + out
    return out


def _cased(text: str, original: str) -> str:
    """A name in capitals is replaced in capitals."""
    letters = [sign for sign in original if sign.isalpha()]
    return text.upper() if len(letters) > 1 and all(sign.isupper() for sign in letters) else text


def _realistic(key: Key, kind: str, entity: str, original: str) -> str | None:
    """An invented one that stands in no text yet; None where none is left, or the kind has none."""
    make = _makers().get(kind)
    if make is None:
        return None
    for turn in range(TRIES):
        drawn = make(_faker(), key.draw(kind, entity, turn))
        text = _cased(_part(drawn, entity, original) if kind in PEOPLE else drawn, original)
        if text not in key.by_replacement and not key.has_met(text):
            return text
    return None


def _part(drawn: str, entity: str, original: str) -> str:
    """As much of an invented name as the original says of the person: the first, the last or both.

    >>> _part("Ruth Hale", "liam oconnell", "O'Connell")
    'Hale'
    """
    first, last = drawn.split(" ", 1)
    known = [word for word in entity.split() if word not in PARTICLES]
    said = [word.folded for word in words(original) if word.folded not in PARTICLES]
    if len(said) != 1 or len(known) < 2:
        return drawn if len(said) > 1 else first
    return last if fold(said[0]).startswith(known[-1]) else first


@lru_cache(maxsize=1)
def _faker() -> Any:
    try:
        from faker import Faker
    except ImportError as fault:
        raise InputError("realistic names need the extra: pip install 'headwater[redaction]'") from fault
    return Faker(LOCALE)


def _makers() -> dict[str, Callable[[Any, int], str]]:
    """Kind -> Faker's provider of it, seeded by the draw; e-mail addresses are of domains that nobody can have (RFC 2606)."""

    def seeded(make: Callable[[Any], str]) -> Callable[[Any, int], str]:
        def drawn(faker: Any, seed: int) -> str:
            faker.seed_instance(seed)
            return make(faker)

        return drawn

    person = seeded(lambda faker: f"{faker.first_name()} {faker.last_name()}")
    makers = {"PER": person, "PERSON": person, "ORG": seeded(lambda faker: faker.company())}
    makers |= dict.fromkeys(("LOC", "GPE"), seeded(lambda faker: faker.city()))
    makers["EMAIL"] = seeded(lambda faker: f"{faker.last_name()}.{faker.random_number(4)}@example.org".title().lower())
    makers["PHONE"] = seeded(lambda faker: f"+44 1632 960{faker.random_int(100, 999)}")  # Ofcom: numbers for drama
    makers["CARD"] = seeded(lambda faker: faker.credit_card_number("visa16"))
    makers["IBAN"] = seeded(lambda faker: faker.iban())
    return makers
