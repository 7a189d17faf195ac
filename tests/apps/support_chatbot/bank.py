"""A bank in a test's folder: its tiny bundle knows three intents, and what a message means stands in the message.

"sure: negative"     is that intent at 97 %
"torn: ..."          lies between the two likeliest
anything else        is nothing that an intent covers
"""

from datetime import date
from pathlib import Path

from support_chatbot.content.folder import NORTHMERE
from support_chatbot.turn import Message, Question, Quote, Slot

__all__ = ["HELP", "bank_folder", "quotes_for", "understand"]

HELP = "An overdraft costs 29.9% a year. It **ends when** you repay it, for $0 more."
ANSWERS = {
    "negative": "Costs **$5** and [fees](../help/overdrafts.md).",
    "neutral": "Neutral.",
    "positive": "Positive.",
}
ACTS = {"talk to a person": "human", "yes": "yes", "no": "no"}


def bank_folder(root: Path, *, searched: bool = True) -> Path:
    """Northmere's policy with no intent of its own, an answer for each intent of the tiny bundle, and one article.

    Without `searched` there is no article, and then no model of sentences is needed.
    """
    (root / "answers").mkdir(parents=True)
    for intent, text in ANSWERS.items():
        extra = "form: block_card\n" if intent == "positive" else "links: [help/overdrafts.md]\n" if searched else ""
        head = f"---\nintent: {intent}\ntitle: About {intent}\n{extra}reviewed: 2026-11-22\n---\n"
        (root / "answers" / f"{intent}.md").write_text(head + text, encoding="utf-8")
    if searched:
        _write_article(root / "help")
    lines = (NORTHMERE / "policy.toml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(("intents = ", '  "unable_to', '  "verify_source'))]
    (root / "policy.toml").write_text("\n".join(kept), encoding="utf-8")
    return root


def _write_article(folder: Path) -> None:
    folder.mkdir()
    head = '---\ntitle: Overdrafts\nquestions: ["May I overdraw?"]\nreviewed: 2026-11-22\n---\n'
    (folder / "overdrafts.md").write_text(head + HELP, encoding="utf-8")


def understand(text: str, classifier: object, *, today: date, picked: str | None = None) -> Message:
    """In the place of the understanding room's."""
    if text in ACTS:
        return Message(text, "en", ACTS[text])
    kind, _, intent = text.partition(": ")
    others = [label for label in ("negative", "neutral", "positive") if label != (picked or intent)]
    top = ((others[0], 0.04), (others[1], 0.03))
    if picked or kind == "sure":
        top = ((picked or intent, 0.97), (others[0], 0.02), (others[1], 0.01))
    elif kind == "torn":
        top = (("negative", 0.45), ("neutral", 0.4), ("positive", 0.1))
    slots = (Slot("card", "debit", 0, 5, "debit"),) if text.startswith("debit") else ()
    return Message(text, "en", None, (Question(text, 0, len(text), top),), slots, picked)


def quotes_for(question: str, hits: object, embedder: object) -> tuple[Quote, ...]:
    """In the place of the retrieval room's: the article's second sentence for what speaks of an overdraft."""
    if "overdraft" not in question:
        return ()
    return (
        Quote("It ends when you repay it, for $0 more.", "Overdrafts › Paying", "help/overdrafts.md#paying", "p", 0.9),
    )
