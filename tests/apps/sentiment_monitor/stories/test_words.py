import pytest

from sentiment_monitor.stories.words import fingerprint, is_update, shingles, stripped


@pytest.mark.parametrize(
    "told",
    [
        "Shares fall: bank says",
        "UPDATE 2-Shares fall,  bank says",
        "RPT-UPDATE 1-SHARES FALL; bank says",
        "CORRECTED - Shares fall, bank says",
        "WRAPUP 3: Shares fall, bank says",
        "LONDON, Nov 11 (Reuters) - Shares fall, bank says",
        "(Reuters) - Shares fall, bank says",
        "Shares fall, bank says https://t.co/abc",
        "Shares fall, bank says [nL4N2Z028U]",
        "Shares fall, bank says (Reporting by A. Writer; editing by B. Writer)",
        "SHARES FALL, BANK SAYS\n Reuter\x03",
    ],
)
def test_what_wires_put_around_a_text_is_no_part_of_it(told):
    assert fingerprint(told) == "shares fall bank says"


def test_a_text_of_marks_alone_is_still_itself():
    assert fingerprint("RPT-") == "rpt"
    assert fingerprint("!!!") == "!!!"
    assert fingerprint("") == ""


def test_a_dateline_within_a_text_goes_and_what_stands_around_it_stays():
    assert (
        stripped("Shares fall\nLONDON, Nov 11 (Reuters) - Shares fell.").split() == "Shares fall Shares fell.".split()
    )
    assert "Reuters" in stripped("Shares of Thomson (Reuters) rose")


@pytest.mark.parametrize(
    ("title", "update"),
    [("UPDATE 2-Bank", True), ("RPT-UPDATE 2-Bank", True), ("CORRECTED-Bank", True), ("RPT-Bank", False), ("Update on Bank: all well", False), ("Bank", False)],
)  # fmt: skip
def test_an_update_calls_itself_one(title, update):
    assert is_update(title) is update


def test_shingles_are_neighbours():
    assert shingles(["a", "b", "c"]) == {"a b", "b c"}
    assert shingles(["halted"]) == {"halted"}
    assert shingles([]) == frozenset()
