"""Conversations -> the file of proposals: what was found in them is put beside what people have decided there."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from support_chatbot.content import Folder
from support_chatbot.learning.clusters import SMALLEST
from support_chatbot.learning.proposals import Proposals, write_proposals
from support_chatbot.learning.proposing import merge, propose
from support_chatbot.learning.reading import read_proposals
from support_chatbot.learning.study import Asked, Findings, Zone, study
from support_chatbot.learning.transcripts import Conversation

__all__ = ["Gathered", "add_to"]


@dataclass(frozen=True)
class Gathered:
    """What was found, and the proposals of the file before and after."""

    findings: Findings
    before: Proposals
    after: Proposals


def add_to(
    file: Path,
    conversations: Sequence[Conversation],
    unanswered: Sequence[Asked],
    *,
    folder: Folder,
    classifier: Any,
    embedder: Any,
    zone: Zone,
    smallest: int = SMALLEST,
) -> Gathered:
    """Study conversations and questions without an answer, and add what can be learnt to the file.

    `folder` says what the bot answers now; the rest as in `study`. Raises InputError for a file that cannot be read.
    """
    before = read_proposals(file) if file.exists() else Proposals()  # a faulty file is said before minutes of work
    told = {intent: answer.text for intent, answer in folder.answers.items()}
    found = study(conversations, classifier, embedder, zone, unanswered=unanswered, told=told, smallest=smallest)
    after = merge(before, propose(found), lambda one, other: _nearness(embedder, one, other))
    write_proposals(after, file)
    return Gathered(found, before, after)


def _nearness(embedder: Any, one: Sequence[str], other: Sequence[str]) -> float:
    """Cosine of the centres of two lists of texts."""
    ours, theirs = (embedder.predict(list(texts)).mean(axis=0) for texts in (one, other))
    return float(ours @ theirs / max(float(np.linalg.norm(ours) * np.linalg.norm(theirs)), 1e-12))
