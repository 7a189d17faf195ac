"""Which turns of a conversation ask something, and which replies answer: greetings and "let me check" do neither.

question   a customer's words that are more than a greeting, thanks, a yes or a number
answer     an agent's words that say something: what is left when courtesies, waiting and questions are taken out
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from support_chatbot.learning.transcripts import AGENT, CUSTOMER, Conversation, Said

__all__ = ["Exchange", "answer_in", "exchanges", "is_question"]

LEAST_WORDS = 3  # of a question, and of a sentence that answers
MOST_REPLIES = 4  # of agents after a question that are looked at; later ones are about something else
SENTENCE = re.compile(r"[^.!?\n]*[^.!?\s][^.!?\n]*(?:[.!?](?![\s])[^.!?\n]*)*[.!?]*")
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
CHATTER = re.compile(
    r"\b(?:hello|hi|hey|good (?:morning|afternoon|evening|day)|thanks|thank you|cheers|ok(?:ay)?|yes|no|yep|nope|sure"
    r"|great|perfect|bye|goodbye|please|sorry|lovely|brilliant|right|got it|that(?:'s| is) (?:all|great|it|fine|perfect"
    r"|helpful|clear|everything)|have a (?:nice|good|great|lovely) (?:day|one|evening|weekend)|you too|much|very|so|a lot"
    r"|it's|it is|that's|fine|all good|for|your|the|help(?:ed)?|there|anyone|somebody|someone|me|can|you|i|will|try|do|it|now|just|done|that|works?|worked)\b",
    re.IGNORECASE,
)
# Sentences of agents that say nothing about the matter: courtesies, waiting, and asking for details.
COURTESY = re.compile(
    r"^(?:hello|hi|hey|dear|good (?:morning|afternoon|evening|day)|welcome|thank|thanks|no problem|you(?:'re| are) (?:very )?welcome"
    r"|(?:i(?:'m| am)|we(?:'re| are)) (?:so |very |really |terribly )?(?:sorry|happy|glad|here) "
    r"|(?:i )?apologi[sz]e|(?:my |our )?apologies|my name is|this is \w+ from|you(?:'re| are) (?:through to|speaking|chatting)"
    r"|(?:is|was) there anything else|anything else|(?:can|could|may) i help|how (?:can|may|could) (?:i|we) help"
    r"|i(?:'d| would| will|'ll)? ?(?:be )?(?:happy|glad|love) to (?:help|look|assist)|i (?:completely |fully |totally )?understand"
    r"|have a |take care|bye|goodbye|glad |great to hear|certainly[.!]?$|of course[.!]?$|sure[.!]?$|absolutely[.!]?$)",
    re.IGNORECASE,
)
WAITING = re.compile(
    r"\b(?:let me (?:just |quickly |have a |take a )?(?:check|look|see|find|pull|open|verify|get|ask|transfer|put|bring)"
    r"|(?:one|a|just a|give me a|bear with me(?: for)? a?) (?:moment|second|minute|sec|few (?:moments|minutes))"
    r"|bear with|hold on|please hold|(?:i(?:'ll| will|'m going to| am going to)|i(?:'m| am) (?:just )?)"
    r" ?(?:now |quickly |just )*(?:check|checking|look|looking|transfer|transferring|pull|pulling|connect|connecting|have a look))\b",
    re.IGNORECASE,
)
ASKING = re.compile(
    r"^(?:please )?(?:could|can|may|would|will|do|did|are|is|have|which|what|when|where|who) .*\?$|\?$"
    r"|^(?:please )?(?:confirm|tell me|provide|share|send me) (?:me )?(?:your|the|us)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Exchange:
    """A question and what one agent said to it. `line` is the question's, `answered` the reply's."""

    question: str
    answer: str
    conversation: str
    agent: str
    resolution: str
    line: int
    answered: int


def is_question(text: str) -> bool:
    """Whether a customer's turn asks or tells something.

    >>> is_question("Hi there, thanks!"), is_question("My card was swallowed by the machine")
    (False, True)
    """
    left = [word for word in WORD.findall(CHATTER.sub(" ", text)) if not word.isdigit()]
    return len(WORD.findall(text)) >= LEAST_WORDS and len(left) >= 2


def answer_in(text: str) -> str:
    """The sentences of an agent's reply that answer; "" where none does.

    >>> answer_in("Hi Ann! Let me check that. Your card takes 4 to 6 working days. Anything else?")
    'Your card takes 4 to 6 working days.'
    """
    return " ".join(sentence for sentence in _sentences(text) if _answers(sentence))


def exchanges(conversation: Conversation) -> Iterator[Exchange]:
    """Each question with each reply of agents that follows it, up to the next question.

    Turns of one agent in a row are one reply. A question with no reply gives none.
    """
    question: Said | None = None
    replies, last = 0, ""
    parts: list[str] = []
    at, who = 0, ""

    def said() -> Iterator[Exchange]:
        if question is not None and parts:
            agent = who or conversation.id
            yield Exchange(
                question.text, " ".join(parts), conversation.id, agent, conversation.resolution, question.line, at
            )

    for turn in conversation.turns:
        if turn.speaker == AGENT:
            answer = answer_in(turn.text) if question is not None and replies < MOST_REPLIES else ""
            if answer and (last != AGENT or not parts):
                yield from said()
                parts, at, who, replies = [], turn.line, turn.who, replies + 1
            parts += [answer] if answer else []
        elif turn.speaker == CUSTOMER and is_question(turn.text):
            yield from said()
            question, parts, replies = turn, [], 0
        last = turn.speaker
    yield from said()


def _sentences(text: str) -> Iterator[str]:
    return (match[0].strip() for match in SENTENCE.finditer(text))


def _answers(sentence: str) -> bool:
    if len(WORD.findall(sentence)) < LEAST_WORDS:
        return False
    return not (COURTESY.search(sentence) or WAITING.search(sentence) or ASKING.search(sentence))
