"""Files of help -> passages -> an index by words and by meaning -> the sentences that answer, with links."""

from support_chatbot.retrieval.index import Hit, Index, open_index
from support_chatbot.retrieval.quotes import quotes_for
from support_chatbot.retrieval.update import Rejected, Updated

__all__ = ["Hit", "Index", "Rejected", "Updated", "open_index", "quotes_for"]
