"""Names in Chinese text: found once by a model, taken in every form that they have again, and put back exactly."""

import pytest

from entity_extractor.mentions import Annotated, Mention
from entity_extractor.redaction.chinese import forms, is_full_name
from entity_extractor.redaction.key import STYLES, new_key
from entity_extractor.redaction.redact import redact, restore

SECRET = "5e" * 32
LETTER = "张伟明在上海工作。张先生说，伟明的同事小张已通知张 伟明本人。欧阳娜娜与欧阳老师不同。纸张很大。"


def annotated(text: str, *names: str, kind: str = "PER", name: str = "a.txt") -> Annotated:
    return Annotated(name, text, tuple(Mention(text.index(one), text.index(one) + len(one), kind) for one in names))


def taken(text: str, *names: str, **how: str) -> str:
    key = new_key("placeholder", SECRET)
    done = redact(annotated(text, *names, **how), key).text
    assert restore(done, key) == text
    return done


def test_a_person_is_taken_whole_by_the_given_name_and_with_a_title():
    assert taken(LETTER, "张伟明") == (
        "[PER 1]在上海工作。[PER 1.2]先生说，[PER 1.3]的同事小[PER 1.2]已通知[PER 1.4]本人。欧阳娜娜与欧阳老师不同。纸张很大。"
    )


def test_a_compound_surname_is_one_and_a_given_name_of_one_sign_stays():
    assert taken(LETTER, "欧阳娜娜").endswith("[PER 1]与[PER 1.2]老师不同。纸张很大。")
    assert (
        taken("李明来了。明天李明走，李女士不走。李子很甜。", "李明")
        == "[PER 1]来了。明天[PER 1]走，[PER 1.2]女士不走。李子很甜。"
    )


def test_parts_of_a_name_from_abroad_are_taken_alone():
    assert taken("安格拉·默克尔访华，默克尔会见了李强。", "安格拉·默克尔") == "[PER 1]访华，[PER 1.2]会见了李强。"


def test_a_firm_is_taken_without_its_legal_form_too():
    text = "阿里巴巴集团公布业绩，阿里巴巴股价上涨。中国公司很多，中国很大。"
    assert taken(text, "阿里巴巴集团", kind="ORG") == "[ORG 1]公布业绩，[ORG 1.2]股价上涨。中国公司很多，中国很大。"
    assert taken(text, "中国公司", kind="ORG").endswith("[ORG 1]很多，中国很大。")


def test_a_full_name_of_one_document_is_taken_in_the_next_but_not_its_parts():
    key = new_key("placeholder", SECRET)
    redact(annotated("张伟明来信。", "张伟明"), key)
    second = Annotated("b.txt", "回复张伟明，伟明和张先生已读。")
    assert redact(second, key).text == "回复[PER 1]，伟明和张先生已读。"


@pytest.mark.parametrize("style", STYLES)
def test_every_style_comes_back_exactly_between_signs_without_spaces(style):
    if style == "realistic":
        pytest.importorskip("faker")
    key = new_key(style, SECRET)
    done = redact(annotated(LETTER, "张伟明", "欧阳娜娜"), key)
    assert not any(name in done.text for name in ("伟明", "张先生", "娜娜", "小张"))
    assert restore(done.text, key) == LETTER


def test_one_sign_alone_has_no_form_and_latin_names_are_no_full_ones():
    assert list(forms("李", True)) == []
    assert not is_full_name("Ann Lee")
    assert not is_full_name("李 Ming")
