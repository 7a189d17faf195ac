"""Ask the web whether the addresses that the folder links to are there."""

from collections.abc import Iterable

import httpx

from support_chatbot.content.finding import Fault, Finding
from support_chatbot.content.folder import Folder
from support_chatbot.content.links import OUTER, links_of

__all__ = ["ask_links"]

TIMEOUT = 10.0  # seconds
NO_HEAD = (403, 405, 501)  # what servers say that know no HEAD, though the page is there


def ask_links(folder: Folder, client: httpx.Client | None = None) -> list[Finding]:
    """A warning for each link to the web that does not answer, or answers 400 or more. Each address is asked once."""
    with client or httpx.Client(timeout=TIMEOUT, follow_redirects=True) as asked:
        answers: dict[str, Fault | None] = {}
        found = []
        for file, line, href in _addresses(folder):
            if href not in answers:
                answers[href] = _ask(asked, href)
            if fault := answers[href]:
                found.append(Finding(file, line, "warning", fault))
    return sorted(found)


def _addresses(folder: Folder) -> Iterable[tuple[str, int, str]]:
    for page in (*folder.answers.values(), *folder.articles):
        given = [(link, page.lines.get("links", 1)) for link in getattr(page, "links", ())]
        given += [(link.href, link.line + page.line - 1) for link in links_of(page.text)]
        yield from ((page.file, line, href) for href, line in given if href.partition(":")[0].lower() in OUTER)


def _ask(client: httpx.Client, href: str) -> Fault | None:
    try:
        status = client.head(href).status_code
        if status in NO_HEAD:
            with client.stream("GET", href) as response:
                status = response.status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Fault.of("web_silent", href=href, why=str(error))
    return Fault.of("web_answers", href=href, status=status) if status >= 400 else None
