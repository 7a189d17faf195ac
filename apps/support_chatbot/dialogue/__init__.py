"""What the bot says next: a policy that is data, and an engine without clock or chance."""

from support_chatbot.dialogue.engine import step
from support_chatbot.dialogue.policy import Policy
from support_chatbot.dialogue.reading import read_policy

__all__ = ["Policy", "read_policy", "step"]
