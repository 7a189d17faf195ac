"""HTML -> Document: its headings as sections, linked by their anchors."""

from headwater.documents.html import read_page
from support_chatbot.retrieval.readers.document import Document, Writer

__all__ = ["read_html"]


def read_html(text: str, name: str) -> Document:
    """Read a page; the link is its canonical address, if it names one."""
    page = read_page(text)
    writer = Writer(page.title or name)
    for block in page.blocks:
        if block.level:
            writer.heading(block.level, block.text, block.anchor)
        else:
            writer.block(block.text)
    return writer.finish(link=page.link)
