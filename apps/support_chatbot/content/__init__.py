"""The team's folder: answers, help articles, and the doctor that says what is wrong with them."""

from support_chatbot.content.checks import check_folder
from support_chatbot.content.finding import Fault, Finding
from support_chatbot.content.folder import Answer, Article, Folder, FolderError, open_folder, read_folder
from support_chatbot.content.links import anchor, target
from support_chatbot.content.templates import fill, slots_of

__all__ = [
    "Answer",
    "Article",
    "Fault",
    "Finding",
    "Folder",
    "FolderError",
    "anchor",
    "check_folder",
    "fill",
    "open_folder",
    "read_folder",
    "slots_of",
    "target",
]
