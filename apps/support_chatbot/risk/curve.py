"""What the bundle did on held-out, labelled questions: the numbers that every threshold is drawn from, and risk.json.

One row is one question. Probabilities are whole numbers of ten-thousandths, rounded down: a threshold of four digits
then parts the rows of the file exactly as it will part live questions. No text is kept, and no label of a row.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from headwater.errors import InputError
from headwater.files import write_whole

__all__ = ["SCALE", "FindScores", "Measured", "RiskCurve", "check_bundle", "read_risk", "write_risk"]

SCHEMA, SCALE = 1, 10_000
AGAIN = "run `support-chatbot calibrate` again"
# What is known of a row, one hexadecimal digit: the sum of these.
RIGHT, TOP_OUTSIDE, AMONG, OUTSIDE = 1, 2, 4, 8
ARRAYS = ("top", "pair", "right", "top_outside", "among", "outside", "length")
NAMES = ("bundle", "version", "digest", "variant", "head", "date")


@dataclass(frozen=True)
class Measured:
    """A set that was measured on: how many rows it gave, and how many of them are out of scope."""

    source: str
    rows: int
    out_of_scope: int
    title: str = ""
    licence: str = ""


@dataclass(frozen=True, eq=False)
class FindScores:
    """The best quote's cosine for each question, in ten-thousandths: int (questions,).

    `uncovered`: of questions that the help centre does not answer. `covered`: of the articles' own questions.
    """

    uncovered: np.ndarray
    covered: np.ndarray
    help_centre: str = ""


@dataclass(frozen=True, eq=False)
class RiskCurve:
    """Numbers of held-out questions, int or bool (rows,) each, and of which bundle they are.

    `top` is the likeliest label's probability and `pair` that of the two likeliest in-scope intents together, in
    ten-thousandths; `right`: the likeliest label is the row's; `top_outside`: it is the one for out of scope;
    `among`: one of the two is the row's; `outside`: the row is out of scope; `length` in characters.
    """

    bundle: str
    version: str
    digest: str
    variant: str
    head: str
    out_of_scope: str | None
    date: str
    sets: tuple[Measured, ...]
    top: np.ndarray
    pair: np.ndarray
    right: np.ndarray
    top_outside: np.ndarray
    among: np.ndarray
    outside: np.ndarray
    length: np.ndarray
    find: FindScores | None = None
    about: str = field(default="", compare=False)

    def __len__(self) -> int:
        return len(self.top)

    @property
    def confidence(self) -> np.ndarray:
        return self.top / SCALE

    @property
    def joint(self) -> np.ndarray:
        return self.pair / SCALE

    def take(self, rows: np.ndarray) -> "RiskCurve":
        """The same of some rows, by number (one may be taken twice) or by a mask."""
        return replace(self, **{name: getattr(self, name)[rows] for name in ARRAYS})

    def answered(self, threshold: float) -> np.ndarray:
        """Which rows the bot answers at a threshold: the likeliest label is in scope and sure enough."""
        return ~self.top_outside & (self.confidence >= threshold)

    def asked(self, answer: float, ask: float) -> np.ndarray:
        """Which rows the bot asks back at."""
        return ~self.answered(answer) & (self.joint >= ask)


def check_bundle(curve: RiskCurve, digest: str, variant: str) -> None:
    """Raise InputError where these numbers are of another bundle, or of another variant of it.

    `digest` is that of the opened bundle (`classifier.bundle.digest`), `variant` what runs (`classifier.model.variant`).
    """
    if (curve.digest, curve.variant) != (digest, variant):
        raise InputError(
            f"expected risks measured with bundle {digest[:12]} ({variant}), got those of {curve.bundle} "
            f"{curve.version} {curve.digest[:12]} ({curve.variant}): another model errs elsewhere; {AGAIN}"
        )


def write_risk(curve: RiskCurve, file: Path) -> None:
    """Write risk.json whole or not at all."""
    write_whole(file, [json.dumps(_content(curve), indent=1, ensure_ascii=False).encode() + b"\n"])


def _content(curve: RiskCurve) -> dict[str, Any]:
    """JSON values; arrays as one line of text each, for a file that can be looked at."""
    flags = RIGHT * curve.right + TOP_OUTSIDE * curve.top_outside + AMONG * curve.among + OUTSIDE * curve.outside
    find = curve.find
    return {
        "schema": SCHEMA,
        "about": curve.about,
        **{name: getattr(curve, name) for name in NAMES},
        "out_of_scope": curve.out_of_scope,
        "sets": [asdict(entry) for entry in curve.sets],
        "rows": len(curve),
        "top": _line(curve.top),
        "pair": _line(curve.pair),
        "length": _line(curve.length),
        "known": "".join(f"{flag:x}" for flag in flags.tolist()),
        "find": find
        and {
            "help_centre": find.help_centre,
            "uncovered": _line(find.uncovered),
            "covered": _line(find.covered),
        },
    }


def _line(values: np.ndarray) -> str:
    return " ".join(map(str, values.tolist()))


def read_risk(file: Path) -> RiskCurve:
    """The numbers of a risk.json. Raises InputError: what is missing or damaged, and what to run."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{file}: expected what `support-chatbot calibrate` writes, found none: run it") from None
    except (OSError, ValueError) as fault:
        raise InputError(f"{file}: cannot be read ({fault}): {AGAIN}") from fault
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        found = content.get("schema") if isinstance(content, dict) else type(content).__name__
        raise InputError(f"{file}: expected risks of schema {SCHEMA}, got {found!r}: {AGAIN}")
    try:
        return _curve(content)
    except KeyError as fault:
        raise InputError(f"{file}: expected an entry {fault}, found none: {AGAIN}") from fault
    except (TypeError, ValueError) as fault:
        raise InputError(f"{file}: {fault}: {AGAIN}") from fault


def _curve(content: Mapping[str, Any]) -> RiskCurve:
    """Raises KeyError, TypeError or ValueError, whose words go into the message."""
    for name in NAMES:
        if not isinstance(content[name], str) or not content[name]:
            raise ValueError(f"expected a text as {name}, got {content[name]!r}")
    rows, find = content["rows"], content["find"]
    if type(rows) is not int or rows < 1:
        raise ValueError(f"expected at least one row, got {rows!r}")
    known = _known(content["known"], rows)
    bits = {"right": RIGHT, "top_outside": TOP_OUTSIDE, "among": AMONG, "outside": OUTSIDE}
    return RiskCurve(
        **{name: content[name] for name in NAMES},
        out_of_scope=content["out_of_scope"],
        sets=tuple(Measured(**entry) for entry in content["sets"]),
        top=_numbers(content, "top", rows, SCALE),
        pair=_numbers(content, "pair", rows, SCALE),
        length=_numbers(content, "length", rows, 10**9),
        **{name: known & bit > 0 for name, bit in bits.items()},
        find=find
        and FindScores(
            _numbers(find, "uncovered", None, SCALE), _numbers(find, "covered", None, SCALE), find["help_centre"]
        ),
        about=content["about"],
    )


def _known(text: str, rows: int) -> np.ndarray:
    known = np.array([int(digit, 16) for digit in text], dtype=np.int64)
    if len(known) != rows:
        raise ValueError(f"expected {rows} digits as known, got {len(known)}")
    in_scope = known & OUTSIDE == 0
    right, among, top_outside = (known & bit > 0 for bit in (RIGHT, AMONG, TOP_OUTSIDE))
    impossible = (~in_scope & among) | (right & (in_scope == top_outside)) | (right & in_scope & ~among)
    if impossible.any():
        raise ValueError(f"row {int(impossible.argmax())} of known cannot be: digit {text[int(impossible.argmax())]}")
    return known


def _numbers(content: Mapping[str, Any], name: str, rows: int | None, most: int) -> np.ndarray:
    values = np.array([int(word) for word in content[name].split()], dtype=np.int64)
    if rows is not None and len(values) != rows:
        raise ValueError(f"expected {rows} numbers as {name}, got {len(values)}")
    # A cosine may be below 0; a probability or a length may not.
    if len(values) and (values.max() > most or values.min() < (0 if rows is not None else -most)):
        raise ValueError(f"expected numbers up to {most} as {name}, got {values.min()} to {values.max()}")
    return values
