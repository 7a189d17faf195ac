"""Reviewing what the bot can learn: the file of proposals read, one decision at a time written back into it.

Each decision reads the file anew and changes one entry, so that what somebody else has decided meanwhile, here or in
an editor, stays.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from headwater.errors import InputError
from headwater.home import home
from headwater.store import Store
from support_chatbot.bot import Bot
from support_chatbot.learning.gathering import add_to
from support_chatbot.learning.live import read_live
from support_chatbot.learning.proposals import (
    ACCEPTED,
    PROPOSED,
    STATUSES,
    Draft,
    Line,
    New,
    Proposals,
    write_proposals,
)
from support_chatbot.learning.reading import read_proposals

__all__ = ["Item", "Looked", "change", "gather", "items", "proposals_file", "tally"]

Entry = Line | Draft | New
Change = Callable[[Entry], Entry]


@dataclass(frozen=True)
class Item:
    """One entry to decide on. `kind` is new, answer or example; `label` its intent; `at` its place among its kind."""

    kind: str
    label: str
    at: int
    entry: Entry

    @property
    def key(self) -> str:
        """Its name on a page, and that by which it is found again in the file: what was proposed, not what became of it."""
        return f"{self.kind}/{self.label if self.kind != 'new' else ''}/{self.entry.made or self.at}"


def proposals_file() -> Path:
    """`HEADWATER_PROPOSALS`, or support/proposals.yaml in Headwater's home."""
    return Path(os.environ.get("HEADWATER_PROPOSALS") or home() / "support" / "proposals.yaml")


def items(proposals: Proposals, status: str | None = None) -> list[Item]:
    """Everything to decide on, or what has a status: new intents, then answers, then examples by intent."""
    found = [Item("new", entry.label, at, entry) for at, entry in enumerate(proposals.new)]
    found += [Item("answer", intent, 0, draft) for intent, draft in proposals.drafts.items()]
    found += [
        Item("example", intent, at, line) for intent, said in proposals.examples.items() for at, line in enumerate(said)
    ]
    return [item for item in found if status is None or item.entry.status == status]


def tally(proposals: Proposals) -> dict[str, int]:
    """How many entries have each status."""
    every = items(proposals)
    return {status: sum(item.entry.status == status for item in every) for status in STATUSES}


def change(file: Path, item: Item, act: Change) -> None:
    """Write an entry as `act` makes it of what stands in the file now. Raises InputError where it is no longer there."""
    held = read_proposals(file)
    now = next((one for one in items(held) if one.key == item.key), None)
    if now is None:
        raise InputError(f"{file}: {item.label!r} is no longer there: somebody has edited the file; look at it again")
    done = act(now.entry)
    if isinstance(done, New) and done.status == ACCEPTED and not done.examples:
        raise InputError("expected examples of a new intent that is accepted: write some, or reject it")
    if isinstance(done, Draft) and done.status == ACCEPTED and not done.text.strip():
        raise InputError("expected the text of an answer that is accepted: write one, or reject it")
    write_proposals(_with(held, now, done), file)


def _with(held: Proposals, now: Item, done: Entry) -> Proposals:
    if isinstance(done, New):
        others = {entry.label for at, entry in enumerate(held.new) if at != now.at}
        if not done.label.strip() or done.label in others:
            raise InputError(f"expected a name that no other new intent has, got {done.label!r}")
        return replace(held, new=(*held.new[: now.at], done, *held.new[now.at + 1 :]))
    if isinstance(done, Draft):
        return replace(held, drafts={**held.drafts, now.label: done})
    lines = list(held.examples[now.label])
    lines[now.at] = done
    return replace(held, examples={**held.examples, now.label: tuple(lines)})


@dataclass(frozen=True)
class Looked:
    """How many unanswered questions were looked at, and how many proposals wait that did not wait before."""

    unanswered: int
    added: int


def gather(store: Store, bot: Bot, file: Path, days: int = 30) -> Looked:
    """Look through the live conversations of some days, and add what can be learnt to the file.

    Raises InputError without a model of sentences, and for a file that cannot be read.
    """
    if bot.embedder is None:
        raise InputError("expected the model of sentences: run `headwater models list` to see where it should be")
    head = bot.classifier.head
    live = read_live(store, days, head.out_of_scope, head=head.name)
    models = {"classifier": bot.classifier, "embedder": bot.embedder, "zone": bot.zones.zone}
    done = add_to(file, live.conversations, live.unanswered, folder=bot.folder, **models)
    added = {item.key for item in items(done.after, PROPOSED)} - {item.key for item in items(done.before)}
    return Looked(len(live.unanswered), len(added))
