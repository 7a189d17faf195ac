"""risk.json: a round trip, and every way in which a file can be wrong."""

import json
from dataclasses import replace

import numpy as np
import pytest

from headwater.errors import InputError
from support_chatbot.risk.curve import (
    ARRAYS,
    FindScores,
    Measured,
    RiskCurve,
    check_bundle,
    read_risk,
    write_risk,
)


def made(find=None):
    """Four rows: right, wrong but among the two, an out-of-scope question answered, and one recognised."""
    return RiskCurve(
        "intents", "1", "d" * 64, "int8", "intent", "oos", "2026-11-22", (Measured("a:test", 4, 2),),
        top=np.array([9800, 6000, 7000, 9900]), pair=np.array([9900, 9000, 7500, 60]),
        right=np.array([True, False, False, True]), top_outside=np.array([False, False, False, True]),
        among=np.array([True, True, False, False]), outside=np.array([False, False, True, True]),
        length=np.array([12, 40, 33, 25]), find=find, about="made by hand",
    )  # fmt: skip


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "risk.json"
    write_risk(made(FindScores(np.array([3100, -120]), np.array([8000]), "northmere")), path)
    return path


def test_what_is_written_is_read_back(file):
    wrote, read = made(), read_risk(file)
    for name in ARRAYS:
        assert getattr(read, name).tolist() == getattr(wrote, name).tolist()
    assert (read.sets, read.digest, read.out_of_scope, read.about) == (wrote.sets, "d" * 64, "oos", "made by hand")
    assert read.find.uncovered.tolist() == [3100, -120]
    assert [path.name for path in file.parent.iterdir()] == ["risk.json"]


def test_a_bundle_without_out_of_scope_and_without_a_help_centre(tmp_path):
    nothing = np.zeros(4, dtype=bool)
    curve = replace(made(), out_of_scope=None, top_outside=nothing, outside=nothing, right=made().among)
    write_risk(replace(curve, right=np.array([True, False, False, False])), tmp_path / "r.json")
    assert read_risk(tmp_path / "r.json").find is None
    assert read_risk(tmp_path / "r.json").answered(0.0).all()


def test_rows_in_their_zones():
    curve = made()
    assert curve.answered(0.7).tolist() == [True, False, True, False]  # the last is recognised as out of scope
    assert curve.asked(0.7, 0.9).tolist() == [False, True, False, False]
    assert curve.take(np.array([1, 1])).top.tolist() == [6000, 6000]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("schema", 2, "schema 1"),
        ("rows", 0, "at least one row"),
        ("rows", 5, "expected 5"),
        ("top", "1 2 3", "expected 4 numbers as top"),
        ("top", "1 2 3 10001", "up to 10000"),
        ("pair", "1 2 3 -4", "up to 10000"),
        ("length", "1 2 3 x", "invalid literal"),
        ("known", "54a", "expected 4 digits"),
        ("known", "940a", "row 0 of known cannot be"),  # right, out of scope, and an intent in scope
        ("known", "140a", "row 0 of known cannot be"),  # the likeliest intent is right, and not among the two
        ("digest", "", "as digest"),
        ("sets", [{"rows": 1}], "missing"),
    ],
)
def test_a_damaged_file_says_what_is_wrong_and_what_to_run(file, name, value, said):
    content = json.loads(file.read_text())
    content[name] = value
    file.write_text(json.dumps(content))
    with pytest.raises(InputError, match=said) as caught:
        read_risk(file)
    assert "support-chatbot calibrate" in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_file_that_is_none(tmp_path):
    with pytest.raises(InputError, match="found none: run it"):
        read_risk(tmp_path / "risk.json")
    for text, said in (("{", "cannot be read"), ("[]", "got 'list'"), ('{"schema": 1}', "'bundle'")):
        (tmp_path / "risk.json").write_text(text)
        with pytest.raises(InputError, match=said):
            read_risk(tmp_path / "risk.json")


def test_another_bundle_or_variant_is_refused():
    check_bundle(made(), "d" * 64, "int8")
    for digest, variant in (("e" * 64, "int8"), ("d" * 64, "fp32")):
        with pytest.raises(InputError, match="run `support-chatbot calibrate` again"):
            check_bundle(made(), digest, variant)
