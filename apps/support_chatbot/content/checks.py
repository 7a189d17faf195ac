"""The doctor of the folder: what can be read and would still be wrong in front of a customer."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, timedelta
from difflib import get_close_matches

from support_chatbot.content.finding import Fault, Finding
from support_chatbot.content.folder import Answer, Article, Folder
from support_chatbot.content.links import dead, links_of, tokens
from support_chatbot.content.templates import PIECE, slots_of, stray_braces

__all__ = ["MOST_WORDS", "check_folder", "words_in"]

MOST_WORDS = {"answers": 180, "help": 1200}  # beyond that a reply fills a phone's screen twice, an article is two
STALE = timedelta(days=366)
WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
PLACEHOLDER = re.compile(
    r"\b(?:TODO|TBD|TBC|FIXME|XXX+)\b|\blorem ipsum\b|\[(?:insert|placeholder|link|your) ?[^\]]*\](?!\()|\?\?\?|\bfoobar\b",
    re.IGNORECASE,
)
RAW = ("html_inline", "html_block")
CODE = ("code_inline", "code_block", "fence")

Said = tuple[str, int, Fault]  # severity, line of the file, what is wrong


def check_folder(
    folder: Folder,
    intents: Sequence[str],
    known_slots: Collection[str],
    forms: Collection[str],
    *,
    facts: Collection[str] | None = None,
    today: date | None = None,
) -> list[Finding]:
    """Every finding, sorted by file and line.

    `intents` are the labels that need an answer, without the one for out of scope. `known_slots` are all slots that
    something fills; `facts` are those that are always known (None: not looked at). Without `today` nothing is too old.
    """
    found = [*_coverage(folder, intents)]
    for page in (*folder.answers.values(), *folder.articles):
        said = [*_body(page), *_links(folder, page), *_age(page, today)]
        if isinstance(page, Answer):
            said += [*_slots(page, known_slots, facts), *_form(page, forms)]
        else:
            said += _article(page)
        found += [Finding(page.file, line, severity, fault) for severity, line, fault in said]
    return sorted([*found, *_twice(folder.articles)])


def words_in(text: str) -> int:
    """How many words a customer reads, a slot by the words that stand in for it."""
    return len(WORD.findall(PIECE.sub(lambda match: match[3] or match[2] or "", text)))


def _coverage(folder: Folder, intents: Sequence[str]) -> Iterator[Finding]:
    for intent in sorted(set(intents) - set(folder.answers)):
        yield Finding("answers", 1, "error", Fault.of("no_answer", intent=intent, file=_file(intent)))
    for intent, answer in folder.answers.items():
        if intent not in intents:
            fault = _near("intent_unknown", intent, intents)
            yield Finding(answer.file, answer.lines.get("intent", 1), "error", fault)


def _near(code: str, name: str, among: Collection[str], **values: str) -> Fault:
    """A name that is not known, as `code`; where one that is known is written much alike, as `code`_near, naming it."""
    near = get_close_matches(name, among, 1)
    return Fault.of(f"{code}_near", name=name, near=near[0]) if near else Fault.of(code, name=name, **values)


def _file(intent: str) -> str:
    return re.sub(r"[^\w-]", "", intent) + ".md"


def _body(page: Answer | Article) -> Iterator[Said]:
    words, most = words_in(page.text), MOST_WORDS["answers" if isinstance(page, Answer) else "help"]
    if not words:
        yield "error", page.line, Fault.of("no_text")
    if words > most:
        yield "warning", page.line, Fault.of("too_long", most=most, words=words)
    for number, line in enumerate(page.text.split("\n"), page.line):
        for match in PLACEHOLDER.finditer(line):
            yield "error", number, Fault.of("placeholder", got=match[0])
    for match in PLACEHOLDER.finditer(page.title):
        yield "error", page.lines.get("title", 1), Fault.of("placeholder_title", got=match[0])
    for token, line in tokens(page.text):
        if token.type in RAW:
            yield "warning", line + page.line - 1, Fault.of("html", tag=token.content.strip()[:40])


def _slots(answer: Answer, known: Collection[str], facts: Collection[str] | None) -> Iterator[Said]:
    for use in slots_of(answer.text):
        line = use.line + answer.line - 1
        if use.name not in known:
            yield "error", line, _near("slot_unknown", use.name, known)
        elif use.fallback is None and facts is not None and use.name not in facts:
            yield "error", line, Fault.of("slot_uncertain", name=use.name)
    for line in stray_braces(answer.text):
        yield "error", line + answer.line - 1, Fault.of("brace")
    for token, line in tokens(answer.text):
        inner = token.content if token.type in RAW + CODE else " ".join(map(str, (token.attrs or {}).values()))
        if any(f"{{{use.name}" in inner or f"%7B{use.name}" in inner for use in slots_of(answer.text)):
            yield "error", line + answer.line - 1, Fault.of("slot_in_code")


def _form(answer: Answer, forms: Collection[str]) -> Iterator[Said]:
    if answer.form and answer.form not in forms:
        code, known = ("form_unknown", {"known": ", ".join(sorted(forms))}) if forms else ("no_forms", {})
        fault = _near(code, answer.form, forms, **known)
        yield "error", answer.lines.get("form", 1), fault


def _links(folder: Folder, page: Answer | Article) -> Iterator[Said]:
    given = [(link, page.lines.get("links", 1)) for link in getattr(page, "links", ())]
    given += [(link.href, link.line + page.line - 1) for link in links_of(page.text) if not PIECE.search(link.href)]
    for href, line in given:
        if fault := dead(href, page.file, folder.path):
            yield "error", line, fault


def _age(page: Answer | Article, today: date | None) -> Iterator[Said]:
    line = page.lines.get("reviewed", 1)
    if page.reviewed is None:
        yield "warning", line, Fault.of("never_reviewed")
    elif today and page.reviewed > today:
        yield "warning", line, Fault.of("reviewed_future", day=str(page.reviewed))
    elif today and today - page.reviewed > STALE:
        yield "warning", line, Fault.of("stale", day=str(page.reviewed))


def _article(article: Article) -> Iterator[Said]:
    if not [question for question in article.questions if question.strip()]:
        yield "warning", 1, Fault.of("no_questions")


def _twice(articles: Sequence[Article]) -> Iterator[Finding]:
    """Titles and questions that an earlier article has too: the search could show either."""
    yield from _shared(articles, "title", lambda article: [article.title])
    yield from _shared(articles, "questions", lambda article: dict.fromkeys(article.questions))


def _shared(articles: Sequence[Article], key: str, read: Callable[[Article], Collection[str]]) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for article in articles:
        for said in read(article):
            same = " ".join(said.casefold().rstrip("?. ").split())
            if seen.setdefault(same, article.file) != article.file:
                fault = Fault.of("shared", key=key, said=said, file=seen[same])
                yield Finding(article.file, article.lines.get(key, 1), "error", fault)
