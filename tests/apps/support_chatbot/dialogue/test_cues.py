"""Words that steer a dialogue, and what they must not be mistaken for."""

import time

import pytest

from support_chatbot.dialogue import cues


@pytest.mark.parametrize("text", ["how much is it", "And what about euros", "is it free?", "Ok, can I", "费用多少？"])
def test_questions(text: str) -> None:
    assert cues.is_question(text)


@pytest.mark.parametrize("text", ["12 Mill Lane", "can't use it abroad", "the debit card", "canny", "however", ""])
def test_no_questions(text: str) -> None:
    assert not cues.is_question(text)


@pytest.mark.parametrize("before", ["not ", "no, not £", "it isn't ", "instead of ", "not my "])
def test_what_is_meant_not(before: str) -> None:
    assert cues.negated(before)


@pytest.mark.parametrize("before", ["", "it was ", "no, ", "I did not pay, it was ", "nothing but "])
def test_what_is_meant(before: str) -> None:
    assert not cues.negated(before)


TITLES = ["When your new card arrives", "How long a delivery takes"]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("first", (0,)),
        ("the latter", (1,)),
        ("delivery", (1,)),
        ("arrival of the new card", (0,)),
        ("both please", (0, 1)),
        ("the other one", (1,)),
        ("it was last Friday", ()),
        ("hm", ()),
        ("", ()),
        ("I have one more thing that I would like to ask", ()),
    ],
)
def test_a_choice_by_place_or_words(text: str, places: tuple[int, ...]) -> None:
    assert cues.choice_among(text, TITLES) == places


@pytest.mark.parametrize("text", ["skip", "I don't know", "i do not have it.", "not sure"])
def test_passing_over(text: str) -> None:
    assert cues.skips(text)
    assert not cues.skips(f"{text} but it was Tesco")


@pytest.mark.parametrize(
    ("text", "leans"),
    [
        ("And is it free there?", True),
        ("can I use it there", True),
        ("There is a problem with my money", False),
        ("there's a charge on my account", False),
    ],
)
def test_what_leans_on_the_topic(text: str, leans: bool) -> None:
    assert cues.is_elliptical(text) == leans


CHINESE = {
    cues.is_question: (["卡什么时候到", "能不能退款", "它要多少钱"], ["我的借记卡", "好的", "磨坊巷12号"]),
    cues.asks: (["怎么改密码", "卡什么时候到"], ["你能冻结它吗", "冻结我的卡"]),
    cues.inquires: (["虚拟卡还能用吗？", "冻结要多久"], ["你能冻结它吗？", "可以帮我停用虚拟卡吗", "那另一张呢"]),
    cues.agrees: (["是的，请继续", "好，停用吧", "对"], ["好多钱没到账", "对账单错了", "不是"]),
    cues.hesitates: (["好的，等一下", "是的吗", "行，但我有问题"], ["是的，谢谢", "好的"]),
    cues.refuses: (["不，别停我的卡", "不要取消！", "先别办"], ["别的卡", "不要紧", "我不知道"]),
    cues.is_elliptical: (["那要多少钱？", "它能在国外用吗"], ["新卡要多少钱", "我昨天在超市用这张卡付款的时候店员说付款失败了请问为什么"]),
    cues.negated: (["不是", "不要那张", "不是 £"], ["是", "我没有付，是"]),
    cues.corrects: (["金额错了", "改成四十", "不是二十"], ["四十英镑", "昨天"]),
    cues.turns_back: (["抱歉，我是说四十", "不对，是四十英镑", "金额不对"], ["四十", "你们收费太高，服务也慢"]),
    cues.skips: (["跳过", "不知道。", "没有"], ["没有到账", "不知道是谁"]),
}  # fmt: skip


@pytest.mark.parametrize(
    ("cue", "text", "wanted"),
    [(cue, text, which == 0) for cue, both in CHINESE.items() for which, texts in enumerate(both) for text in texts],
)
def test_chinese(cue, text: str, wanted: bool) -> None:
    assert cue(text) is wanted


def test_every_language_has_every_cue_but_endings() -> None:
    english, *others = cues.LANGUAGES
    assert others
    assert all(set(english) - set(other) <= {"endings"} and set(other) <= set(english) for other in others)


@pytest.mark.parametrize(
    ("text", "places"),
    [("第二个", (1,)), ("一", (0,)), ("转账", (1,)), ("两个都要", (0, 1)), ("另一个", (1,)), ("嗯", ())],
)
def test_a_choice_in_chinese(text: str, places: tuple[int, ...]) -> None:
    assert cues.choice_among(text, ["新卡何时寄到", "转账要多久"]) == places
    assert cues.other_than("不，另一张卡", "卡") and not cues.other_than("我的卡", "卡")


def test_a_correction_is_short_and_a_heap_of_signs_is_told_at_once() -> None:
    began = time.perf_counter()
    assert not cues.turns_back("?" * 2_000)
    assert time.perf_counter() - began < 0.1
