"""policy.toml: the shipped one is sound, and what is wrong in another is told at once, with its place."""

import tomllib
from pathlib import Path

import pytest

from headwater.errors import InputError
from support_chatbot.content import open_folder
from support_chatbot.dialogue.policy import strangers
from support_chatbot.dialogue.reading import policy_of, read_policy
from tests.apps.support_chatbot.dialogue.conversation import FILE, SHIPPED


def changed(**changes: object) -> dict:
    """The shipped file's tables; `a__b=value` sets a.b, None takes it out."""
    content = tomllib.loads(FILE.read_text(encoding="utf-8"))
    for place, value in changes.items():
        *tables, key = place.split("__")
        table = content
        for name in tables:
            table = table[int(name)] if name.isdigit() else table[name]
        table.pop(key, None)
        if value is not None:
            table[key] = value
    return content


def faults(**changes: object) -> str:
    with pytest.raises(InputError) as told:
        policy_of(changed(**changes))
    return str(told.value)


def test_the_shipped_policy_fits_the_shipped_answers() -> None:
    answers = open_folder(FILE.parent).answers
    assert len(answers) == 77
    assert strangers(SHIPPED, answers) == []
    named = {answer.form for answer in answers.values() if answer.form}
    assert named <= set(SHIPPED.forms)
    begun = named | {name for name, plan in SHIPPED.forms.items() if plan.intents}
    assert begun == set(SHIPPED.forms), "a form that nothing begins"


def test_what_cannot_be_undone_is_confirmed() -> None:
    for name in ("block_card", "replacement_card", "cancel_transfer", "dispute_payment", "close_account"):
        assert SHIPPED.forms[name].confirm


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"bnak": "x"}, "bnak: unknown key; did you mean bank?"),
        ({"questions__most": "three"}, "questions.most: expected a whole number, got 'three'"),
        ({"questions__most": True}, "questions.most: expected a whole number, got True"),
        ({"filling__valid": 0}, "filling.valid: expected at least 1, got 0"),
        ({"filling__waiting": "{from}"}, "filling.waiting: nothing fills {from}; did you mean {form}?"),
        ({"questions__most": 0}, "questions.most: expected at least 1, got 0"),
        ({"small_talk__who": None}, "small_talk.who: missing, and expected a text"),
        ({"small_talk__who": ""}, "small_talk.who: expected a sentence, got an empty text"),
        ({"small_talk__who": "I'm {bto}"}, "small_talk.who: nothing fills {bto}; did you mean {bot}?"),
        ({"small_talk__who": "I'm {bot"}, "small_talk.who: a brace stands alone"),
        (
            {"forms__block_card__slots__0__quesiton": "x"},
            "forms.block_card.slots[1].quesiton: unknown key; did you mean",
        ),
        ({"forms__block_card__slots__0__pattern": "("}, "forms.block_card.slots[1].pattern: is no regular expression"),
        ({"forms__block_card__slots__0__kind": "cart"}, "forms.block_card.slots[1].kind: expected one of"),
        ({"forms__block_card__slots__0__when": "past"}, 'slots[1].when: expected "past" or "future", of a date only'),
        ({"forms__block_card__slots__0__name": "how"}, "forms.block_card.slots: 2 slots are named how"),
        ({"forms__block_card__slots__0__name": "phone"}, "forms.block_card.slots: phone is a fact too"),
        ({"forms__block_card__summary": None}, "forms.block_card.summary: missing, and confirm = true needs"),
        ({"forms__block_card__cancelled": "No {card}."}, "forms.block_card.cancelled: {card} may not be known then"),
        ({"forms__close_account__summary": "{reason}"}, "forms.close_account.summary: {reason} may not be known then"),
        (
            {"forms__close_account__slots__0__most": 3},
            "least and most are of an amount only, and this slot holds account",
        ),
        ({"forms__block_card__slots": []}, "forms.block_card.summary: nothing fills {how}"),
        ({"hand_over__reasons__missed": None}, "hand_over.reasons.missed: missing"),
        ({"hand_over__reasons__tired": "x"}, "hand_over.reasons.tired: unknown key; known here: asked"),
        ({"hand_over__waits__0__days": ["mo"]}, "hand_over.waits[1].days: expected some of mon"),
        ({"hand_over__waits__0__end": "9:00"}, "hand_over.waits[1]: expected start before end"),
        ({"hand_over__always": ["getting_spare_card"]}, "getting_spare_card goes to a person and would never begin"),
        ({"forms__block_card__intents": ["getting_spare_card"]}, "getting_spare_card begins 2 forms"),
        ({"languages__served": "en"}, "languages.served: expected a list, got 'en'"),
        ({"languages__served": ["english"]}, "languages.served: expected codes of two letters"),
        ({"currency": "pounds"}, "currency: expected a code of three letters"),
        ({"time_zone": "London"}, "time_zone: expected a name such as"),
        ({"forms": []}, "forms: expected a table, got []"),
    ],
)
def test_a_fault_is_told_with_its_place(changes: dict, said: str) -> None:
    assert said in faults(**changes)


def test_all_faults_are_told_at_once() -> None:
    told = faults(bnak="x", questions__most="three", asking__between=None)
    assert told.startswith("policy.toml: 3 faults in the policy:")


def test_a_file_that_is_missing_or_no_toml(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"policy\.toml: cannot be read"):
        read_policy(tmp_path / "policy.toml")
    (tmp_path / "policy.toml").write_text("bank = ", encoding="utf-8")
    with pytest.raises(InputError, match="is no TOML"):
        read_policy(tmp_path / "policy.toml")
