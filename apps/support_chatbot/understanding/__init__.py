"""Understanding: what a message asks, what values it holds, what it is if it asks nothing, and in which language."""

from support_chatbot.understanding.acts import act_of
from support_chatbot.understanding.language import language_of
from support_chatbot.understanding.message import understand
from support_chatbot.understanding.questions import split_questions
from support_chatbot.understanding.slots import find_slots

__all__ = ["act_of", "find_slots", "language_of", "split_questions", "understand"]
