import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_chatbot.turn import ACTS
from support_chatbot.understanding.acts import LANGUAGES, RANKED, act_of, edges

CASES = {
    "greeting": [
        "hi",
        "Hello!",
        "helo",
        "good morning",
        "hey there",
        "hiiii",
        "👋",
        "Hi, can you help me?",
        "how are you?",
        "hi, how are you doing today?",
        "what's up",
        "Hello, I have a question",
        "anyone there?",
        "hello hello",
    ],
    "thanks": [
        "thanks",
        "thx",
        "ok thank you so much!",
        "thank you very much for your help",
        "great, thanks",
        "Perfect!",
        "tysm 🙏",
        "🙏",
        "thanks a lot",
        "That was helpful",
        "cheers mate",
        "ok cool thanks 😊",
        "thank you, that helps",
    ],
    "goodbye": ["bye", "thanks, bye!", "goodbye", "have a nice day", "see you later", "ok bye thanks"],
    "yes": [
        "Yes, report it please",
        "looks good 👍",
        "that's fine",
        "sure, go ahead and do it",
        "yes",
        "yes please",
        "Yep",
        "ok",
        "okay",
        "sure",
        "👍",
        "yeah go ahead",
        "yes, that's right",
        "correct",
        "YES!!!",
        "yes thanks",
        "Yes I do",
        "ok yes",
    ],
    "no": [
        "nothing else, thanks",
        "no",
        "nope",
        "No, thanks",
        "no thank you",
        "not really",
        "👎",
        "no that's wrong",
        "no no no",
    ],
    "neither": [
        "neither",
        "none of these",
        "something else",
        "neither of those",
        "no, neither",
        "None of them, something else",
    ],
    "cancel": [
        "no wait, cancel that",
        "cancel",
        "cancel that please",
        "never mind",
        "nevermind",
        "forget it",
        "stop",
        "no, cancel that",
        "No, I don't want that anymore",
        "I no longer need it",
        "Actually keep it open",
        "no, leave it as it is",
        "please cancel",
        "I changed my mind",
    ],
    "human": [
        "human",
        "agent please",
        "I want to talk to a real person",
        "can I speak to someone please",
        "give me an agent",
        "talk to a human now!!!",
        "This is the third time I ask and your stupid bot understands nothing, let me speak to a manager immediately",
        "connect me to an agent",
        "customer service",
        "live chat",
        "I need a human",
        "I don't want to talk to a robot",
        "I can't go on, I want to kill myself",
        "operator",
        "real person please",
        "Can I talk to someone about my lost card?",
        "I WANT A HUMAN",
    ],
    "repeat": [
        "repeat that",
        "what?",
        "pardon?",
        "can you say that again?",
        "say again please",
        "I didn't understand",
        "what do you mean?",
        "sorry, what?",
    ],
    "who": [
        "who are you?",
        "are you a bot?",
        "am I talking to a robot or a human?",
        "what is your name",
        "are you human?",
        "are you a real person?",
        "tell me a joke",
    ],
    "no_person": [
        "no human please",
        "I don't want to talk to a person",
        "please no agent",
        "I do not want a human",
        "don't transfer me to anyone",
        "I'd rather not speak to someone",
        "no need for a person, thanks",
        "without a person please",
        "i dont need to speak to an agent",
    ],
    "feelings": [
        "This is ridiculous!!!",
        "FFS",
        "you are useless",
        "worst bank ever",
        "I'm really angry now",
        "I am so fed up with this",
        "that's not helpful",
    ],
    None: [
        "my card is useless",
        "why is the rate so terrible",
        "no, the other card",
        "yes but not today",
        "hi, my card was stolen",
        "cancel my transfer",
        "I want a refund, thanks",
        "stop my card",
        "what is my balance",
        "help my card is stolen",
        "I lost my phone",
        "thank you for nothing, where is my card",
        "hello my name is Anna",
        "I don't want to have to talk to a human about my card",
        "I already talked to an agent and nothing happened",
        "no card arrived",
        "yes my card",
        "can you help me activate my card",
        "how do I cancel",
        "right card",
        "great exchange rate?",
        "the person I sent money to didn't get it",
        "who charged me",
        "good rate",
        "how are transfers made",
        "I sent money to the wrong person",
        "my agent told me",
        " ",
        "12",
        "€",
        "card",
        "test card",
    ],
}

CHINESE = {
    "greeting": ["你好", "您好！", "有人吗？", "你好，我有个问题", "早上好"],
    "thanks": ["谢谢你", "好的，谢谢", "非常感谢您的帮助！", "明白了", "太好了"],
    "goodbye": ["再见", "好的，谢谢，再见"],
    "yes": ["是的", "好的", "嗯嗯", "没问题", "请继续"],
    "no": ["不", "不是", "不用了，谢谢", "没有了"],
    "neither": ["都不是", "其他问题"],
    "cancel": ["取消", "算了", "不要了", "我改主意了"],
    "human": ["转人工", "我要人工客服", "我要和真人说话！！", "我的卡丢了，帮我转人工"],
    "no_person": ["不要转人工", "别给我转人工客服", "不想和人说话"],
    "who": ["你是谁？", "你是机器人吗", "你能做什么"],
    "feelings": ["太差劲了", "你们的服务太烂了！", "我很生气"],
    "repeat": ["什么意思", "请再说一遍", "我没听懂"],
    None: [
        "我的卡丢了", "取消我的转账", "谢谢，我的卡在哪里", "我已经找过人工了", "人工费是多少", "客服电话是多少", "不知道",
        "对账单在哪", "好的，我的卡", "你好像没听懂我的问题",
    ],
}  # fmt: skip


def test_every_act_has_cases_and_phrases_in_every_language() -> None:
    assert set(CASES) == set(CHINESE) == {*ACTS, None}
    assert set(RANKED) == set(ACTS)
    assert len(LANGUAGES) == 2
    assert all(set(language) == set(LANGUAGES[0]) for language in LANGUAGES)


@pytest.mark.parametrize(
    ("act", "text"), [(act, text) for cases in (CASES, CHINESE) for act, texts in cases.items() for text in texts]
)
def test_what_a_whole_message_is(act: str | None, text: str) -> None:
    assert act_of(text) == act


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Hi, my card was stolen", "my card was stolen"),
        ("Hello there, good morning, where is my card? Thanks in advance!", "where is my card?"),
        ("My card was stolen. Thank you!", "My card was stolen."),
        ("I want a refund, thanks", "I want a refund"),
        ("thanks for the card but where is the pin", "thanks for the card but where is the pin"),
        ("hi there", "hi there"),
        ("你好，我的卡丢了。谢谢！", "我的卡丢了。"),
        ("您好！请问怎么改密码？", "请问怎么改密码？"),
        ("谢谢", "谢谢"),
    ],
)
def test_a_question_without_its_courtesies(text: str, question: str) -> None:
    start, end = edges(text, 0, len(text))
    assert text[start:end] == question


@given(st.text(max_size=60))
def test_any_text_is_an_act_or_none(text: str) -> None:
    assert act_of(text) in {*ACTS, None}
    start, end = edges(text, 0, len(text))
    assert 0 <= start <= end <= len(text)
