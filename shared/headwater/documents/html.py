"""HTML -> blocks of words in reading order: what a reader came for, without menus, footers and scripts.

What is left out: elements that HTML itself names as no part of the text (nav, header, footer, aside, forms, scripts), what is hidden, and blocks
made of links (Kohlschütter et al. 2010: the density of links tells boilerplate from text best).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from headwater.documents.lines import plain_line
from headwater.documents.nesting import check_nesting

__all__ = ["ITEM", "Block", "Page", "read_page"]

ITEM = "- "  # begins a block that is an item of a list
UNSEEN = frozenset("script style noscript template svg iframe object head".split())
OUT = UNSEEN | frozenset("nav header footer aside form button select dialog".split())
ROLES = frozenset("navigation banner contentinfo complementary search dialog alertdialog menu".split())
BLOCKS = frozenset(
    "address article blockquote body br caption dd details div dl dt fieldset figcaption figure h1 h2 h3 h4 h5 h6 hr html li main ol p "
    "pre section summary table tbody tfoot thead tr ul".split()
)
HEADINGS = {f"h{level}": level for level in range(1, 7)}
MOST_LINKS = 0.5  # of a block's characters


@dataclass(frozen=True)
class Block:
    """A paragraph, list item or row; a heading has its `level`, 1 to 6. `anchor` is the link's part after "#", "" for none."""

    text: str
    level: int = 0
    anchor: str = ""


@dataclass(frozen=True)
class Page:
    """A page of the web: its first heading or title (""), its canonical address (""), and its blocks."""

    title: str
    link: str
    blocks: tuple[Block, ...]


def read_page(text: str, *, whole: bool = False) -> Page:
    """Read a page. `whole` keeps all that a browser shows: menus, forms, footers and lists of links too.

    Raises DataError for one that is built to be costly.
    """
    check_nesting(text)
    page = LexborHTMLParser(text)
    main = None if whole else page.css_first("main, [role=main]") or page.css_first("article")
    top = main or page.body
    walk = _Walk(whole)
    if top is not None:
        for node, opens in _events(top, whole):
            walk.open(node) if opens else walk.close(node)
        walk.flush()
    canonical = page.css_first("link[rel=canonical]")
    link = str(canonical.attributes.get("href") or "") if canonical else ""
    title = _text(page.css_first("h1")) or _text(page.css_first("title"))
    return Page(title, link if link.startswith(("https://", "http://")) else "", tuple(walk.blocks))


def _text(node: LexborNode | None) -> str:
    return plain_line(node.text()) if node is not None else ""


def _events(top: LexborNode, whole: bool) -> Iterator[tuple[LexborNode, bool]]:
    """Nodes as they open and close, without recursion: a hostile page is nested deeper than Python's stack."""
    stack = [(top, True)]
    while stack:
        node, opens = stack.pop()
        if opens and _left_out(node, whole) and node != top:
            continue
        yield node, opens
        if opens and not node.is_text_node:
            stack.append((node, False))
            stack.extend((child, True) for child in reversed(list(node.iter(include_text=True))))


def _left_out(node: LexborNode, whole: bool) -> bool:
    if node.is_text_node:
        return False
    if not node.is_element_node:
        return True
    says = node.attributes
    if whole:
        return node.tag in UNSEEN or "hidden" in says
    return node.tag in OUT or says.get("role") in ROLES or says.get("aria-hidden") == "true" or "hidden" in says


@dataclass
class _Walk:
    """The block under way: its words, how many of their characters are links, and whether it is a heading."""

    whole: bool
    blocks: list[Block] = field(default_factory=list)
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
            self.blocks.append(Block(plain_line("".join(self.parts)), HEADINGS[node.tag], self.anchor))
            self.parts, self.linked, self.anchor = [], 0, ""
            self.mark = ""
        elif node.tag in BLOCKS:
            self.flush()
            self.mark = "" if node.tag == "li" else self.mark

    def flush(self) -> None:
        words = plain_line("".join(self.parts))
        if words and (self.whole or self.linked <= MOST_LINKS * len(words)):
            self.blocks.append(Block(self.mark + words))
        self.mark = "" if words else self.mark
        self.parts, self.linked = [], 0
