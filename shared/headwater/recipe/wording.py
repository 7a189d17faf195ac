"""pydantic's faults in a recipe's words: the key, what was expected there, what was found."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import fields
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from headwater.recipe.strategies import AugmentRecipe, DistilRecipe, PretrainingRecipe
from headwater.recipe.values import DataRecipe, ExportRecipe, HeadRecipe, Recipe, Share, Source, TrainingRecipe

__all__ = ["SHARE", "faults_of", "short", "unknown", "without"]

SHARE = 'a share such as 0.1, a list of sources, or a table such as { share = 0.5, of = "validation" }'
SOURCE = 'a source such as "rows.csv", "owner/name:train" or { source = "rows.csv" }'
EXPECTED = {  # by pydantic's name for the kind of fault
    "bool_type": "true or false",
    "dataclass_type": "a table",
    "dict_type": "a table",
    "finite_number": "a finite number",
    "float_type": "a number",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "int_from_float": "a whole number",
    "int_type": "a whole number",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
    "list_type": "a list",
    "literal_error": "{expected}",
    "string_pattern_mismatch": "a name of lower-case letters, digits, '.', '_' and '-'",
    "string_too_short": "a text that is not empty",
    "string_type": "a text",
    "too_short": "a list with something in it",
}


def faults_of(fault: ValidationError) -> dict[str, str]:
    """Key -> one sentence; where several forms are allowed, their faults are told as one."""
    told: dict[str, list[str]] = {}
    for error in fault.errors():
        key = _key(error["loc"])
        if error["type"] == "unexpected_keyword_argument":
            message = unknown(key).partition(": ")[2]
        elif error["type"] == "missing":
            message = "missing, and a recipe needs it"
        else:
            expected = EXPECTED.get(error["type"], error["msg"]).format(**error.get("ctx", {}))
            message = f"expected {expected}, got {short(error['input'])}"
        told.setdefault(key, []).append(message)
        if _is_form(error["loc"][-1]):
            form = SHARE if key in ("data.validation", "data.calibration") else SOURCE
            told[key] = [f"expected {form}, got {short(error['input'])}"]
    deep = {
        key for key in told if any(other.startswith(f"{key}.") for other in told)
    }  # the right form, with a fault in it
    return {key: "; ".join(dict.fromkeys(messages)) for key, messages in told.items() if key not in deep}


def _key(place: tuple[int | str, ...]) -> str:
    """The key of a fault, without pydantic's names for the forms of a union."""
    return ".".join(str(part) for part in place if not _is_form(part))


def _is_form(part: int | str) -> bool:
    return "[" in str(part) or part in ("Source", "Share", "str", "float", "constrained-float", "constrained-str")


def unknown(key: str) -> str:
    """What to say of a key that no recipe has."""
    table, _, name = key.rpartition(".")
    top = table.partition(".")[0]
    kinds: dict[str, tuple[type, ...]] = {
        "": (Recipe,),
        "data": (DataRecipe,),
        "training": (TrainingRecipe,),
        "training.augment": (AugmentRecipe,),
        "training.distil": (DistilRecipe,),
        "pretraining": (PretrainingRecipe,),
        "export": (ExportRecipe,),
    }
    known = [
        item.name
        for kind in kinds.get(table, (HeadRecipe,) if top == "heads" else (Source, Share))
        for item in fields(kind)
    ]
    known = [entry for entry in known if entry != "folder"]
    near = get_close_matches(name, known, 1, 0.7)
    return f"{key}: unknown key; " + (f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}")


def short(value: Any) -> str:
    """A value as a message shows it."""
    said = repr(value)
    return said if len(said) <= 80 else f"{said[:77]}..."


def without(content: Mapping[str, Any], fault: ValidationError) -> dict[str, Any]:
    """The values less those that are at fault, so that defaults stand in for them."""
    left = deepcopy(dict(content))
    for error in fault.errors():
        place: Any = left
        parts = _key(error["loc"]).split(".")
        if error["type"] == "missing" and len(parts) > 1:
            parts = parts[:-1]  # a table without what it needs
        for number, part in enumerate(parts, 1):
            value = place.get(part)
            if number == len(parts) or not isinstance(value, dict):  # the fault itself, or the list in which it stands
                place.pop(part, None)
                break
            place = value
    return {"name": "x", "encoder": "x"} | left
