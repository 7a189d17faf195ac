"""Redaction: what is taken, what stays around it, and that restoring is exact whatever the text holds."""

import re
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entity_extractor.mentions import Annotated, Mention
from entity_extractor.redaction.key import STYLES, new_key
from entity_extractor.redaction.redact import redact, restore
from headwater.errors import DataError

SECRET = "5e" * 32
LETTER = (
    "Dear Ms Grace Owusu, this is Liam O'Connell. LIAM'S card was refused; O’Connell’s wife rang Owusus twice, "
    "in good grace. Write to liam.oconnell@example.org or call +44 20 7946 0958."
)


def annotated(text, *names, kind="PER", name="letter.txt", meta=None):
    """The first place of each name in the text is what a model found."""
    mentions = tuple(sorted(Mention(text.index(one), text.index(one) + len(one), kind) for one in names))
    return Annotated(name, text, mentions, meta or {})


def taken(text, *names, style="placeholder", **how):
    return redact(annotated(text, *names, **how), new_key(style, SECRET)).text


def test_a_name_found_once_is_taken_wherever_it_stands():
    assert taken(LETTER, "Grace Owusu", "Liam O'Connell") == (
        "Dear Ms [PER 1], this is [PER 2]. [PER 2.2]'S card was refused; [PER 2.3]’s wife rang [PER 1.2]s twice, "
        "in good grace. Write to [EMAIL 1] or call [PHONE 1]."
    )


def test_letters_keep_case_and_possessive():
    text = taken("Ann Lee came. ANN LEE'S car, Ann's car, and Bo Ray's.", "Ann Lee", "Bo Ray", style="letter")
    assert text == "Person A came. PERSON A2'S car, Person A3's car, and Person B's."


def test_realistic_names_are_of_one_person_and_nobodys_before():
    pytest.importorskip("faker")
    key = new_key("realistic", SECRET)
    source = annotated("Ann Lee met Lee at noon. ANN LEE left; Ann stayed.", "Ann Lee")
    text = redact(source, key).text
    first, last = re.match(r"(\w+) (.+?) met", text).groups()
    assert text == f"{first} {last} met {last} at noon. {first.upper()} {last.upper()} left; {first} stayed."
    assert not {first, last} & {"Ann", "Lee"}
    assert restore(text, key) == source.text
    assert redact(source, new_key("realistic", SECRET)).text == text
    assert redact(source, new_key("realistic", "77" * 32)).text != text


def test_short_and_common_words_of_a_name_are_left_alone_where_they_are_words():
    text = "Will Li and Rose May Park came. I will park here. May I? A rose. Li came with Rose, and Will too."
    assert taken(text, "Will Li", "Rose May Park") == (
        "[PER 1] and [PER 2] came. I will park here. May I? A rose. Li came with [PER 2.2], and [PER 1.2] too."
    )


def test_a_sentence_that_ends_between_two_words_parts_them():
    assert taken("Ann Lee. ANN called. Lee. Ann left. A. Lee", "Ann Lee") == (
        "[PER 1]. [PER 1.2] called. [PER 1.3]. [PER 1.4] left. A. [PER 1.3]"
    )


def test_other_orders_lower_case_and_accents():
    text = "Étienne Marchand wrote. Marchand, Étienne; etienne marchand; MARCHAND; marchande is a word."
    assert taken(text, "Étienne Marchand") == ("[PER 1] wrote. [PER 1.2]; [PER 1.3]; [PER 1.4]; marchande is a word.")


def test_places_and_firms_are_taken_by_what_is_theirs_alone():
    text = "Kestrel Bank of London is a bank. Kestrel pays; kestrel is a bird; London Bank is another."
    assert taken(text, "Kestrel Bank of London", kind="ORG") == (
        "[ORG 1] is a bank. [ORG 1.2] pays; kestrel is a bird; London Bank is another."
    )


def test_pieces_that_overlap_are_one_and_of_the_longest():
    text = "Mail liam.oconnell@example.org now"
    found = redact(annotated(text, "Mail liam"), new_key(secret=SECRET))
    assert (found.text, found.replacements[0].original) == ("[EMAIL 1] now", "Mail liam.oconnell@example.org")


def test_half_a_word_is_taken_whole():
    assert taken("Mr O'Connell-Grey left", "O'Con") == "Mr [PER 1]-Grey left"


def test_chosen_kinds_alone_are_taken():
    source = annotated("Ann Lee, ann@example.org", "Ann Lee", kind="LOC")
    assert redact(source, new_key(secret=SECRET), kinds=("PER",)).text == "Ann Lee, [EMAIL 1]"
    assert redact(source, new_key(secret=SECRET), kinds=("LOC",), personal=False).text == "[LOC 1], ann@example.org"


def test_file_name_and_properties():
    key = new_key(secret=SECRET)
    meta = {"author": "Jo Bloggs", "title": "Of liam", "pages": 3, "more": {"cc": ["Ann Lee"], "tags": ["O’Connell"]}}
    found = redact(annotated(LETTER, "Liam O'Connell", name="2024_liam_oconnell.pdf", meta=meta), key)
    everything = f"{found.id} {found.meta}".casefold()
    assert not [name for name in ("liam", "connell", "bloggs", "lee") if name in everything]
    assert found.id.startswith("2024_[PER 1") and found.id.endswith(".pdf") and found.meta["pages"] == 3
    assert restore(found.id, key) == "2024_liam_oconnell.pdf"
    assert restore(found.meta["author"], key) == "Jo Bloggs"


def test_one_key_for_many_documents():
    key = new_key(secret=SECRET)
    assert redact(annotated("Ann Lee and Bo Ray", "Ann Lee", "Bo Ray"), key).text == "[PER 1] and [PER 2]"
    assert redact(annotated("Cy Fox knows Bo Ray", "Cy Fox"), key).text == "[PER 3] knows [PER 2]"


def test_a_key_of_thousands_of_people_slows_no_document():
    """Every name of the key would be looked for in every document: half an hour for 10,000."""
    key, before = new_key(secret=SECRET), time.process_time()
    for number in range(3000):
        redact(annotated(f"Ann{number} Lee{number} left", f"Ann{number} Lee{number}"), key, personal=False)
    assert time.process_time() - before < 10
    assert redact(annotated("LEE7, ann7, Ann8 and Ann 7 Lee", name="ann9_lee9.pdf"), key).id == "[PER 10.2].pdf"
    chinese = annotated("王秀兰来了", "王秀兰")
    redact(chinese, key)
    assert "秀" not in redact(annotated("王 秀兰和李明", name="b"), key).text


def test_links_and_identities_say_whose_a_name_is():
    text = "The Bard wrote. Shakespeare died."
    bard, name = Mention(0, 8, "PER", link="Q692"), Mention(16, 27, "PER", link="Q692")
    assert redact(Annotated("a", text, (bard, name)), new_key()).text == "[PER 1] wrote. [PER 1.2] died."
    bard, name = Mention(0, 8, "PER"), Mention(16, 27, "PER")
    whose = {bard: "him", name: "him"}
    assert (
        redact(Annotated("a", text, (bard, name)), new_key(), identities=whose).text == "[PER 1] wrote. [PER 1.2] died."
    )


def test_what_looks_like_a_replacement_is_escaped():
    key = new_key(secret=SECRET)
    source = annotated("See [PER 1] of Ann Lee, and [TEXT 7].", "Ann Lee")
    found = redact(source, key)
    assert found.text == "See [TEXT 1] of [PER 1], and [TEXT 2]."
    assert restore(found.text, key) == source.text


@pytest.mark.parametrize("text", ["王秀兰Person A签字", "签字 Person A王秀兰", "王秀兰Person A, Ann Lee"])
def test_a_lookalike_beside_a_chinese_sign_is_no_replacement_later(text):
    key = new_key("letter", SECRET)
    names = [name for name in ("王秀兰", "Ann Lee") if name in text]
    redacted = redact(annotated(text, *names), key).text
    for name in ("Bob Low", "Cy Fox", "Di Day"):
        redact(annotated(f"{name} left.", name), key)
    assert restore(redacted, key) == text


def test_a_text_that_could_not_be_restored_is_refused(monkeypatch):
    monkeypatch.setattr(sys.modules[redact.__module__], "restore", lambda text, key: "")
    with pytest.raises(DataError, match="restored exactly"):
        redact(annotated("Ann Lee left", "Ann Lee"), new_key(secret=SECRET))


def test_an_edited_text_is_restored():
    key = new_key(secret=SECRET)
    text = redact(annotated(LETTER, "Grace Owusu", "Liam O'Connell"), key).text
    edited = text.replace("Dear Ms", "Hello").replace("twice", "thrice") + " Love, [PER 1]. [PER 99]"
    restored = LETTER.replace("Dear Ms", "Hello").replace("twice", "thrice") + " Love, Grace Owusu. [PER 99]"
    assert restore(edited, key) == restored


def test_replacements_say_where_they_stand():
    source = annotated(LETTER, "Grace Owusu", "Liam O'Connell")
    found = redact(source, new_key(secret=SECRET))
    assert len(found.replacements) == 7
    for one in found.replacements:
        assert found.text[one.start : one.end] == one.text
        assert source.text[one.original_start :].startswith(one.original)


PARTS = [
    "Ann Lee",
    "Ann",
    "LEE",
    "lee's",
    "Bo Ray",
    "Ray",
    "Oslo",
    "[PER 1]",
    "[PER 1.2]",
    "[TEXT 1]",
    "Person A",
    "PERSON B",
]
PARTS += [
    "Person",
    "A",
    "[",
    "]",
    "1",
    " ",
    "\n",
    ".",
    "ann@example.org",
    "+44 20 7946 0958",
    "王秀兰",
    "Hughes",
    "Thomas",
]


@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=40, deadline=None)
@given(texts=st.lists(st.lists(st.sampled_from(PARTS), max_size=12).map(" ".join), min_size=1, max_size=4))
def test_restoring_is_exact_after_any_documents(style, texts):
    if style == "realistic":
        pytest.importorskip("faker")
    key = new_key(style, SECRET)
    out = []
    for number, text in enumerate(texts):
        names = [name for name in ("Ann Lee", "Bo Ray", "Oslo", "王秀兰") if name in text]
        out.append(redact(annotated(text, *names, name=str(number)), key).text)
        assert "Ann Lee" not in out[-1] and "ann@" not in out[-1]
    assert [restore(text, key) for text in out] == texts  # the key has grown since the first was redacted
