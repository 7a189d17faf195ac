"""HTML -> Document: what a reader came for, without menus, footers and scripts.

What is left out: elements that HTML itself names as no part of the text (nav, header, footer, aside, forms, scripts), what is hidden, and blocks
made of links (Kohlschütter et al. 2010: the density of links tells boilerplate from text best).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from support_chatbot.retrieval.readers.document import ITEM, Document, Writer, plain_line

__all__ = ["read_html"]

OUT = frozenset(
    "script style noscript template nav header footer aside form button select svg iframe object dialog head".split()
)
ROLES = frozenset("navigation banner contentinfo complementary search dialog alertdialog menu".split())
BLOCKS = frozenset(
    "address article blockquote body br caption dd details div dl dt fieldset figcaption figure h1 h2 h3 h4 h5 h6 hr html li main ol p "
    "pre section summary table tbody tfoot thead tr ul".split()
)
HEADINGS = {f"h{level}": level for level in range(1, 7)}
MOST_LINKS = 0.5  # of a block's characters


def read_html(text: str, name: str) -> Document:
    """Read a page; the link is its canonical address, if it names one."""
    page = LexborHTMLParser(text)
    top = page.css_first("main, [role=main]") or page.css_first("article") or page.body
    title = _text(page.css_first("h1")) or _text(page.css_first("title")) or name
    walk = _Walk(Writer(title))
    if top is not None:
        for node, opens in _events(top):
            walk.open(node) if opens else walk.close(node)
        walk.flush()
    canonical = page.css_first("link[rel=canonical]")
    link = str(canonical.attributes.get("href") or "") if canonical else ""
    return walk.writer.finish(link=link if link.startswith(("https://", "http://")) else "")


def _text(node: LexborNode | None) -> str:
    return plain_line(node.text()) if node is not None else ""


def _events(top: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Nodes as they open and close, without recursion: a hostile page is nested deeper than Python's stack."""
    stack = [(top, True)]
    while stack:
        node, opens = stack.pop()
        if opens and _left_out(node) and node != top:
            continue
        yield node, opens
        if opens and not node.is_text_node:
            stack.append((node, False))
            stack.extend((child, True) for child in reversed(list(node.iter(include_text=True))))


def _left_out(node: LexborNode) -> bool:
    if node.is_text_node:
        return False
    if not node.is_element_node:
        return True
    says = node.attributes
    return node.tag in OUT or says.get("role") in ROLES or says.get("aria-hidden") == "true" or "hidden" in says


@dataclass
class _Walk:
    """The block under way: its words, how many of their characters are links, and whether it is a heading."""

    writer: Writer
    parts: list[str] = field(default_factory=list)
    linked: int = 0
    links: int = 0
    anchor: str = ""
    mark: str = ""

    def open(self, node: LexborNode) -> None:
        if node.is_text_node:
            words = node.text(deep=False) or ""
            self.parts.append(words)
            self.linked += len(plain_line(words)) if self.links else 0
            return
        if node.tag in BLOCKS:
            self.flush()
            self.mark = ITEM if node.tag == "li" else self.mark
        if node.tag in ("td", "th") and "".join(self.parts).strip():
            self.parts.append(" | ")
        self.links += node.tag == "a"
        if node.tag in HEADINGS or node.tag == "section":
            self.anchor = str(node.attributes.get("id") or self.anchor)
        elif node.tag == "a" and (place := node.attributes.get("id") or node.attributes.get("name")):
            self.anchor = str(place)

    def close(self, node: LexborNode) -> None:
        self.links -= node.tag == "a"
        if node.tag in HEADINGS:
            self.writer.heading(HEADINGS[node.tag], plain_line("".join(self.parts)), self.anchor)
            self.parts, self.linked, self.anchor = [], 0, ""
            self.mark = ""
        elif node.tag in BLOCKS:
            self.flush()
            self.mark = "" if node.tag == "li" else self.mark

    def flush(self) -> None:
        words = plain_line("".join(self.parts))
        if words and self.linked <= MOST_LINKS * len(words):
            self.writer.block(self.mark + words)
        self.mark = "" if words else self.mark
        self.parts, self.linked = [], 0
